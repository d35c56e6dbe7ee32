"""Which models were called, by whom and how often, asked of the running Prometheus."""

import httpx

from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import vector_of

_ANSWER_SECONDS = 30.0
# Drills are no traffic.
_CALLS = 'sum by (service, provider, model) (increase(llm_requests_total{{service!~"drill-.*"}}[{since}] anchored)) > 0'

# Services and calls by provider and model.
Called = dict[tuple[str, str], tuple[list[str], float]]


def called_models(prometheus_url: str, since: str = "1d", *, answer_seconds: float = _ANSWER_SECONDS) -> Called:
    """The models that were called in the last time, as in 30d. Raises: EngineError."""
    query = _CALLS.format(since=since)
    with httpx.Client(timeout=answer_seconds, trust_env=False) as client:
        data = asked("Prometheus", client.post, prometheus_url, "/api/v1/query", data={"query": query})
    found: Called = {}
    for series in vector_of(data):
        key = series.metric.get("provider", ""), series.metric.get("model", "")
        services, calls = found.get(key, ([], 0.0))
        found[key] = sorted([*services, series.metric.get("service", "")]), calls + float(series.value[1])
    return found
