"""An alert provoked on a running stack reaches its receiver and resolves, and no one is paged by it."""

import httpx
import pytest
from rich.console import Console
from tests.e2e.support.stack import PROJECT, TIME_SCALE, Stack
from tests.e2e.support.waiting import ANSWER_SECONDS, eventually, eventually_equal

from watchkeeper.operator.drills.drill import Outcome, Pace
from watchkeeper.operator.drills.run import run_drills
from watchkeeper.operator.drills.sample_alert import NAME, send

# It looks at minutes; what looks at hours resolves hours after its drill.
ALERT = "ServiceErrorRateHigh"


@pytest.fixture(scope="module")
def outcome(stack: Stack) -> Outcome:
    """A drill, followed to its end."""
    urls = {name: stack.url(name, "") for name in ("prometheus", "loki", "alertmanager", "exporter")}
    console = Console(stderr=True)
    (outcome,) = run_drills(
        [ALERT], urls, PROJECT / "prometheus/tests", console, Pace(time_scale=TIME_SCALE, patience_seconds=240.0)
    )
    return outcome


def test_a_drill_reaches_the_receiver_and_resolves(outcome: Outcome) -> None:
    """Every hop in its order, with its time."""
    assert not outcome.problem
    assert list(outcome.hops) == ["pending", "firing", "Alertmanager", "receiver", "resolved"]
    assert sorted(outcome.hops.values()) == list(outcome.hops.values())


def test_no_one_is_reported_a_drill(stack: Stack, outcome: Outcome) -> None:
    """Slack, which is reported every real alert of this severity, and PagerDuty hear nothing."""
    assert outcome.is_proven

    assert "drill-" not in str(stack.receivers.slack)
    assert "drill-" not in str(stack.receivers.pagerduty)


def test_when_an_alert_was_last_proven_is_a_metric_and_a_line(stack: Stack, outcome: Outcome) -> None:
    """A panel shows it, and the log keeps it."""
    assert outcome.is_proven

    query = f'watchkeeper_drill_timestamp_seconds{{alertname="{ALERT}"}} > time() - 3600'
    eventually_equal(lambda: {labels["stage"] for labels, _ in stack.query(query)}, {"delivered", "resolved"})
    for event in ("drill_delivered", "drill_resolved"):
        assert eventually(event, lambda: stack.lines(f'{{event="{event}"}} |= "{ALERT}"'))  # noqa: B023
    assert not stack.lines('{event="alert_fired"} |= "drill-"')


def test_a_test_alert_goes_to_the_real_receivers(stack: Stack) -> None:
    """Whoever put a webhook into a file sees that it works."""
    routed: list[str] = []

    with httpx.Client(base_url=stack.url("alertmanager", ""), timeout=ANSWER_SECONDS, trust_env=False) as client:
        sent = send(client, "critical", "", within_seconds=240, on_routed=routed.extend)

    assert "critical" in routed
    assert sent.is_delivered, sent
    assert NAME in str(eventually("Slack is reported", lambda: stack.receivers.slack))
