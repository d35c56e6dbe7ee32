"""An incident that ends while Prometheus or Alertmanager is away is closed where it was reported; others go on."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually

from watchkeeper.operator.standalone.readiness import wait_until_ready
from watchkeeper.operator.standalone.supervise import start, stop

# The component that is stopped: of the exporter TargetDown is critical and goes to PagerDuty and Slack.
DOWN = "exporter"
UNSENT = "AlertThatNoOneSends"
_LOOKED = re.compile(
    r'^watchkeeper_job_last_success_timestamp_seconds\{job_name="ended_alerts"\} ([0-9.e+]+)$', re.MULTILINE
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Its own: on one that others restarted, TargetDown may have begun and ended before, and none may end theirs."""
    with ExitStack() as exits:
        yield start_stack(
            tmp_path_factory.mktemp("ended"), exits, only={"exporter", "analyzer", "prometheus", "alertmanager"}
        )


def test_an_incident_goes_on_through_a_restart_and_is_closed_when_it_ends_in_one(stack: Stack) -> None:
    """Its beginning does not move, and each receiver hears once that it is over."""
    with _away(stack, DOWN):
        eventually("PagerDuty hears of it", lambda: _events(stack, "TargetDown", "trigger"))
        began = _began(stack)
        _let_the_analyzer_look(stack)
        with _away(stack, "prometheus"), _away(stack, "alertmanager"):
            pass
        eventually("it goes on since it began", lambda: _began(stack) == began)
        assert not _events(stack, "TargetDown", "resolve")
        stop(stack.components["prometheus"], stack.bundle.places)
        stop(stack.components["alertmanager"], stack.bundle.places)
    _start(stack, "alertmanager")
    _start(stack, "prometheus")

    eventually("PagerDuty hears that it is over", lambda: _events(stack, "TargetDown", "resolve"))
    eventually("Slack hears that it is over", lambda: _slack(stack, "TargetDown", "good"))
    # A scrape that a busy machine delays may be an incident of its own, with an end of its own.
    for key in _keys(stack, "TargetDown"):
        actions = [one["event_action"] for one in stack.receivers.pagerduty if one["dedup_key"] == key]
        assert ("resolve", "resolve") not in pairwise(actions)


def test_an_alert_that_no_one_sends_after_a_restart_is_closed(stack: Stack) -> None:
    """Alertmanager forgets it, whoever sent it has forgotten it too: the analyzer knows that it was there."""
    now = datetime.now(UTC)
    alert = {
        "labels": {"alertname": UNSENT, "service": "unsent-api", "severity": "critical"},
        "annotations": {"summary": "Sent once."},
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
    }
    stack.client.post(stack.url("alertmanager", "/api/v2/alerts"), json=[alert]).raise_for_status()
    eventually("PagerDuty hears of it", lambda: _events(stack, UNSENT, "trigger"))
    eventually("Slack hears of it", lambda: _slack(stack, UNSENT, "danger"))
    _let_the_analyzer_look(stack)

    with _away(stack, "alertmanager"):
        pass

    eventually("PagerDuty hears that it is over", lambda: _events(stack, UNSENT, "resolve"))
    eventually("Slack hears that it is over", lambda: _slack(stack, UNSENT, "good"))


@contextmanager
def _away(stack: Stack, name: str) -> Iterator[None]:
    stop(stack.components[name], stack.bundle.places)
    try:
        yield
    finally:
        _start(stack, name)


def _start(stack: Stack, name: str) -> None:
    record = start(stack.components[name], stack.bundle.places)
    wait_until_ready([(stack.components[name], record)], stack.bundle.places)


def _let_the_analyzer_look(stack: Stack) -> None:
    """Return when the analyzer has looked at what Alertmanager holds now."""
    # A run that ends within the first second may have begun before.
    since = time.time() + 1

    def looked() -> bool:
        found = _LOOKED.search(stack.client.get(stack.url("analyzer", "/metrics")).text)
        return found is not None and float(found[1]) > since

    eventually("the analyzer looks at Alertmanager", looked)


def _began(stack: Stack) -> str:
    """Since when TargetDown of the stopped component fires, as Alertmanager says; empty while it does not."""
    held = [one for one in stack.alerts() if one["labels"]["alertname"] == "TargetDown"]
    return next((str(one["startsAt"]) for one in held if one["labels"].get("job") == DOWN), "")


def _events(stack: Stack, alert: str, action: str) -> list[dict[str, Any]]:
    """What PagerDuty got of an alert's incidents; the end of one is known by its key."""
    keys = _keys(stack, alert)
    return [one for one in stack.receivers.pagerduty if one["event_action"] == action and one["dedup_key"] in keys]


def _keys(stack: Stack, alert: str) -> set[str]:
    """The incidents of an alert."""
    triggers = [one for one in stack.receivers.pagerduty if one["event_action"] == "trigger"]
    return {one["dedup_key"] for one in triggers if alert in one["payload"]["summary"]}


def _slack(stack: Stack, alert: str, color: str) -> list[str]:
    found = [attachment for body in stack.receivers.slack for attachment in body["attachments"]]
    return [one["title"] for one in found if one["color"] == color and alert in one["title"]]
