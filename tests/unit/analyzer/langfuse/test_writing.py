"""Verdicts on their way to Langfuse, with ids of their own; the Langfuse here is a stand-in of its published API."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import KEYS, FakeLangfuse, fake_langfuse

from watchkeeper.analyzer.endpoints.patience import Patience
from watchkeeper.analyzer.langfuse import line_writing
from watchkeeper.analyzer.langfuse.progress import ProgressNotes
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.langfuse.verdict import Verdict
from watchkeeper.analyzer.langfuse.verdict_writer import VerdictWriter, verdict_lines
from watchkeeper.analyzer.langfuse.writes import WritesApi
from watchkeeper.analyzer.notes.notes import open_notes
from watchkeeper.config.langfuse_projects import LangfuseProject, Verdicts
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

NOW = 1_796_000_000.0
FAILED, SCORED = "silent_failure_detected", "score_recorded"
QUEUE = {"id": "queue-1"}


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project with one queue."""
    with fake_langfuse() as running:
        running.queues = {"queue-1": []}
        yield running


class Writing:
    """Writes verdicts on the services of a shop; ``fake`` is the Loki."""

    def __init__(
        self, langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, folder: Path, **queue: Any
    ) -> None:
        (folder / "key").write_text(KEYS)
        self.now = NOW
        self.store = MetricStore(METRICS)
        self.fake = fake
        self.loki = httpx.Client(trust_env=False)
        verdicts = Verdicts(services=("shop*",), **({"queue": queue} if queue else {}))
        project = LangfuseProject(name="support", url=langfuse.address, key_file=Path("key"), verdicts=verdicts)
        notes = ProgressNotes(open_notes(f"sqlite:///{folder}/state.sqlite"), "verdicts for support")
        report = LangfuseReport("support", self.store, lambda: self.now)
        api = WritesApi(project, client, folder)
        self.writing = line_writing.LineWriting(
            verdict_lines(self.loki, fake.address, verdicts.services, {"helpful"}),
            VerdictWriter(verdicts.queue, api, notes=notes, report=report, clock=lambda: self.now),
            notes=notes,
            report=report,
            patience=Patience("Langfuse", lambda: self.now, self._pause),
            clock=lambda: self.now,
        )

    async def _pause(self, seconds: float) -> None:
        self.now += seconds

    async def run(self, *lines: dict[str, Any], later: float = 120.0) -> None:
        """Run once, so many seconds later, with these lines in Loki beside those of before."""
        # The fake asks by the first event of the query alone.
        self.fake.lines.setdefault("", []).extend({"at_ns": int((self.now - 30) * 1e9), **line} for line in lines)
        await self.writing.run()
        self.now += later

    def count(self, outcome: str) -> float:
        """How many verdicts or traces ended so."""
        series = self.store.families["watchkeeper_langfuse_verdicts_total"].series.get(("support", outcome))
        return 0 if series is None else float(series.value)


@pytest.fixture
def writing(langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> Iterator[Writing]:
    """Without a queue."""
    made = Writing(langfuse, fake, client, tmp_path)
    yield made
    made.loki.close()


@pytest.fixture
def queueing(langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> Iterator[Writing]:
    """With a queue for skipped tools and scores below a half, three a day."""
    rule = {**QUEUE, "failures": ["tool_skipped"], "scores_below": 0.5, "most_per_day": 3}
    made = Writing(langfuse, fake, client, tmp_path, **rule)
    yield made
    made.loki.close()


def line(event: str, trace: int = 1, **more: Any) -> dict[str, Any]:
    """A line of the exporter."""
    return {
        "event": event,
        "happened_at": "2026-11-29T12:00:00Z",
        "service": "shop-api",
        "env": "prod",
        "trace_id": f"{trace:032x}",
        **more,
    }


def failed(trace: int = 1, **more: Any) -> dict[str, Any]:
    """A run that skipped a tool."""
    broken = {"type": "tool_skipped", "contract": "refunds", "rule": "expect", "expected": "a, b", "observed": "a"}
    return line(FAILED, trace, **broken, **more)


def of_judge(trace: int = 1, value: Any = 0.25, **more: Any) -> dict[str, Any]:
    """A score of a judge of ours."""
    given = {"score": "helpful", "source": "judge", "value": value, "span_id": "b" * 16}
    return line(SCORED, trace, **{**given, **more})


async def test_a_silent_failure_is_a_score_of_its_trace(langfuse: FakeLangfuse, writing: Writing) -> None:
    """Its type as a category, and what was expected."""
    await writing.run(failed())

    (written,) = langfuse.written.values()
    assert written.pop("id").startswith("watchkeeper-")
    assert written == {
        "traceId": f"{1:032x}",
        "name": "silent_failure",
        "value": "tool_skipped",
        "dataType": "CATEGORICAL",
        "timestamp": "2026-11-29T12:00:00Z",
        "environment": "prod",
        "comment": "contract refunds, expect: expected a, b, observed a",
        "metadata": {"by": "watchkeeper", "service": "shop-api"},
    }


async def test_a_score_of_a_judge_is_one_of_the_call(langfuse: FakeLangfuse, writing: Writing) -> None:
    """A number, or a category."""
    await writing.run(of_judge(), of_judge(2, None, category="off topic"))

    found = {(one["value"], one["dataType"], one["observationId"]) for one in langfuse.written.values()}
    assert found == {(0.25, "NUMERIC", "b" * 16), ("off topic", "CATEGORICAL", "b" * 16)}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(failed(service="billing"), id="another service"),
        pytest.param(failed(trace_id=""), id="no trace"),
        pytest.param(of_judge(score="tone"), id="a judge of Langfuse's own"),
        pytest.param(of_judge(source="person"), id="a person"),
        pytest.param(of_judge(value=None), id="no value"),
        pytest.param(line("llm_call_completed"), id="a call"),
        pytest.param({"event": FAILED}, id="no line of ours"),
    ],
)
async def test_what_is_no_verdict_for_the_project_is_not_written(
    other: dict[str, Any], langfuse: FakeLangfuse, writing: Writing
) -> None:
    """And asks Langfuse for nothing."""
    await writing.run(other)

    assert langfuse.posts == []


async def test_each_is_written_once(
    langfuse: FakeLangfuse, writing: Writing, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Over an overlap and a restart; one that was written and not noted comes again with its id."""
    await writing.run(failed(1), failed(1, span_id="c" * 16), of_judge(1), later=20)
    again = Writing(langfuse, fake, client, tmp_path)
    again.now = writing.now
    await again.run(failed(2))
    again.loki.close()

    assert [len(post) for post in langfuse.posts] == [3, 1]
    assert len(langfuse.written) == 4


async def test_an_older_server_takes_them_one_by_one(langfuse: FakeLangfuse, writing: Writing) -> None:
    """It refuses arrays, and is not asked again."""
    langfuse.takes_arrays = False

    await writing.run(failed(1), failed(2))
    await writing.run(failed(3))

    assert [type(post) for post in langfuse.posts] == [list, dict, dict, dict]
    assert (len(langfuse.written), writing.count("written")) == (3, 3)


@pytest.mark.parametrize("takes_arrays", [True, False])
async def test_what_is_refused_is_counted_and_left(
    takes_arrays: bool, langfuse: FakeLangfuse, writing: Writing
) -> None:
    """It would be refused for ever; its neighbours are written."""
    langfuse.takes_arrays = takes_arrays
    nameless = of_judge(score="helpful", value=0.5)
    original = Verdict.body

    def spoilt(verdict: Verdict) -> dict[str, Any]:
        return original(verdict) | ({"name": ""} if not verdict.failure else {})

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Verdict, "body", spoilt)
        await writing.run(failed(), nameless)
        await writing.run()

    assert (writing.count("written"), writing.count("refused")) == (1, 1)


async def test_more_lines_than_one_answer_holds(
    langfuse: FakeLangfuse, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They go on where the answer ended."""
    monkeypatch.setattr(line_writing, "_MOST_LINES", 10)
    lines = [failed(place, at_ns=int((NOW - 200) * 1e9) + place * 1000) for place in range(1, 46)]

    await writing.run(*lines)

    assert {one["traceId"] for one in langfuse.written.values()} == {one["trace_id"] for one in lines}


async def test_a_storm_of_429_is_waited_out(langfuse: FakeLangfuse, writing: Writing) -> None:
    """And a long one stops the run; nothing is lost."""
    langfuse.answers = [(429, {}, {"Retry-After": "2"})] * 3 + [(429, {}, {"Retry-After": "600"})]
    with pytest.raises(JobError, match="answered 429"):
        await writing.run(failed())
    with pytest.raises(JobError, match="takes no requests for"):
        await writing.run()
    writing.now += 600

    await writing.run()

    assert len(langfuse.written) == 1


@pytest.mark.parametrize(
    "answer", [(500, {}, {}), (401, {}, {}), b"<html></html>", (302, {}, {"location": "/login"})], ids=str
)
async def test_a_langfuse_that_fails_gets_them_later(answer: Any, langfuse: FakeLangfuse, writing: Writing) -> None:
    """With the next run."""
    langfuse.answers = [answer]
    with pytest.raises(JobError, match="support: http"):
        await writing.run(failed())

    await writing.run()

    assert len(langfuse.written) == 1


async def test_without_loki_the_job_says_so(writing: Writing) -> None:
    """It is where the verdicts are."""
    writing.fake.loki_status = 503

    with pytest.raises(JobError, match="support: Loki at"):
        await writing.run(failed())


async def test_bad_ones_are_put_before_people(langfuse: FakeLangfuse, queueing: Writing) -> None:
    """By the rule: which verdicts, and each trace once."""
    await queueing.run(
        failed(1), failed(1, span_id="c" * 16), of_judge(2), of_judge(3, 0.5), line(FAILED, 4, type="gibberish")
    )
    await queueing.run(of_judge(1, 0.1))

    assert langfuse.queues["queue-1"] == [f"{1:032x}", f"{2:032x}"]
    assert len(langfuse.written) == 6


async def test_no_more_in_a_day_than_people_can_look_at(
    langfuse: FakeLangfuse, queueing: Writing, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """Also over a restart; the next day has places of its own."""
    await queueing.run(failed(1), failed(2))
    rule = {**QUEUE, "failures": ["tool_skipped"], "most_per_day": 3}
    again = Writing(langfuse, fake, client, tmp_path, **rule)
    again.now = queueing.now
    await again.run(failed(3), failed(4))
    today = len(langfuse.queues["queue-1"])
    again.now += 86_400
    await again.run(failed(5))
    again.loki.close()

    assert (today, again.count("queue_full")) == (3, 1)
    assert langfuse.queues["queue-1"][-1] == f"{5:032x}"


async def test_a_share_of_them(
    langfuse: FakeLangfuse, fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    """The same traces whoever asks."""
    writing = Writing(langfuse, fake, client, tmp_path, **QUEUE, share=0.25, most_per_day=1000)

    await writing.run(*[failed(place, at_ns=int((NOW - 60) * 1e9) + place) for place in range(1, 101)])
    writing.loki.close()

    assert 10 < len(langfuse.queues["queue-1"]) < 45


async def test_a_queue_that_is_not_there_stops_no_score(langfuse: FakeLangfuse, queueing: Writing) -> None:
    """The job says which, and goes on."""
    langfuse.queues = {}
    with pytest.raises(JobError, match=r"support: queue queue-1: .* answered 404"):
        await queueing.run(failed(1))

    await queueing.run(of_judge(2, 0.9))

    assert (len(langfuse.written), queueing.count("queue_refused")) == (2, 1)
