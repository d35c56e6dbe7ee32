"""One test alert through an Alertmanager that counts as the real one does."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from watchkeeper.drills.sample_alert import Sent, report, send
from watchkeeper.errors import WatchkeeperError


@dataclass
class FakeAlertmanager:
    """Notifies Slack and the exporter's webhook at every alert; ``fails`` of Slack's tries fail."""

    fails: int = 0
    tells: bool = True
    posted: list[dict[str, Any]] = field(default_factory=list)

    def client(self) -> httpx.Client:
        """A client whose every request comes here."""
        return httpx.Client(base_url="http://am", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Take alerts, show them, count notifications."""
        if request.method == "POST":
            self.posted += json.loads(request.content)
            return httpx.Response(200)
        if request.url.path == "/api/v2/alerts":
            return httpx.Response(200, json=[{"receivers": [{"name": "exporter"}, {"name": "critical"}]}])
        tries = 5 + (len(self.posted) if self.tells else 0)
        failed = self.fails if self.posted else 0
        return httpx.Response(
            200,
            text=(
                f'alertmanager_notifications_total{{integration="slack"}} {tries}\n'
                f'alertmanager_notifications_total{{integration="webhook"}} {100 + len(self.posted)}\n'
                f'alertmanager_notifications_failed_total{{integration="slack",reason="other"}} {failed}\n'
                'alertmanager_notifications_failed_total{integration="slack",reason="clientError"} 0\n'
            ),
        )


def sent_by(fake: FakeAlertmanager, team: str = "") -> Sent:
    """What a test alert of severity high came to."""
    with fake.client() as client:
        return send(client, "high", team, within_seconds=0, on_routed=lambda _: None)


def test_who_was_told_is_told() -> None:
    """By integration, without the exporter's own webhook."""
    sent = sent_by(FakeAlertmanager())

    assert sent.receivers == ("exporter", "critical")
    assert sent.is_delivered
    assert report(sent) == ["slack: delivered"]


def test_the_alert_says_that_it_is_a_test_and_ends() -> None:
    """It is posted twice: with its end in the future, then with its end now."""
    fake = FakeAlertmanager()

    sent_by(fake, team="search")

    assert [alert["labels"]["team"] for alert in fake.posted] == ["search", "search"]
    assert fake.posted[0]["endsAt"] > fake.posted[1]["endsAt"]
    assert "nothing is wrong" in fake.posted[0]["annotations"]["description"]


def test_a_failed_delivery_is_no_success() -> None:
    """The log of Alertmanager knows why."""
    sent = sent_by(FakeAlertmanager(fails=1))

    assert not sent.is_delivered
    assert report(sent) == ["slack: 1 of 1 tries failed; `make logs C=alertmanager` tells why"]


def test_silence_is_no_success() -> None:
    """An exporter that heard is nobody who was told."""
    sent = sent_by(FakeAlertmanager(tells=False))

    assert not sent.is_delivered
    assert report(sent)[0].startswith("Nobody was told")


def test_an_alertmanager_that_refuses_is_told() -> None:
    """In its own words."""
    fake = FakeAlertmanager()

    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, text="bad label") if request.method == "POST" else fake.answer(request)

    client = httpx.Client(base_url="http://am", transport=httpx.MockTransport(refuse))
    with client, pytest.raises(WatchkeeperError, match="refused the test alert: bad label"):
        send(client, "high", "", within_seconds=0, on_routed=lambda _: None)


def test_an_alertmanager_that_is_away_is_told() -> None:
    """With what to do."""

    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = httpx.Client(base_url="http://am", transport=httpx.MockTransport(away))
    with client, pytest.raises(WatchkeeperError, match="make up"):
        send(client, "high", "", within_seconds=0, on_routed=lambda _: None)
