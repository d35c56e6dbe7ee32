"""With secrets: people are notified, they hear the end, and the secrets are nowhere to be seen."""

import pytest
from tests.compose.bundle import ComposeBundle
from tests.compose.calls import fail_until, pagerduty, slack, succeed_until
from tests.compose.commands import run
from tests.e2e.support.payloads import Payload
from tests.e2e.support.receivers import ROUTING_KEY, Receivers
from tests.e2e.support.sums import expect_sums
from tests.e2e.support.waiting import eventually

SERVICE = "burst-api"


def test_receivers_are_configured(bundle: ComposeBundle, receivers: Receivers) -> None:
    """Setup found both secrets readable as Alertmanager's user; the exporter says so."""
    assert receivers

    query = 'watchkeeper_receiver_configured{integration=~"slack|pagerduty"} == 0'

    eventually("both are configured", lambda: not bundle.query(query))


def test_what_was_stored_is_still_there(bundle: ComposeBundle, posted: list[Payload], receivers: Receivers) -> None:
    """`make up` with secrets and other settings loses nothing."""
    assert receivers

    expect_sums(bundle, posted)


def test_people_are_notified_and_hear_the_end(bundle: ComposeBundle, receivers: Receivers) -> None:
    """A burst of failures reaches both, with a runbook link that opens; both hear when it is over."""
    trigger = fail_until(bundle, SERVICE, "PagerDuty is reported", lambda: pagerduty(receivers, SERVICE, "trigger"))
    fail_until(bundle, SERVICE, "Slack is reported", lambda: slack(receivers, SERVICE, "danger"))
    link = next(link["href"] for link in trigger["links"] if "/runbooks/" in link["href"])
    runbook = bundle.client.get(link)
    resolve = succeed_until(
        bundle, SERVICE, "PagerDuty is told the end", lambda: pagerduty(receivers, SERVICE, "resolve")
    )
    succeed_until(bundle, SERVICE, "Slack is told the end", lambda: slack(receivers, SERVICE, "good"))

    assert runbook.is_success
    assert resolve["dedup_key"] == trigger["dedup_key"]


@pytest.mark.parametrize("place", ["compose config", "containers", "logs", "metrics"])
def test_no_secret_is_to_be_seen(bundle: ComposeBundle, receivers: Receivers, place: str) -> None:
    """Neither value is where it could be read in passing."""
    look = {
        "compose config": lambda: bundle.compose("config"),
        "containers": lambda: run(["docker", "inspect", *bundle.compose("ps", "--all", "--quiet").split()]),
        "logs": lambda: bundle.compose("logs", "--no-color"),
        "metrics": lambda: bundle.client.get(bundle.url("exporter", "/metrics")).text,
    }

    seen = look[place]()

    assert len(seen) > 1000
    assert ROUTING_KEY not in seen
    assert f"{receivers.url}/slack" not in seen
