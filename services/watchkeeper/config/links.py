"""Where links of messages lead, as the environment says: people read messages on other machines than this one."""

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

# Each is the beginning of links in messages; without a value they lead to this machine. Source: docker-compose.yml.
# Where no Grafana is part of the stack, no link leads to one unless its variable has a value.
GRAFANA = "GRAFANA_URL"
VARIABLES = ("WATCHKEEPER_URL", GRAFANA, "ALERTMANAGER_EXTERNAL_URL")
CURE = "in .env to addresses at which people reach them, then run make up"


def local_links(environ: Mapping[str, str], *, has_grafana: bool) -> list[str]:
    """The variables whose links only a browser on this machine can follow."""
    linked = [name for name in VARIABLES if has_grafana or name != GRAFANA or environ.get(name)]
    return [name for name in linked if _is_local(environ.get(name, ""))]


def _is_local(url: str) -> bool:
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        # It is no address; who reads that setting says so.
        return False
    if not host or host == "localhost" or host.endswith(".localhost"):
        return True
    with suppress(ValueError):
        address = ip_address(host)
        return address.is_loopback or address.is_unspecified
    return False
