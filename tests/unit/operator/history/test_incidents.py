"""Lines of alerts and deployments in the month: with the fields that the exporter gives them."""

from typing import Any

import msgspec
import numpy as np
import pytest

from watchkeeper.demo.season import season
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import Context, Deployment, Fact, Incident
from watchkeeper.operator.history.incidents import Fired, alert_lines, deployment_lines, fired
from watchkeeper.operator.history.month import DAY_MINUTES, MINUTE, Month
from watchkeeper.operator.history.samples import read_samples
from watchkeeper.operator.history.store import Array, Labels

UNTIL = 1_756_684_800
MONTH = Month(until=UNTIL, minutes=30 * DAY_MINUTES, per_second={"demo-support": 2.0}, season=season)
FIRED = Fired(
    alert="LLMErrorRateHigh",
    severity="critical",
    summary="Error rate of model calls above threshold.",
    labels={"service": "demo-support", "team": "care", "provider": "openai", "severity": "critical"},
    begins=UNTIL - 7200,
    ends=UNTIL - 3600,
)


def of_exporter(fact: Fact) -> dict[str, Any]:
    """The line that the exporter writes of a fact."""
    written: list[bytes] = []
    LogSink(written.append, LabelAdmission({"service": 10}, lambda _label, _service: None)).take(fact, 1_756_684_800.0)
    fields: dict[str, Any] = msgspec.json.decode(written[0])
    # Of names that are not admitted, and of tenants, which neither has.
    return {name: value for name, value in fields.items() if name not in ("service_name", "tenant")}


def test_an_alert_that_fired_and_resolved_has_two_lines_as_of_the_exporter() -> None:
    """The same fields, but the time that each is about."""
    context = Context(time_ns=UNTIL * 10**9, service="demo-support", team="care", provider="openai")
    given = {"alert": "LLMErrorRateHigh", "severity": "critical", "summary": "s", "started_at": "t", "fingerprint": "f"}

    [(began, first), (ended, last)] = alert_lines([FIRED], MONTH)

    assert (began, ended) == (FIRED.begins * 10**9, FIRED.ends * 10**9)
    assert first.keys() == of_exporter(Incident(context=context, status="firing", **given)).keys()
    resolved = Incident(context=context, status="resolved", ended_at="t", **given)
    assert last.keys() == of_exporter(resolved).keys()
    assert (first["event"], last["event"]) == ("alert_fired", "alert_resolved")
    assert first["fingerprint"] == last["fingerprint"]


def test_what_still_fires_at_the_end_has_not_resolved() -> None:
    """One line."""
    lines = list(alert_lines([_until_the_end()], MONTH))

    assert [line["event"] for _, line in lines] == ["alert_fired"]


def _until_the_end() -> Fired:
    return Fired(alert="A", severity="high", summary="s", labels={}, begins=UNTIL - 60, ends=UNTIL)


def test_an_alert_of_no_service_is_about_the_stack() -> None:
    """As the exporter has it."""
    [(_, line)] = alert_lines([_until_the_end()], MONTH)

    assert line["service"] == "watchkeeper"


def test_each_version_of_the_month_has_a_line_as_of_the_exporter() -> None:
    """At the moment from which the metrics have it."""
    context = Context(time_ns=UNTIL * 10**9, service="demo-support", team="care")
    deployed = of_exporter(Deployment(context=context, kind="prompt", name="n", version="v"))

    lines = list(deployment_lines(MONTH, read_samples()))

    assert [(at // 10**9, line["version"]) for at, line in lines] == [
        (UNTIL - 19 * DAY_MINUTES * MINUTE, "v0.9"),
        (UNTIL - 9 * DAY_MINUTES * MINUTE, "v1"),
    ]
    assert lines[0][1].keys() == deployed.keys()


class Prometheus:
    """One in which an expression holds at these minutes."""

    def __init__(self, minutes: range) -> None:
        self._minutes = minutes

    def ask(self, _expression: str, first: int, last: int) -> list[tuple[Labels, Array, Array]]:
        """The minutes of the span at which it holds."""
        at = np.array([minute for minute in self._minutes if first <= minute <= last])
        return [({"service": "demo-support"}, at, np.ones(at.size))] if at.size else []


RULE = {
    "alert": "LLMErrorRateHigh",
    "expr": "errors > 1",
    "for": "2m",
    "keep_firing_for": "5m",
    "labels": {"severity": "critical"},
    "annotations": {"summary": "Error rate of model calls above threshold."},
}


def test_alerts_fire_as_prometheus_fires_them() -> None:
    """After `for`, and until keep_firing_for is over."""
    began = (MONTH.incident[0] - MONTH.since) // MINUTE
    store: Any = Prometheus(range(began + 10, began + 31))

    [one] = fired(store, [RULE, {**RULE, "alert": "TargetDown"}, {**RULE, "expr": "ALERTS"}, {"record": "r"}], MONTH)

    assert (one.begins, one.ends) == (MONTH.incident[0] + 12 * MINUTE, MONTH.incident[0] + 35 * MINUTE)
    assert one.labels == {"service": "demo-support", "severity": "critical"}


@pytest.mark.parametrize("days", [1, 5, 12])
def test_a_past_that_is_too_short_for_the_incident_has_no_alert(days: int) -> None:
    """It lies before it."""
    short = Month(until=UNTIL, minutes=days * DAY_MINUTES, per_second={"demo-support": 2.0}, season=season)

    alerts = list(fired(Prometheus(range(10**6)), [RULE], short))  # type: ignore[arg-type]

    assert all(one.begins >= short.since for one in alerts)
