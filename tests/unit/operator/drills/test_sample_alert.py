"""One test alert through an Alertmanager that counts as the real one does."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.drills.sample_alert import Sent, doubt, report, send

CONFIG = """
receivers:
  - {name: exporter, webhook_configs: [{url: x}]}
  - {name: critical, slack_configs: [{channel: a}], pagerduty_configs: [{client: b}]}
  - {name: low, slack_configs: [{channel: c}]}
  - {name: hooked, webhook_configs: [{url: y}]}
  - {name: nobody}
"""


@dataclass
class FakeAlertmanager:
    """Asks Slack and PagerDuty once for each alert; ``failing`` of PagerDuty's requests fail."""

    failing: int = 0
    asks: bool = True
    receiver: str = "critical"
    webhooks: tuple[str, ...] = ()
    posted: list[dict[str, Any]] = field(default_factory=list)

    def client(self) -> httpx.Client:
        """A client whose every request comes here."""
        return httpx.Client(base_url="http://am", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take alerts, show them, report the configuration, count requests."""
        if request.method == "POST":
            self.posted += json.loads(request.content)
            return httpx.Response(200)
        if request.url.path == "/api/v2/alerts":
            return httpx.Response(200, json=[{"receivers": [{"name": "exporter"}, {"name": self.receiver}]}])
        if request.url.path == "/api/v2/status":
            return httpx.Response(200, json={"config": {"original": CONFIG}})
        asked = len(self.posted) if self.asks else 0
        failed = self.failing if self.posted else 0
        return httpx.Response(200, text="\n".join(self._metrics(asked, failed)) + "\n")

    def _metrics(self, asked: int, failed: int) -> Iterator[str]:
        for integration, tried, refused in (("slack", asked, 0), ("pagerduty", max(asked, failed), failed)):
            yield f'alertmanager_notification_requests_total{{integration="{integration}"}} {5 + tried}'
            yield f'alertmanager_notification_requests_failed_total{{integration="{integration}"}} {3 + refused}'
            yield f'alertmanager_notifications_total{{integration="{integration}"}} {9 + len(self.posted)}'
        for name in self.webhooks:
            labels = f'integration="webhook",receiver_name="{name}"'
            yield f"alertmanager_notification_requests_total{{{labels}}} {7 + asked}"


def sent_by(fake: FakeAlertmanager, team: str = "") -> Sent:
    """What a test alert of severity high came to."""
    with fake.client() as client:
        return send(client, "high", team, within_seconds=0, on_routed=lambda _: None)


def test_who_was_notified_is_reported() -> None:
    """Every integration of the receivers it is routed to, without the exporter's own webhook."""
    sent = sent_by(FakeAlertmanager())

    assert sent.receivers == ("exporter", "critical")
    assert sent.is_delivered
    assert report(sent) == ["slack: delivered", "pagerduty: delivered"]


def test_the_alert_says_that_it_is_a_test_and_ends() -> None:
    """It is posted twice: with its end in the future, then with its end now."""
    fake = FakeAlertmanager()

    sent_by(fake, team="search")

    assert [alert["labels"]["team"] for alert in fake.posted] == ["search", "search"]
    assert fake.posted[0]["endsAt"] > fake.posted[1]["endsAt"]
    begun = {alert["startsAt"] for alert in fake.posted}
    assert len(begun) == 1
    assert begun.pop() <= fake.posted[1]["endsAt"]
    assert "nothing is wrong" in fake.posted[0]["annotations"]["description"]


def test_one_of_two_is_no_success() -> None:
    """The log of Alertmanager knows why the other failed."""
    sent = sent_by(FakeAlertmanager(failing=2))

    assert not sent.is_delivered
    why = "not delivered, 2 tries failed; `make logs C=alertmanager` shows why"
    assert report(sent) == ["slack: delivered", f"pagerduty: {why}"]


def test_a_webhook_is_distinguished_from_the_exporters() -> None:
    """The exporter takes every alert, and watchdogs all the time."""
    assert report(sent_by(FakeAlertmanager(receiver="hooked", webhooks=("exporter", "hooked")))) == [
        "webhook: delivered"
    ]
    assert not sent_by(FakeAlertmanager(receiver="hooked", webhooks=("exporter", "heartbeat"))).is_delivered


def test_a_notification_that_has_only_begun_is_no_success() -> None:
    """Alertmanager counts notifications when they begin; who hangs has not taken it."""
    sent = sent_by(FakeAlertmanager(asks=False))

    assert not sent.is_delivered
    assert report(sent)[0].startswith("slack: not delivered yet")


def test_an_end_that_no_one_hears_is_reported() -> None:
    """The message would stay red."""
    sent = replace(sent_by(FakeAlertmanager()), unended=("slack",))

    assert report(sent) == ["slack: delivered; its end was not sent yet", "pagerduty: delivered"]
    assert not sent_by(FakeAlertmanager()).unended


def test_a_receiver_without_integrations_is_no_success() -> None:
    """It is reported at once, without waiting."""
    sent = sent_by(FakeAlertmanager(receiver="nobody"))

    assert not sent.is_delivered
    assert report(sent) == ["No one was notified: nobody has no integration that works; `make status` says why."]


@pytest.mark.parametrize(("team", "said"), [("", ""), ("search", ""), ("serch", "no team 'serch' (it names: search")])
def test_a_team_that_no_one_knows_is_doubted(team: str, said: str) -> None:
    """Telemetry may name a team of its own, so the test goes on."""
    reported = doubt(team, ["search"])

    assert said in reported
    assert bool(reported) is bool(said)


def test_an_alertmanager_that_refuses_is_reported() -> None:
    """In its own words."""
    fake = FakeAlertmanager()

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, text="bad label") if request.method == "POST" else fake.answer(request)

    client = httpx.Client(base_url="http://am", transport=httpx.MockTransport(refuse))
    with client, pytest.raises(WatchkeeperError, match="refused the test alert: bad label"):
        send(client, "high", "", within_seconds=0, on_routed=lambda _: None)


def test_an_alertmanager_that_is_away_is_reported() -> None:
    """With what to do."""

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.Client(base_url="http://am", transport=httpx.MockTransport(away))
    with client, pytest.raises(WatchkeeperError, match="make up"):
        send(client, "high", "", within_seconds=0, on_routed=lambda _: None)
