"""Events of our own on their way to the exporter."""

import asyncio
from pathlib import Path

import httpx
import pytest
from tests.support.fake_model import FakeModel

from watchkeeper.analyzer.events import sender as module
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

SCORE = {"type": "score", "name": "helpful", "value": 0.5}


class Sending:
    """A sender with the store that it counts in."""

    def __init__(self, url: str, client: httpx.AsyncClient, folder: Path, token_file: str = "") -> None:
        self.store = MetricStore(METRICS)
        self.sender = EventSender(client, url, Path(token_file) if token_file else None, folder, self.store)

    def dropped(self, reason: str) -> float:
        """How many were dropped for this reason."""
        series = self.store.families["watchkeeper_ingest_dropped_total"].series.get(("events", reason))
        return 0 if series is None else float(series.value)


async def test_they_are_sent_with_the_token_and_the_time(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """As an application would send them."""
    (tmp_path / "token").write_text("wk_1")
    sending = Sending(fake.address, client, tmp_path, "token")

    await sending.sender.send([SCORE])

    (request,) = fake.received
    assert (request.path, request.headers["authorization"]) == ("/v1/events", "Bearer wk_1")
    assert request.body[0].items() >= SCORE.items()
    assert request.body[0]["timestamp"] > 1e9


async def test_they_wait_while_the_exporter_is_away(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """And go with the next ones, in order."""
    sending = Sending(fake.address, client, tmp_path)
    fake.statuses = [503]
    await sending.sender.send([SCORE])
    waiting = sending.sender.waiting

    await sending.sender.send([{**SCORE, "name": "second"}])

    assert waiting == 1
    assert [event["name"] for event in fake.received[-1].body] == ["helpful", "second"]
    assert sending.sender.waiting == 0


async def test_what_waits_is_bounded(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest are dropped, and counted."""
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    sending = Sending(fake.address, client, tmp_path)
    fake.statuses = [503] * 9

    await sending.sender.send([SCORE] * 5)

    assert (sending.sender.waiting, sending.dropped("queue_full")) == (3, 2)


async def test_what_the_exporter_refuses_is_dropped_and_counted(
    fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """It would be refused forever; a token that is missing is given one day."""
    sending = Sending(fake.address, client, tmp_path)
    fake.statuses = [400]
    await sending.sender.send([SCORE])
    refused = sending.dropped("refused"), sending.sender.waiting
    fake.statuses = [401]

    await sending.sender.send([SCORE])

    assert refused == (1, 0)
    assert sending.sender.waiting == 1


async def test_many_may_send_at_once(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """Each event goes once."""
    sending = Sending(fake.address, client, tmp_path)

    await asyncio.gather(*(sending.sender.send([{**SCORE, "name": f"{number}"}]) for number in range(20)))

    sent = [event["name"] for one in fake.received for event in one.body]
    assert sorted(sent) == sorted(f"{number}" for number in range(20))


async def test_without_an_exporter_they_are_dropped_and_counted(client: httpx.AsyncClient, tmp_path: Path) -> None:
    """Nothing is lost silently."""
    sending = Sending("", client, tmp_path)

    await sending.sender.send([SCORE, SCORE])

    assert (sending.sender.waiting, sending.dropped("no_exporter")) == (0, 2)
