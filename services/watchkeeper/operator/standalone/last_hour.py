"""What `status` says of the last hour: calls, failures and cost by Prometheus, and what fires by Alertmanager."""

from collections import Counter
from collections.abc import Iterator

import httpx

from watchkeeper.config.settings import Settings
from watchkeeper.engines.alertmanager import Alertmanager, HeldAlert, worst_first
from watchkeeper.engines.asking import asked
from watchkeeper.engines.vectors import vector_of
from watchkeeper.errors import EngineError
from watchkeeper.explain.words import dollars, number, percent

# A person waits for it.
ANSWER_SECONDS = 5.0
_MOST_ALERTS = 5
# Drills are no one's calls. The answer has one series for each key, so that one question is enough.
_ASKED = {
    "calls": 'sum(increase(llm_requests_total{service!~"drill-.*"}[1h]))',
    "failed": 'sum(increase(llm_requests_total{status!="ok",service!~"drill-.*"}[1h]))',
    "services": 'count(sum by (service) (increase(llm_requests_total{service!~"drill-.*"}[1h])) > 0)',
    "cost": 'sum(increase(llm_cost_dollars_total{service!~"drill-.*"}[1h]))',
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
    data = asked(
        "Prometheus", client.post, prometheus_url, "/api/v1/query", data={"query": _QUERY}, timeout=ANSWER_SECONDS
    )
    found = {series.metric.get("of", ""): float(series.value[1]) for series in vector_of(data)}
    calls = found.get("calls", 0.0)
    if not calls > 0:
        return "Calls: none in the last hour."
    services = round(found.get("services", 0.0))
    return (
        f"Calls in the last hour: {number(round(calls))} of {services} {'service' if services == 1 else 'services'}, "
        f"{percent(found.get('failed', 0.0) / calls)} failed, {dollars(found.get('cost', 0.0))}."
    )


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
