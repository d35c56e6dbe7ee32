"""A burst of failures reaches people, with everything they need, and they hear when it is over."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually

SERVICE = "burst-api"
# The calls are at fault, not the provider: its outage would mute what is said of the service.
FAILURES = json.dumps(
    [
        {
            "type": "llm_call",
            "service": SERVICE,
            "provider": "openai",
            "model": "gpt-4o-mini",
            "status": "error",
            "error_type": "bad_request",
        }
    ]
    * 10
).encode()
# An hour of failures is over when calls succeed again.
SUCCESSES = json.dumps(
    [{"type": "llm_call", "service": SERVICE, "provider": "openai", "model": "gpt-4o-mini", "status": "ok"}] * 10
).encode()
ALERT = "LLMErrorRateHigh"


@dataclass
class Deliveries:
    """What reached the two receivers while calls failed, and after they had stopped to."""

    slack_firing: dict[str, Any]
    slack_resolved: dict[str, Any]
    pagerduty_trigger: dict[str, Any]
    pagerduty_resolve: dict[str, Any]


@pytest.fixture(scope="module")
def deliveries(stack: Stack) -> Deliveries:
    """Let calls fail until both receivers have been notified, then succeed until both hear that it is over."""

    def while_failing(find: Callable[[], Any]) -> Callable[[], Any]:
        def fail_and_find() -> Any:
            stack.post("/v1/events", FAILURES, {"content-type": "application/json"})
            return find()

        return fail_and_find

    def going_well(find: Callable[[], Any]) -> Callable[[], Any]:
        def succeed_and_find() -> Any:
            stack.post("/v1/events", SUCCESSES, {"content-type": "application/json"})
            return find()

        return succeed_and_find

    trigger = eventually("PagerDuty is reported", while_failing(lambda: _pagerduty(stack, "trigger")))
    firing = eventually("Slack is reported", while_failing(lambda: _slack(stack, "danger")))
    eventually("Loki's rule fires", while_failing(lambda: _held(stack, "LLMCallErrorsLogged")))
    resolve = eventually("PagerDuty hears the end", going_well(lambda: _pagerduty(stack, "resolve")))
    resolved = eventually("Slack hears the end", going_well(lambda: _slack(stack, "good")))
    return Deliveries(firing, resolved, trigger, resolve)


def test_slack_reports_what_where_and_what_to_do(deliveries: Deliveries) -> None:
    """Title with the alert and its service, the summary, the severity and the runbook."""
    attachment = deliveries.slack_firing["attachments"][0]

    assert ALERT in attachment["title"]
    assert "critical" in (attachment["title"] + attachment["text"]).lower()
    assert SERVICE in attachment["title"] + attachment["text"]
    assert "Error rate of model calls above threshold." in attachment["text"]
    assert f"/runbooks/{ALERT}" in attachment["text"]


def test_pagerduty_gets_an_event_it_accepts(deliveries: Deliveries) -> None:
    """Summary, one of PagerDuty's four severities, and the links."""
    event = deliveries.pagerduty_trigger

    assert ALERT in event["payload"]["summary"]
    assert event["payload"]["severity"] == "critical"
    assert event["payload"]["component"] == SERVICE
    assert any(link["href"].endswith(f"/runbooks/{ALERT}") for link in event["links"])


def test_the_runbook_link_answers(stack: Stack, deliveries: Deliveries) -> None:
    """The link that reached a person opens, also without the internet."""
    link = next(link["href"] for link in deliveries.pagerduty_trigger["links"] if "/runbooks/" in link["href"])

    answer = stack.client.get(link)

    assert answer.status_code == 200
    assert ALERT in answer.text


def test_the_end_is_reported_for_the_same_incident(deliveries: Deliveries) -> None:
    """PagerDuty closes the incident that it opened; Slack's last word is green."""
    assert deliveries.pagerduty_resolve["dedup_key"] == deliveries.pagerduty_trigger["dedup_key"]
    assert ALERT in deliveries.slack_resolved["attachments"][0]["title"]


@pytest.mark.parametrize("event", ["alert_fired", "alert_resolved"])
def test_the_alert_is_a_log_line_too(stack: Stack, deliveries: Deliveries, event: str) -> None:
    """Alertmanager's webhook to the exporter is always on, so the history of alerts lies in Loki."""
    assert deliveries

    lines = eventually(event, lambda: stack.lines(f'{{event="{event}", service="{SERVICE}"}} |= "{ALERT}"'))

    reported = json.loads(lines[0]["line"])
    assert reported["alertname"] == ALERT
    assert reported["service"] == SERVICE


def test_the_rule_of_loki_reached_alertmanager(stack: Stack, deliveries: Deliveries) -> None:
    """A rule over log lines raises alerts in the same place as one over metrics."""
    assert deliveries

    assert eventually("its line", lambda: stack.lines('{event="alert_fired"} |= "LLMCallErrorsLogged"'))


def test_the_watchdog_never_stops(stack: Stack) -> None:
    """The alert that always fires arrives at the exporter, which reports when it last did."""
    query = "time() - watchkeeper_watchdog_last_seen_timestamp_seconds < 60"

    assert eventually("the watchdog was seen", lambda: stack.query(query))


def test_no_link_label_is_left_on_alerts(stack: Stack, deliveries: Deliveries) -> None:
    """The addresses that rules take their links from are no labels of alerts."""
    assert deliveries

    alerts = eventually("alerts", stack.alerts)

    assert not any({"watchkeeper_url", "grafana_url"} & set(alert["labels"]) for alert in alerts)


def _slack(stack: Stack, color: str) -> dict[str, Any] | None:
    """The last message of that colour about the alert at its highest severity."""
    found = [
        message
        for message in stack.receivers.slack
        for attachment in message["attachments"]
        if attachment["color"] == color and ALERT in attachment["title"] and SERVICE in json.dumps(attachment)
    ]
    return found[-1] if found else None


def _pagerduty(stack: Stack, action: str) -> dict[str, Any] | None:
    """The last event of that kind about the alert; the end of an incident is known by its key."""
    events = [event for event in stack.receivers.pagerduty if SERVICE in json.dumps(event)]
    keys = {event["dedup_key"] for event in events if ALERT in event["payload"]["summary"]}
    found = [event for event in events if event["event_action"] == action and event["dedup_key"] in keys]
    return found[-1] if found else None


def _held(stack: Stack, alert: str) -> bool:
    return any(item["labels"]["alertname"] == alert for item in stack.alerts())
