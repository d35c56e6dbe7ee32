"""Which models were called in the last day, by whom and how often, asked of the running Prometheus."""

import httpx
import msgspec

from watchkeeper.engines.asking import asked

_ANSWER_SECONDS = 30.0
# Drills are no traffic.
_CALLS = 'sum by (service, provider, model) (increase(llm_requests_total{service!~"drill-.*"}[1d] anchored)) > 0'


class _Series(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


def called_models(prometheus_url: str) -> dict[tuple[str, str], tuple[list[str], float]]:
    """Services and calls by provider and model. Raises: EngineError."""
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        data = asked("Prometheus", client.post, prometheus_url, "/api/v1/query", data={"query": _CALLS})
    found: dict[tuple[str, str], tuple[list[str], float]] = {}
    for series in msgspec.convert(data["result"], type=list[_Series]):
        key = series.metric.get("provider", ""), series.metric.get("model", "")
        services, calls = found.get(key, ([], 0.0))
        found[key] = sorted([*services, series.metric.get("service", "")]), calls + float(series.value[1])
    return found
