"""What docs/operations.md objectives for each part that dies, tried on the running bundle."""

import threading

import httpx
import pytest
from tests.compose.bundle import ComposeBundle
from tests.compose.calls import (
    expect_counted,
    expect_lines,
    fail_until,
    pagerduty,
    send_calls,
    slack,
)
from tests.compose.commands import log
from tests.e2e.support.receivers import Receivers
from tests.e2e.support.waiting import eventually

BURST = 200
FIRING = 'ALERTS{{alertname="LLMErrorRateHigh", alertstate="firing", service="{service}"}}'


@pytest.fixture(autouse=True)
def _with_secrets(receivers: Receivers) -> None:
    """Let the bundle have receivers, as a real one does."""
    assert receivers


def test_exporter_killed_loses_nothing(bundle: ComposeBundle) -> None:
    """It comes back by itself, counts what no one had scraped, and counts on."""
    service = "kill-exporter"
    send_calls(bundle, service, 5)
    expect_counted(bundle, service, 5)
    send_calls(bundle, service, 3)

    bundle.crash("exporter")
    bundle.wait_healthy("exporter")
    send_calls(bundle, service, 6)

    expect_counted(bundle, service, 14)
    expect_lines(bundle, service, 14)


def test_exporter_away_takes_nothing_and_says_so(bundle: ComposeBundle) -> None:
    """A client is refused at once, so that it keeps what it has; nothing is half taken."""
    bundle.stop("exporter")

    with pytest.raises(httpx.TransportError):
        send_calls(bundle, "away", 1)

    bundle.start("exporter")


def test_prometheus_killed_in_a_burst_has_the_right_sum_after(bundle: ComposeBundle) -> None:
    """The exporter counts on while Prometheus is dead; afterwards no call is missing and none is double."""
    service = "kill-prometheus"
    send_calls(bundle, service, 1)
    expect_counted(bundle, service, 1)

    burst = threading.Thread(target=lambda: [send_calls(bundle, service, 1) for _ in range(BURST)])
    burst.start()
    bundle.crash("prometheus")
    burst.join()
    log.info("%d calls were sent meanwhile", BURST)
    bundle.wait_healthy("prometheus")

    expect_counted(bundle, service, BURST + 1)
    expect_lines(bundle, service, BURST + 1)


def test_lines_wait_while_loki_is_away(bundle: ComposeBundle) -> None:
    """Promtail tries until Loki answers; every line arrives, once."""
    service = "loki-away"
    bundle.stop("loki")
    send_calls(bundle, service, 20)
    expect_counted(bundle, service, 20)

    bundle.start("loki")

    expect_lines(bundle, service, 20)


def test_lines_wait_while_promtail_is_away(bundle: ComposeBundle) -> None:
    """Docker's files keep the lines; Promtail goes on where it was."""
    service = "promtail-away"
    bundle.stop("promtail")
    send_calls(bundle, service, 20)
    expect_counted(bundle, service, 20)

    bundle.start("promtail")

    expect_lines(bundle, service, 20)


@pytest.mark.parametrize("killed", ["loki", "promtail"])
def test_lines_are_kept_when_a_part_of_their_way_is_killed(bundle: ComposeBundle, killed: str) -> None:
    """Loki has its write-ahead log and Promtail its positions: nothing that was sent is missing."""
    service = f"kill-{killed}"
    send_calls(bundle, service, 10)
    expect_lines(bundle, service, 10)

    bundle.crash(killed)
    send_calls(bundle, service, 10)
    bundle.wait_healthy(killed)

    eventually("all lines", lambda: len({line["line"] for line in _lines(bundle, service)}) == 20, seconds=90)


def test_an_alert_waits_while_alertmanager_is_away(bundle: ComposeBundle, receivers: Receivers) -> None:
    """Prometheus sends a firing alert again and again; people are notified when Alertmanager is back."""
    service = "alertmanager-away"
    firing = FIRING.format(service=service)
    bundle.stop("alertmanager")
    fail_until(bundle, service, "the alert fires in Prometheus", lambda: bundle.query(firing))
    assert pagerduty(receivers, service, "trigger") is None

    bundle.start("alertmanager")

    fail_until(bundle, service, "PagerDuty is reported", lambda: pagerduty(receivers, service, "trigger"))


def test_alertmanager_killed_reports_on(bundle: ComposeBundle, receivers: Receivers) -> None:
    """It comes back by itself, Prometheus sends what fires again, and people are notified."""
    service = "kill-alertmanager"
    firing = FIRING.format(service=service)
    fail_until(bundle, service, "the alert fires in Prometheus", lambda: bundle.query(firing))

    bundle.crash("alertmanager")
    bundle.wait_healthy("alertmanager")

    fail_until(bundle, service, "Slack is reported", lambda: slack(receivers, service, "danger"))


def test_an_alert_waits_while_the_receiver_is_down(bundle: ComposeBundle, receivers: Receivers) -> None:
    """Alertmanager tries again, and a metric reports that it fails; the message arrives when Slack is back."""
    service = "slack-down"
    failed = 'sum(alertmanager_notification_requests_failed_total{integration="slack"})'
    before = bundle.query(failed)[0][1]
    log.info("Slack and PagerDuty refuse connections")
    with receivers.away():
        fail_until(bundle, service, "Alertmanager counts failures", lambda: bundle.query(failed)[0][1] > before)
        assert slack(receivers, service, "danger") is None

    fail_until(bundle, service, "Slack is reported", lambda: slack(receivers, service, "danger"))


def test_an_alert_waits_while_the_way_out_is_cut(bundle: ComposeBundle, receivers: Receivers) -> None:
    """Alertmanager is off the network that leads out while an alert fires; people are notified when it is back on."""
    service = "cut-off"
    firing = FIRING.format(service=service)
    with bundle.cut_off("alertmanager", "outgoing"):
        fail_until(bundle, service, "the alert fires in Prometheus", lambda: bundle.query(firing))
        assert slack(receivers, service, "danger") is None

    fail_until(bundle, service, "Slack is reported", lambda: slack(receivers, service, "danger"))


def _lines(bundle: ComposeBundle, service: str) -> list[dict[str, str]]:
    return bundle.lines(f'{{event="llm_call_completed", service="{service}"}}')
