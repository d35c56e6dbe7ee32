"""Scores of Langfuse on their way to the exporter, each once; the Langfuse here is a stand-in of its published API."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse, score

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.events.sender import EventSender
from watchkeeper.analyzer.langfuse import progress as progress_module
from watchkeeper.analyzer.langfuse import reading as reading_module
from watchkeeper.analyzer.langfuse.api import SCORES, PagedApi
from watchkeeper.analyzer.langfuse.origins import TraceOrigins
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.reading import Pace, Reading
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.score_taking import ScoreTaking
from watchkeeper.analyzer.notes.notes import Notes, open_notes
from watchkeeper.config.langfuse_projects import LangfuseProject
from watchkeeper.errors import JobError, StateError
from watchkeeper.exporter.ingest.events import decode_events
from watchkeeper.exporter.normalise.native import read_event
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Score

NOW = 1_796_000_000.0
MINUTE = 60.0


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project."""
    with fake_langfuse() as running:
        yield running


class Bridge:
    """A reading with a clock that tests move, and what became of it; ``fake`` is the exporter and the Loki."""

    def __init__(
        self,
        langfuse: FakeLangfuse,
        fake: FakeModel,
        client: httpx.AsyncClient,
        folder: Path,
        notes: Notes | None = None,
    ) -> None:
        (folder / "key").write_text(f"{KEYS}\n")
        self.now = NOW
        self.waited: list[float] = []
        self.store = MetricStore(METRICS)
        self.fake = fake
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"))
        self.loki = httpx.Client(trust_env=False)
        kept = ProgressNotes(notes or open_notes(f"sqlite:///{folder}/state.sqlite"), "support")
        report = LangfuseReport("support", self.store, lambda: self.now)
        sender = EventSender(client, fake.address, None, folder, self.store)
        self.reading = Reading(
            Pace(signal="scores", settled_seconds=30.0),
            PagedApi(project, client, folder, SCORES),
            ScoreTaking(TraceOrigins(self.loki, fake.address), kept, sender, report),
            notes=kept,
            report=report,
            patience=Patience("Langfuse", lambda: self.now, self._pause),
            clock=lambda: self.now,
        )

    async def _pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def run(self, *, later: float = 0.0, until_received: int | None = None) -> None:
        """Run once, so many seconds later; as who is killed once the exporter has received so many requests."""
        self.now += later
        running = asyncio.ensure_future(self.reading.run())
        loop = asyncio.get_running_loop()

        def kill() -> None:
            if len(self.fake.received) == until_received:
                loop.call_soon_threadsafe(running.cancel)

        self.fake.on_received = kill
        await running

    def sent(self) -> list[dict[str, Any]]:
        """The events that the exporter got."""
        return [event for one in self.fake.received for event in one.body]

    def count(self, metric: str, *labels: str) -> float:
        """The value of a metric of the project."""
        series = self.store.families[metric].series.get(("support", *labels))
        return 0 if series is None else float(series.value)


@pytest.fixture
def bridge(langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> Iterator[Bridge]:
    """One that keeps its state in a file."""
    made = Bridge(langfuse, fake, client, tmp_path)
    yield made
    made.loki.close()


def call(number: int, at: float = NOW - 5 * MINUTE, **more: Any) -> dict[str, Any]:
    """The line of a call of a trace."""
    return {
        "at_ns": int(at * 1e9),
        "event": "llm_call_completed",
        "happened_at": "2026-11-29T12:00:00Z",
        "service": "shop",
        "prompt": "answer",
        "prompt_version": "12",
        "model": "gpt-4o",
        "trace_id": f"{number:032x}",
        **more,
    }


async def test_a_score_is_an_event_of_its_trace(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """With the service, the prompt and the model of the trace's calls, and the time that it has in Langfuse."""
    bridge.fake.lines["llm_call_completed"] = [call(1)]
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]

    await bridge.run()

    assert bridge.sent() == [
        {
            "type": "score",
            "name": "helpful",
            "value": 0.5,
            "source": "judge",
            "score_id": "score-00001",
            "timestamp": NOW - 2 * MINUTE,
            "trace_id": f"{1:032x}",
            "environment": "default",
            "service": "shop",
            "prompt": "answer",
            "prompt_version": "12",
            "model": "gpt-4o",
        }
    ]


@pytest.mark.parametrize(
    ("lines", "subject", "known"),
    [
        pytest.param([], None, {"service": "support"}, id="a trace that is not known: the project's name"),
        pytest.param(
            [call(1), call(1, prompt="find", model="gpt-5")],
            None,
            {"service": "shop", "prompt_version": "12"},
            id="two calls: what they have in common",
        ),
        pytest.param(
            [call(1, span_id="a" * 16), call(1, span_id="b" * 16, prompt="find", model="gpt-5")],
            {"kind": "observation", "id": "b" * 16, "traceId": f"{1:032x}"},
            {"service": "shop", "prompt": "find", "prompt_version": "12", "model": "gpt-5", "span_id": "b" * 16},
            id="two calls of which one was scored",
        ),
        pytest.param(
            [call(1)],
            {"kind": "session", "id": "s-1"},
            {"service": "support", "session_id": "s-1"},
            id="a session",
        ),
        pytest.param([call(1)], {"kind": "experiment", "id": "e-1"}, {"service": "support"}, id="an experiment"),
        pytest.param(
            [], {"kind": "trace", "id": '"} | x=~".*'}, {"service": "support"}, id="an id that is a piece of a query"
        ),
    ],
)
async def test_what_is_known_of_its_trace(
    lines: list[dict[str, Any]],
    subject: dict[str, str] | None,
    known: dict[str, str],
    langfuse: FakeLangfuse,
    bridge: Bridge,
) -> None:
    """And nothing that is not."""
    bridge.fake.lines["llm_call_completed"] = lines
    langfuse.scores = [score(1, NOW - 2 * MINUTE, **({"subject": subject} if subject else {}))]

    await bridge.run()

    (event,) = bridge.sent()
    names = ("service", "prompt", "prompt_version", "model", "session_id", "span_id")
    assert {name: event[name] for name in names if name in event} == known
    assert not [query for query in bridge.fake.asked if "x=~" in query]


@pytest.mark.parametrize(("source", "service"), [("ANNOTATION", "shop"), ("API", "support"), ("EVAL", "support")])
async def test_a_person_may_score_hours_later(
    source: str, service: str, langfuse: FakeLangfuse, bridge: Bridge
) -> None:
    """The trace is looked for in the working day; that of a program in the hour, because Loki reads all of it."""
    bridge.fake.lines["llm_call_completed"] = [call(1, NOW - 8 * 3600)]
    langfuse.scores = [score(1, NOW - 2 * MINUTE, source=source)]

    await bridge.run()

    assert [event["service"] for event in bridge.sent()] == [service]


@pytest.mark.parametrize("endpoints", [("v3/scores",), ("v2/scores", "scores"), ("scores",)], ids=" ".join)
async def test_every_release_of_the_server_says_the_same(
    endpoints: tuple[str, ...], langfuse: FakeLangfuse, bridge: Bridge
) -> None:
    """Values, sources and subjects are the same of the current endpoint and of the older ones."""
    langfuse.endpoints = endpoints
    kinds: list[dict[str, Any]] = [
        {},
        {"value": True, "dataType": "BOOLEAN", "source": "API"},
        {"value": "off topic", "dataType": "CATEGORICAL", "source": "ANNOTATION"},
        {"value": "Too long, says ada@example.com", "dataType": "TEXT"},
        {"subject": {"kind": "observation", "id": "b" * 16, "traceId": "a" * 32}},
    ]
    langfuse.scores = [score(place, NOW - MINUTE - place, **kind) for place, kind in enumerate(kinds)]

    await bridge.run()

    found = [(e["score_id"], e["value"], e["source"], e["trace_id"], e.get("span_id")) for e in bridge.sent()]
    assert found == [
        ("score-00000", 0.5, "judge", f"{0:032x}", None),
        ("score-00001", True, "program", f"{1:032x}", None),
        ("score-00002", "off topic", "person", f"{2:032x}", None),
        ("score-00004", 0.5, "judge", "a" * 32, "b" * 16),
    ]
    assert bridge.count("watchkeeper_langfuse_scores_total", "text") == 1


async def test_a_server_that_is_upgraded_is_read_on(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """From the older endpoint to the current one, and in the middle of a window."""
    langfuse.endpoints = ("v2/scores",)
    langfuse.scores = [score(place, NOW - 5 * MINUTE + place) for place in range(250)]
    langfuse.answers = [None, None, (500, {"message": "restarting"}, {})]
    with pytest.raises(JobError, match=r"support: http://127.0.0.1:\d+ answered 500"):
        await bridge.run()
    langfuse.endpoints = ("v3/scores",)

    await bridge.run(later=60)

    assert sorted(event["score_id"] for event in bridge.sent()) == sorted(one["id"] for one in langfuse.scores)


async def test_ten_thousand_scores_come_once_each(
    langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Across a kill in the middle, a storm of 429, an exporter that is away, and an overlap of 20 minutes."""
    langfuse.scores = [score(place, NOW - 15 * MINUTE + place / 15) for place in range(8_000)]
    storm: list[Any] = [(429, {"message": "Rate limit exceeded"}, {"Retry-After": "2"})]
    langfuse.answers = [None] * 20 + storm * 12 + [None] * 5 + storm
    first = Bridge(langfuse, fake, client, tmp_path)
    fake.statuses = [200] * 10 + [503]
    with pytest.raises(JobError, match="answered 503"):
        await first.run()
    with pytest.raises(asyncio.CancelledError):
        await first.run(later=120, until_received=40)
    late = [score(place, NOW - 10 * MINUTE + place / 1000) for place in range(8_000, 10_000)]

    second = Bridge(langfuse, fake, client, tmp_path)
    await second.run(later=240)
    langfuse.scores += late
    await second.run(later=120)

    refused = [event for one in fake.received[10:11] for event in one.body]
    counts = Counter(event["score_id"] for event in second.sent())
    counts.subtract(event["score_id"] for event in refused)
    twice = [id_ for id_, times in counts.items() if times > 1]
    assert set(+counts) == {one["id"] for one in langfuse.scores}
    assert len(twice) in (0, 100)  # the page that the exporter had, and the notes had not; it knows the ids
    assert first.waited + second.waited == [2.0] * 13
    assert second.count("watchkeeper_langfuse_lag_seconds", "scores") == pytest.approx(30.0)
    for bridge in (first, second):
        bridge.loki.close()


async def test_what_was_sent_and_not_noted_comes_again_with_its_id(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """The exporter counts an id once."""
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    notes = bridge.reading._notes
    write, calls = notes.write, []

    def failing(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 2:
            raise StateError("the disk is full")
        write(*arguments)

    notes.write = failing  # type: ignore[method-assign]
    with pytest.raises(StateError):
        await bridge.run()
    await bridge.run(later=120)

    assert [event["score_id"] for event in bridge.sent()] == ["score-00001"] * 2


async def test_who_is_asked_to_wait_for_long_asks_no_one(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """Not in this run, and not in the next ones; meanwhile it shows how far behind it is."""
    langfuse.scores = [score(1, NOW + 10 * MINUTE)]
    langfuse.answers = [(429, {}, {"Retry-After": "3600"})]
    with pytest.raises(JobError, match="answered 429"):
        await bridge.run()
    with pytest.raises(JobError, match="Langfuse takes no requests for 1800 s more"):
        await bridge.run(later=1800)
    asked, lag = len(langfuse.asked), bridge.count("watchkeeper_langfuse_lag_seconds", "scores")

    await bridge.run(later=1800)

    assert (asked, lag) == (1, 1800 + 20 * MINUTE)
    assert [event["score_id"] for event in bridge.sent()] == ["score-00001"]
    assert bridge.count("watchkeeper_langfuse_requests_total", "rate_limited") == 1


async def test_without_a_word_on_when_it_waits_a_minute(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """A date in Retry-After says nothing either."""
    langfuse.answers = [(429, {}, {"Retry-After": "Sun, 29 Nov 2026 12:00:00 GMT"})]

    with pytest.raises(JobError, match="answered 429"):
        await bridge.run()
    with pytest.raises(JobError, match="for 30 s more"):
        await bridge.run(later=30)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param(b"<html>Bad Gateway</html>", "something that is not JSON", id="HTML"),
        pytest.param(b"", "something that is not JSON", id="nothing"),
        pytest.param(b"[]", "no page of scores", id="an array"),
        pytest.param(b'{"data": 5, "meta": {}}', "no page of scores", id="no list"),
        pytest.param(b'{"data": [], "meta": []}', "no page of scores", id="no meta"),
        pytest.param(b"[" * 100_000, "something that is not JSON", id="brackets without an end"),
        pytest.param(b'{"data": [' + b'"x",' * 600_000 + b'""]}', "answered more than", id="an answer without end"),
        pytest.param((500, {"message": "x"}, {}), "answered 500", id="500"),
        pytest.param((302, {}, {"location": "http://localhost/login"}), "answered 302", id="a login page"),
        pytest.param((401, {"message": "sk-lf-5678 is wrong"}, {}), "answered 401", id="a wrong key"),
    ],
)
async def test_an_answer_that_is_none_loses_nothing(
    answer: Any, text: str, langfuse: FakeLangfuse, bridge: Bridge
) -> None:
    """The job fails with a sentence that quotes nothing, and the next run has the scores."""
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    langfuse.answers = [answer]
    with pytest.raises(JobError, match=text) as failed:
        await bridge.run()

    await bridge.run(later=120)

    assert [event["score_id"] for event in bridge.sent()] == ["score-00001"]
    assert "sk-lf" not in str(failed.value)


async def test_a_server_without_any_of_the_endpoints(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """Something else answers at that address."""
    langfuse.endpoints = ()

    with pytest.raises(JobError, match="answered 404"):
        await bridge.run()

    assert [path for path, _ in langfuse.asked] == [f"/api/public/{e}" for e in ("v3/scores", "v2/scores", "scores")]


@pytest.mark.parametrize("cursor", ["c2FtZQ==", "bm8="])
async def test_a_cursor_that_leads_nowhere(cursor: str, langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """One that is given again, and one that is refused: the window begins anew, and no page is read for ever."""
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    page = (200, {"data": [], "meta": {"limit": 100, "cursor": cursor}}, {})
    langfuse.answers = [page, page] if cursor == "c2FtZQ==" else [page]
    if len(langfuse.answers) == 2:
        with pytest.raises(JobError, match="the same cursor again"):
            await bridge.run()

    await bridge.run(later=120)

    assert [event["score_id"] for event in bridge.sent()] == ["score-00001"]


async def test_our_own_scores_are_not_read_back(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """They were counted when they were made."""
    langfuse.scores = [score(1, NOW - 2 * MINUTE, id="watchkeeper-1"), score(2, NOW - 2 * MINUTE)]

    await bridge.run()

    assert [event["score_id"] for event in bridge.sent()] == ["score-00002"]
    assert bridge.count("watchkeeper_langfuse_scores_total", "own") == 1


async def test_items_that_are_no_scores_are_counted(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """Their neighbours are taken."""
    good = {name: value for name, value in score(1, NOW - 2 * MINUTE).items() if name != "at"}
    bad: list[Any] = [{}, None, [], {**good, "id": 5}, {**good, "timestamp": "soon"}, {**good, "name": None}]
    langfuse.answers = [(200, {"data": [*bad, good], "meta": {}}, {})]

    await bridge.run()

    assert [event["score_id"] for event in bridge.sent()] == ["score-00001"]
    assert bridge.count("watchkeeper_langfuse_scores_total", "malformed") == len(bad)


async def test_texts_of_any_kind_are_events_that_the_exporter_takes(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """Long ones, HTML, halves of characters, ids longer than a note's name."""
    hostile = {"name": "</script>" + "n" * 5000, "environment": "\ud83d\x00", "id": "i" * 5000}
    langfuse.scores = [score(1, NOW - 2 * MINUTE, **hostile)]
    langfuse.scores += [score(2, NOW - 2 * MINUTE, value="\udc00" + "c" * 5000, dataType="CATEGORICAL")]

    await bridge.run()
    await bridge.run(later=120)

    body = json.dumps(bridge.sent()).encode()
    facts = [read_event(event, 0)[0] for records, _ in decode_events(body) for _, event in records]
    assert [type(fact) for fact in facts] == [Score, Score]


async def test_after_an_outage_it_reads_a_day_by_the_hour(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """What is older is left out; how far behind it is shows at every page."""
    await bridge.run()
    hours = 30
    langfuse.scores = [score(hour, NOW + hour * 3600.0) for hour in range(1, hours)]

    await bridge.run(later=hours * 3600.0)

    taken = {event["score_id"] for event in bridge.sent()}
    assert taken == {f"score-{hour:05}" for hour in range(6, hours)}
    spans = [float(_seconds(sought["toTimestamp"]) - _seconds(sought["fromTimestamp"])) for _, sought in langfuse.asked]
    assert max(spans) == 80 * MINUTE
    assert bridge.count("watchkeeper_langfuse_lag_seconds", "scores") == pytest.approx(30.0)


async def test_a_run_ends_in_time_and_the_next_goes_on(
    langfuse: FakeLangfuse, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catching up takes as many runs as it takes."""
    langfuse.scores = [score(place, NOW - 5 * MINUTE + place / 10) for place in range(500)]
    seconds = iter(range(10_000))
    monkeypatch.setattr(reading_module.time, "monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr(reading_module, "_BEGIN_SECONDS", 2.5)

    runs = 0
    while len(bridge.sent()) < 500 and runs < 10:
        await bridge.run(later=1)
        runs += 1

    assert len({event["score_id"] for event in bridge.sent()}) == len(bridge.sent()) == 500
    assert runs > 1


async def test_a_clock_that_goes_back_stops_nothing(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """It was a day ahead for a while; scores of now come, and none twice."""
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    await bridge.run()
    await bridge.run(later=20 * 3600.0)
    langfuse.scores += [score(2, NOW + 2 * MINUTE)]

    await bridge.run(later=-20 * 3600.0 + 5 * MINUTE)

    assert [event["score_id"] for event in bridge.sent()] == ["score-00001", "score-00002"]


async def test_ids_are_forgotten_in_the_end(
    langfuse: FakeLangfuse, bridge: Bridge, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The database does not grow for ever."""
    monkeypatch.setattr(progress_module, "KEPT_SECONDS", 3600.0)
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    await bridge.run()
    notes = ProgressNotes(open_notes(f"sqlite:///{tmp_path}/state.sqlite"), "support")
    before = notes.known(["score-00001"])

    await bridge.run(later=2 * 3600.0)

    assert (before, notes.known(["score-00001"])) == ({"score-00001"}, set())


@pytest.mark.parametrize("key", ["", "sk-lf-5678", "two\nlines"], ids=["empty", "one key of two", "two lines"])
async def test_a_key_file_that_holds_no_keys(key: str, bridge: Bridge, tmp_path: Path) -> None:
    """The job says which file, and nothing of what is in it."""
    (tmp_path / "key").write_text(key)

    with pytest.raises(JobError, match="the key file key must hold") as failed:
        await bridge.run()

    assert "sk-lf-5678" not in str(failed.value)


async def test_while_loki_is_away_nothing_is_taken(langfuse: FakeLangfuse, bridge: Bridge) -> None:
    """A score that counted for no service would do so for ever."""
    bridge.fake.lines["llm_call_completed"] = [call(1)]
    langfuse.scores = [score(1, NOW - 2 * MINUTE)]
    bridge.fake.loki_status = 503
    with pytest.raises(JobError, match="support: Loki at"):
        await bridge.run()
    bridge.fake.loki_status = 200

    await bridge.run(later=120)

    assert [event["service"] for event in bridge.sent()] == ["shop"]


def _seconds(text: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()
