"""Which services and models the running Prometheus knows, for warnings; nothing where none runs."""

from collections.abc import Collection, Iterable

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.errors import EngineError

# It is asked in passing: who checks a file does not wait for an engine.
_ANSWER_SECONDS = 2.0
KINDS = ("service", "model")


def seen_names(prometheus_url: str) -> dict[str, Collection[str]]:
    """The values of the labels that have these names; empty when Prometheus does not answer."""
    try:
        with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
            return {kind: list(map(str, _values(client, prometheus_url, kind))) for kind in KINDS}
    except (EngineError, TypeError):
        return {}


def _values(client: httpx.Client, url: str, label: str) -> Iterable[object]:
    found: Iterable[object] = asked("Prometheus", client.get, url, f"/api/v1/label/{label}/values")
    return found
