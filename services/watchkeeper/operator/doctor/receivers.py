"""Who is notified of alerts, and whether the names of those servers can be found from where Alertmanager runs."""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from watchkeeper.config.integrations import INTEGRATIONS, MISSING
from watchkeeper.config.links import CURE, local_links
from watchkeeper.config.receiver_changes import since
from watchkeeper.config.receiver_status import (
    ReceiverStatus,
    has_active_receiver,
    has_inbox,
    read_statuses,
    what_is_off,
    who_is_on,
)
from watchkeeper.operator.doctor.finding import Finding, fine, unknown, warning, wrong

Resolves = Callable[[str], bool]

# The exporter is notified of every alert always: it is no person.
_ALWAYS_ON = {"exporter"}


def check_receivers(statuses: str, now: tuple[ReceiverStatus, ...] = ()) -> Iterator[Finding]:
    """Say who is notified of alerts, and who is not that could or should be.

    ``statuses`` is what the setup service left in receivers.json, empty when it did not run; ``now`` is what it
    would find now.
    """
    if not statuses:
        yield unknown("Receivers", "the stack does not run", "Start it with make up and ask again.")
        return
    people = [status for status in read_statuses(statuses) if status.receiver not in _ALWAYS_ON]
    changes = since(people, tuple(status for status in now if status.receiver not in _ALWAYS_ON))
    on = [f"{status.receiver} by {status.integration}" for status in people if status.configured]
    # A file that is not there was not meant to be; one that is there and cannot be used was.
    meant = {part for status in changes.off for part in status.reason.split("; ") if part and MISSING not in part}
    for reason in sorted(part for part in meant if not part.startswith("no mail server")):
        cure = "Run make secrets" if "make secrets" in reason else "Write the right value into that file"
        yield wrong("Receivers", reason, f"{cure}, then make up.")
    for reason in what_is_off(changes.broke):
        yield wrong("Receivers", f"in use, and its secret no longer works: {reason}", "Write the right value there.")
    for names in who_is_on(changes.came):
        yield warning("Receivers", f"configured since the start, and not yet in use: {names}", "Run make up.")
    if has_active_receiver(people):
        yield fine("Receivers", f"configured: {', '.join(dict.fromkeys(on))}")
    else:
        yield warning(
            "Receivers",
            "no notification channel is configured"
            + ("; messages are in the inbox alone" if has_inbox(people) else ""),
            "Put the URL of a Slack webhook into secrets/slack_api_url and run make up (docs/how-to/connect-slack.md); "
            "docs/how-to/connect-more-receivers.md has the others.",
        )


def check_links(statuses: str, environ: Mapping[str, str], *, has_grafana: bool) -> Iterator[Finding]:
    """Messages that reach people on other machines have links that those can follow."""
    local = local_links(environ, has_grafana=has_grafana)
    if has_active_receiver(read_statuses(statuses)) and local:
        yield warning("Links", "in messages they lead to this machine alone", f"Set {', '.join(local)} {CURE}.")


def check_alerts_token(*, is_there: bool) -> Iterator[Finding]:
    """Without the secret the exporter refuses what Alertmanager sends it: no history of alerts, and no inbox."""
    if not is_there:
        message = "the secret that Alertmanager shows the exporter is missing, so the exporter refuses alerts"
        yield wrong("Receivers", message, "Run make up, which makes it.")


def hosts_of(secrets: Mapping[str, str], smarthost: str, addresses: Mapping[str, str]) -> list[str]:
    """The servers that notifications go to: of URLs in secrets, of services where there is a key, of mail.

    ``addresses`` are the URLs of watchkeeper.yml, by the name of the integration.
    """
    found = {_host(value.strip()) for value in secrets.values() if "://" in value}
    used = [each for each in INTEGRATIONS for file in each.secrets.values() if _is_there(file, secrets)]
    found |= {_host(addresses[each.name]) if each.name in addresses else each.host for each in used}
    if smarthost:
        found.add(smarthost.rpartition(":")[0])
    return sorted(host for host in found if host and not _is_address(host))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _is_there(file: str, secrets: Mapping[str, str]) -> bool:
    """The shared one, or one of a team, whose name begins with it."""
    return any(name == file or name.startswith(f"{file}.") for name in secrets)


def _is_address(host: str) -> bool:
    """An address needs no name server."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def read_secrets(files: Iterable[Path]) -> dict[str, str]:
    """What this user can read of them, by name."""
    found = {}
    for file in files:
        with suppress(OSError, UnicodeDecodeError):
            found[file.name] = file.read_text(encoding="utf-8")
    return {name: value for name, value in found.items() if value.strip()}


def resolves_here(host: str) -> bool:
    """Whether this machine finds the name."""
    try:
        return bool(socket.getaddrinfo(host, None))
    except OSError:
        return False


def check_names(hosts: Iterable[str], resolves: Resolves, fix: str) -> Iterator[Finding]:
    """A name that is not found means that no one is notified of anything; ``fix`` is what to do then."""
    asked = list(hosts)
    lost = [host for host in asked if not resolves(host)]
    for host in lost:
        yield wrong("DNS", f"{host} is not found from where Alertmanager runs", fix)
    if asked and not lost:
        yield fine("DNS", f"found: {', '.join(asked)}")
