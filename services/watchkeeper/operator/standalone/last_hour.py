"""What `status` says of the last hour: calls, failures and cost by Prometheus, and what fires by Alertmanager."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx

from watchkeeper.config.settings import Settings
from watchkeeper.engines.alertmanager import Alertmanager, HeldAlert, worst_first
from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import vector_of
from watchkeeper.errors import EngineAwayError, EngineError
from watchkeeper.explain.words import dollars, number, percent
from watchkeeper.operator.standalone.older import extrapolated

# A person waits for it.
ANSWER_SECONDS = 5.0
_MOST_ALERTS = 5
# Plain increase() makes two calls of one while its series is young. Drills are no one's calls. The answer has one
# series for each key, so that one question is enough.
_ASKED = {
    "calls": 'sum(increase(llm_requests_total{service!~"drill-.*"}[1h] anchored))',
    "failed": 'sum(increase(llm_requests_total{status!="ok",service!~"drill-.*"}[1h] anchored))',
    "services": 'count(sum by (service) (increase(llm_requests_total{service!~"drill-.*"}[1h] anchored)) > 0)',
    "cost": 'sum(increase(llm_cost_dollars_total{service!~"drill-.*"}[1h] anchored))',
}
_QUERY = " or ".join(f'label_replace({query}, "of", "{key}", "", "")' for key, query in _ASKED.items())


def last_hour(client: httpx.Client, settings: Settings) -> Iterator[str]:
    """Yield two sentences; an engine that does not answer is one too."""
    try:
        yield _calls(client, settings.url("prometheus"))
    except EngineError as error:
        yield f"Calls: not known, {error}."
    try:
        alerts = Alertmanager(client, settings.url("alertmanager"), ANSWER_SECONDS).alerts()
        yield _firing([one for one in worst_first(alerts) if not one.is_quiet], settings.url("exporter"))
    except EngineError as error:
        yield f"Alerts: not known, {error}."


def _calls(client: httpx.Client, prometheus_url: str) -> str:
    found = {labels.get("of", ""): value for labels, value in values_of(client, prometheus_url, _QUERY)}
    calls = found.get("calls", 0.0)
    if not calls > 0:
        return "Calls: none in the last hour."
    services = round(found.get("services", 0.0))
    return (
        f"Calls in the last hour: {number(round(calls))} of {services} {'service' if services == 1 else 'services'}, "
        f"{percent(found.get('failed', 0.0) / calls)} failed, {dollars(found.get('cost', 0.0))}."
    )


def values_of(client: httpx.Client, url: str, query: str) -> list[tuple[dict[str, str], float]]:
    """Labels and values of each series that a query finds; extrapolated by a Prometheus that is older than `anchored`.

    Raises: EngineError.
    """
    try:
        data = _queried(client, url, query)
    except EngineAwayError:
        raise
    except EngineError:
        data = _queried(client, url, extrapolated(query))
    return [(series.metric, float(series.value[1])) for series in vector_of(data)]


def _queried(client: httpx.Client, url: str, query: str) -> Any:
    return asked("Prometheus", client.post, url, "/api/v1/query", data={"query": query}, timeout=ANSWER_SECONDS)


def _firing(alerts: list[HeldAlert], exporter_url: str) -> str:
    if not alerts:
        return "Alerts: none fires."
    counted = Counter(map(_named, alerts))
    some = [f"{count} times {name}" if count > 1 else name for name, count in [*counted.items()][:_MOST_ALERTS]]
    more = [f"{len(counted) - len(some)} more"] if len(counted) > len(some) else []
    return f"Alerts: {', '.join([*some, *more])}; see {exporter_url}/alerts"


def _named(alert: HeldAlert) -> str:
    facts = [fact for fact in (alert.labels.get("severity", ""), alert.about) if fact]
    return f"{alert.labels.get('alertname', 'unnamed alert')} ({', '.join(facts)})"
