"""Prometheus hangs: its own rules say nothing, and people are notified of it by way of Loki, until it scrapes again."""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from rich.console import Console
from tests.e2e.support.stack import PROJECT, Stack, start_stack
from tests.e2e.support.waiting import eventually

from watchkeeper.operator.drills.drill import Pace
from watchkeeper.operator.drills.run import run_drills
from watchkeeper.operator.standalone.records import Records

ALERT = "WatchkeeperNotScraped"
# Two minutes are sixteen seconds, in the rule and in the exporter: a busy machine may delay a scrape by several.
TIME_SCALE = 7.5
OVERDUE_SECONDS = "16"


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """What people were notified while Prometheus scraped, while it hung, and when it scraped again."""

    before: list[dict[str, Any]]
    lines_before: list[dict[str, str]]
    trigger: dict[str, Any]
    slack: str
    resolve: dict[str, Any]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bundle of its own: no other test wants a Prometheus that hangs."""
    with ExitStack() as exits:
        environ = exits.enter_context(pytest.MonkeyPatch.context())
        environ.setenv("WATCHKEEPER_SCRAPE_OVERDUE_SECONDS", OVERDUE_SECONDS)
        yield start_stack(tmp_path_factory.mktemp("bundle"), exits, TIME_SCALE)


@contextmanager
def hanging_prometheus(stack: Stack) -> Iterator[None]:
    """Let Prometheus keep its connections and do nothing for a while."""
    record = Records(folder=stack.bundle.places.run).read("prometheus")
    assert record
    os.kill(record.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(record.pid, signal.SIGCONT)


@pytest.fixture(scope="module")
def deliveries(stack: Stack) -> Deliveries:
    """Let Prometheus hang until people have been notified, then go on until they hear that it is over."""
    began = time.monotonic()
    eventually("scrapes of longer than that", lambda: time.monotonic() - began > int(OVERDUE_SECONDS) + 1)
    stack.let_prometheus_scrape()
    before = _events(stack, "trigger")
    lines_before = stack.lines('{event="scrape_overdue"}')
    with hanging_prometheus(stack):
        trigger = eventually("PagerDuty is reported", lambda: _events(stack, "trigger"))[0]
        eventually("Slack is reported", lambda: ALERT in str(stack.receivers.slack))
        slack = str(stack.receivers.slack)
    resolve = eventually("PagerDuty hears the end", lambda: _events(stack, "resolve"))[0]
    return Deliveries(before=before, lines_before=lines_before, trigger=trigger, slack=slack, resolve=resolve)


def test_a_prometheus_that_scrapes_is_no_news(deliveries: Deliveries) -> None:
    """Over more than the time after which a scrape is overdue, no one was notified and no line was written."""
    assert deliveries.before == []
    assert deliveries.lines_before == []


def test_people_are_notified_though_prometheus_hangs(deliveries: Deliveries) -> None:
    """As a page and in Slack, with the part that hangs and where the first steps stand."""
    assert deliveries.trigger["payload"]["severity"] == "critical"
    assert "Prometheus no longer scrapes the exporter" in str(deliveries.trigger["payload"])
    assert any(link["href"].endswith(f"/runbooks/{ALERT}") for link in deliveries.trigger["links"])
    assert "[CRITICAL]" in deliveries.slack


def test_the_same_incident_ends_when_prometheus_scrapes_again(deliveries: Deliveries) -> None:
    """No one has to close it."""
    assert deliveries.resolve["dedup_key"] == deliveries.trigger["dedup_key"]


def test_the_line_says_which_exporter_and_since_when(stack: Stack, deliveries: Deliveries) -> None:
    """The lines lie in Loki under the labels that the rule reads."""
    assert deliveries.trigger

    line = json.loads(stack.lines('{service="watchkeeper", event="scrape_overdue", level="warning"}')[-1]["line"])

    assert line["seconds_since_scrape"] >= int(OVERDUE_SECONDS)
    assert line["host"]


def test_a_drill_of_it_reaches_the_receiver_and_resolves(stack: Stack, deliveries: Deliveries) -> None:
    """Without any damage to Prometheus, and without a message to people."""
    assert deliveries.resolve
    urls = {name: stack.url(name, "") for name in ("prometheus", "loki", "alertmanager", "exporter")}
    reported = len(stack.receivers.pagerduty)

    (outcome,) = run_drills(
        [ALERT], urls, PROJECT / "prometheus/tests", Console(stderr=True), Pace(time_scale=TIME_SCALE)
    )

    assert not outcome.problem
    assert list(outcome.hops) == ["pending", "firing", "Alertmanager", "receiver", "resolved"]
    assert len(stack.receivers.pagerduty) == reported


def _events(stack: Stack, action: str) -> list[dict[str, Any]]:
    """The events of PagerDuty about the alert."""
    return [event for event in stack.receivers.pagerduty if event["event_action"] == action and ALERT in str(event)]
