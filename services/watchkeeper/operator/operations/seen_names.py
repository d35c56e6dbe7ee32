"""Which services and models the running Prometheus knows, for warnings; nothing where none runs."""

from collections.abc import Collection

import httpx

# It is asked in passing: who checks a file does not wait for an engine.
_ANSWER_SECONDS = 2.0
KINDS = ("service", "model")


def seen_names(prometheus_url: str) -> dict[str, Collection[str]]:
    """The values of the labels that have these names; empty when Prometheus does not answer."""
    try:
        with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
            return {kind: _values(client, f"{prometheus_url}/api/v1/label/{kind}/values") for kind in KINDS}
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return {}


def _values(client: httpx.Client, url: str) -> list[str]:
    return [str(value) for value in client.get(url).raise_for_status().json()["data"]]
