"""Slack is down: Prometheus notices, and who is on call is notified of it from PagerDuty."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually

META = "AlertmanagerNotificationsFailing"
FAILING = "notifications via slack"
_BEGAN = datetime.now(UTC)


@pytest.fixture(scope="module")
def event(stack: Stack) -> Iterator[dict[str, Any]]:
    """What PagerDuty receives while Slack answers 500 to the message about another alert."""
    # Longer than anyone waits here: an alert that ends before Slack is back is not reported late.
    stack.receivers.broken.add("/slack")
    try:
        _raise(stack, datetime.now(UTC) + timedelta(hours=1))
        yield eventually("PagerDuty is reported", lambda: _about(stack.receivers.pagerduty))
    finally:
        stack.receivers.broken.clear()
        _raise(stack, datetime.now(UTC))


def test_pagerduty_reports_that_slack_fails(event: dict[str, Any]) -> None:
    """At the severity below a page, with the integration that fails and where to read on."""
    assert event["payload"]["severity"] == "error"
    assert FAILING in str(event["payload"]["custom_details"])
    assert any(link["href"].endswith(f"/runbooks/{META}") for link in event["links"])


def test_slack_hears_what_it_missed_and_not_that_it_failed(stack: Stack, event: dict[str, Any]) -> None:
    """When it is back, the alert itself arrives late; the failure goes past it."""
    assert event
    stack.receivers.broken.clear()

    eventually("Slack is reported late", lambda: "Homemade" in str(stack.receivers.slack))
    assert FAILING not in str(stack.receivers.slack)


def _raise(stack: Stack, ends_at: datetime) -> None:
    labels = {"alertname": "Homemade", "severity": "high", "service": "any"}
    alert = {"labels": labels, "startsAt": _BEGAN.isoformat(), "endsAt": ends_at.isoformat()}
    stack.client.post(stack.url("alertmanager", "/api/v2/alerts"), json=[alert]).raise_for_status()


def _about(events: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Another test may have restarted the exporter, whose webhook failed then."""
    return next(
        (sent for sent in events if META in str(sent) and FAILING in str(sent) and sent["event_action"] == "trigger"),
        None,
    )
