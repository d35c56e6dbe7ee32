"""What waits in annotation queues; the Langfuse here is a stand-in of its published API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse import queues as queues_module
from watchkeeper.analyzer.langfuse.queues import QueueReading
from watchkeeper.analyzer.langfuse.report import Backlog, LangfuseReport
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

NOW = 1_796_000_000.0
HOUR = 3600.0


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project."""
    with fake_langfuse() as running:
        yield running


class Queues:
    """Reads the queues of the project ``support``, beside another project whose numbers are not its own."""

    def __init__(self, langfuse: FakeLangfuse, client: httpx.AsyncClient, folder: Path) -> None:
        (folder / "key").write_text(KEYS)
        self.store = MetricStore(METRICS)
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"))
        LangfuseReport("other", self.store).waiting({"Queue a": Backlog(waiting=9, oldest_seconds=9.0)})
        self.reading = QueueReading(
            project,
            client,
            folder,
            report=LangfuseReport("support", self.store),
            patience=Patience("Langfuse", lambda: NOW),
            clock=lambda: NOW,
        )

    def shown(self) -> dict[str, tuple[float, float]]:
        """How many wait, and for how long, by queue."""
        entries, ages = (
            self.store.families[f"watchkeeper_langfuse_queue_{name}"].series for name in ("entries", "age_seconds")
        )
        assert ("other", "Queue a") in entries
        return {
            queue: (float(entries[project, queue].value), float(ages[project, queue].value))
            for project, queue in entries
            if project == "support"
        }


@pytest.fixture
def queues(langfuse: FakeLangfuse, client: httpx.AsyncClient, tmp_path: Path) -> Queues:
    """One reading."""
    return Queues(langfuse, client, tmp_path)


async def test_how_many_wait_and_since_when_the_first(langfuse: FakeLangfuse, queues: Queues) -> None:
    """A queue in which none waits is there with zeros; each takes two requests at most."""
    langfuse.waiting = {"a": [NOW - HOUR, NOW - 5 * HOUR, NOW - 2 * HOUR], "b": [NOW - HOUR], "c": []}

    await queues.reading.run()

    assert queues.shown() == {"Queue a": (3, 5 * HOUR), "Queue b": (1, HOUR), "Queue c": (0, 0)}
    assert len(langfuse.asked) == 1 + 2 + 1 + 1
    assert {asked.get("status", "PENDING") for _, asked in langfuse.asked} == {"PENDING"}


async def test_a_queue_that_is_deleted_is_gone(langfuse: FakeLangfuse, queues: Queues) -> None:
    """Also one that is deleted while it is read."""
    langfuse.waiting = {"a": [NOW - HOUR], "b": [NOW - HOUR]}
    await queues.reading.run()
    del langfuse.waiting["a"]
    gone = {"data": [{"id": name, "name": f"Queue {name}"} for name in ("b", "z/../a")], "meta": {"totalItems": 2}}
    langfuse.answers = [(200, gone, {})]

    await queues.reading.run()

    assert queues.shown() == {"Queue b": (1, HOUR)}
    assert langfuse.asked[-1][0].endswith("/z%2F..%2Fa/items")


async def test_what_someone_did_in_between_is_no_error(langfuse: FakeLangfuse, queues: Queues) -> None:
    """The oldest is done between two requests: then the newest has waited for so long at least."""
    langfuse.waiting = {"a": [NOW - HOUR, NOW - 5 * HOUR]}
    langfuse.answers = [None, None, (200, {"data": [], "meta": {"totalItems": 1}}, {})]

    await queues.reading.run()

    assert queues.shown() == {"Queue a": (2, HOUR)}


async def test_a_server_without_queues_has_none(langfuse: FakeLangfuse, queues: Queues) -> None:
    """An old one does not know the path."""
    langfuse.answers = [(404, {"message": "Not found"}, {})]

    await queues.reading.run()

    assert queues.shown() == {}


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param((500, {}, {}), "answered 500", id="500"),
        pytest.param((401, {"message": "sk-lf-5678"}, {}), "answered 401", id="a wrong key"),
        pytest.param(b"<html>", "not JSON", id="HTML"),
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param((200, [1], {}), "no list of queues", id="an array"),
        pytest.param((200, {"data": [{"id": 5}], "meta": {"totalItems": 1}}, {}), "no list of queues", id="no queue"),
        pytest.param((429, {}, {"Retry-After": "3600"}), "answered 429", id="a long wait"),
    ],
)
async def test_without_an_answer_nothing_is_shown(
    answer: Any, text: str, langfuse: FakeLangfuse, queues: Queues
) -> None:
    """Numbers of an hour ago would look like those of now."""
    langfuse.waiting = {"a": [NOW - HOUR]}
    await queues.reading.run()
    langfuse.answers = [answer]

    with pytest.raises(JobError, match=f"support: .*{text}") as failed:
        await queues.reading.run()

    assert queues.shown() == {}
    assert "sk-lf" not in str(failed.value)


async def test_who_is_asked_to_wait_asks_no_one(langfuse: FakeLangfuse, queues: Queues) -> None:
    """Not in the next runs either."""
    langfuse.answers = [(429, {}, {"Retry-After": "3600"})]
    with pytest.raises(JobError):
        await queues.reading.run()

    with pytest.raises(JobError, match="takes no requests for 3600 s more"):
        await queues.reading.run()

    assert len(langfuse.asked) == 1


async def test_a_time_that_is_none_and_one_of_tomorrow(langfuse: FakeLangfuse, queues: Queues) -> None:
    """The first is an error, the second has not waited."""
    langfuse.waiting = {"a": [NOW + HOUR]}
    await queues.reading.run()
    shown = queues.shown()
    langfuse.answers = [None, (200, {"data": [{"createdAt": "soon"}], "meta": {"totalItems": 1}}, {})]

    with pytest.raises(JobError, match="a time that is none"):
        await queues.reading.run()

    assert shown == {"Queue a": (1, 0)}


async def test_names_of_any_kind_and_very_many_queues(
    langfuse: FakeLangfuse, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are cut, and as many are read as requests may be made."""
    monkeypatch.setattr(queues_module, "_MOST_QUEUES", 2)
    langfuse.waiting = {'"}<b>\n' + "n" * 500: [NOW - HOUR], "b": [], "c": []}
    ids = [*langfuse.waiting]
    listed = {"data": [{"id": "b", "name": ids[0]}, {"id": "c", "name": "\ud83d"}], "meta": {"totalItems": 3}}
    langfuse.answers = [(200, listed, {})]

    await queues.reading.run()

    assert {len(name) for name in queues.shown()} == {64, 1}
