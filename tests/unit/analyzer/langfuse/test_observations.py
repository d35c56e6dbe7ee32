"""Observations of Langfuse on their way to the exporter, each once, from a stand-in of its published API."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.exporter import ExporterInTest, run_exporter
from tests.support.fake_model import FakeModel
from tests.support.langfuse_api import FakeLangfuse, fake_langfuse, observation
from tests.support.takeover import MINUTE, NOW, Takeover

from watchkeeper.analyzer.langfuse import observation_taking
from watchkeeper.errors import JobError

V2, OLDER = ("v2/observations",), ("observations",)


@pytest.fixture
def langfuse() -> Iterator[FakeLangfuse]:
    """One project."""
    with fake_langfuse() as running:
        yield running


@pytest.fixture
def exporter() -> Iterator[ExporterInTest]:
    """An exporter in this process."""
    with run_exporter() as running:
        yield running


@pytest.fixture
async def takeover(langfuse: FakeLangfuse, fake: FakeModel, tmp_path: Path) -> AsyncIterator[Takeover]:
    """One whose exporter takes everything and does nothing with it; ``fake`` is the Loki."""
    made = Takeover(langfuse, fake.address, tmp_path)
    yield made
    await made.close()


def line(trace: int, at: float, **more: Any) -> dict[str, Any]:
    """A line of a call that was sent here."""
    happened = {"event": "llm_call_completed", "happened_at": "2026-11-29T12:00:00Z"}
    return {"at_ns": int(at * 1e9), **happened, "trace_id": f"{trace:032x}", **more}


def sent_by_an_sdk(one: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an application that sends the same observation here itself."""
    body = {
        "id": one["id"],
        "traceId": one["traceId"],
        "name": one["name"],
        "model": one["providedModelName"],
        "startTime": one["startTime"],
        "endTime": one["endTime"],
        "completionStartTime": one["completionStartTime"],
        "usageDetails": one["usageDetails"],
        "environment": one["environment"],
        "promptName": one["promptName"],
        "promptVersion": one["promptVersion"],
        "metadata": {"service": "shop"},
    }
    trace = {"id": one["traceId"], "userId": one["userId"], "sessionId": one["sessionId"]}
    return [
        {"id": "e1", "type": "trace-create", "timestamp": one["startTime"], "body": trace},
        {"id": "e2", "type": "generation-create", "timestamp": one["startTime"], "body": body},
    ]


async def test_the_facts_are_those_of_an_application_that_sends_here(
    langfuse: FakeLangfuse, fake: FakeModel, tmp_path: Path
) -> None:
    """The same line of the same call: service, prompt, model, tokens, our own price, session, hash of the user."""
    one = observation(1, NOW - 5 * MINUTE)
    langfuse.observations = [one]

    with run_exporter() as exporter:
        takeover = Takeover(langfuse, fake.address, tmp_path, exporter)
        await takeover.run()
        await takeover.close()
    with run_exporter() as other:
        other.client.post("/api/public/ingestion", json={"batch": sent_by_an_sdk(one)})

    (expected,) = other.lines("llm_call_completed")
    (found,) = exporter.lines("llm_call_completed")
    differs = {name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)}
    assert differs <= {"user_hash", "ts", "timestamp", "received_at"}  # the key of the hash is each exporter's own
    assert (found["service"], found["input_tokens"], found["cached_input_tokens"]) == ("shop", 1000, 200)
    assert found["user_hash"]
    assert "ada@example.com" not in json.dumps(exporter.lines())


async def test_an_older_server_says_the_same_but_who_it_was(
    langfuse: FakeLangfuse, exporter: ExporterInTest, fake: FakeModel, tmp_path: Path
) -> None:
    """Its observations have no user and no session; it is asked once for what it has not."""
    langfuse.endpoints = OLDER
    langfuse.observations = [observation(place, NOW - 5 * MINUTE + place) for place in range(120)]
    takeover = Takeover(langfuse, fake.address, tmp_path, exporter)

    await takeover.run()
    await takeover.close()

    assert exporter.value("llm_requests_total", service="shop", model="gpt-4o-mini") == 120
    assert [path for path, _ in langfuse.asked] == ["/api/public/v2/observations", *["/api/public/observations"] * 3]


async def test_what_was_said_stays_where_it_is(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """It is not asked for, metadata of the application's own goes nowhere, and an older server's texts are left out."""
    langfuse.observations = [observation(1, NOW - 5 * MINUTE)]
    await takeover.run()
    langfuse.endpoints = OLDER
    langfuse.observations.append(observation(2, NOW - 3 * MINUTE))

    await takeover.run(later=120)

    assert len(takeover.sent()) == 2
    assert "io" not in langfuse.asked[0][1]["fields"].split(",")
    assert not [text for text in ("Ada order", "A lamp", "of Ada") if text in json.dumps(takeover.exporter.bodies)]


@pytest.mark.parametrize("endpoints", [V2, OLDER], ids=["current", "older"])
async def test_what_was_said_comes_along_where_it_is_captured(
    endpoints: tuple[str, ...], langfuse: FakeLangfuse, fake: FakeModel, tmp_path: Path
) -> None:
    """Whole and redacted by the exporter as any other, also where it is no text but an object."""
    (tmp_path / "watchkeeper.yml").write_text("privacy: {capture: redacted}")
    langfuse.endpoints = endpoints
    said = [{"role": "user", "content": "Mail ada@example.com \ud83d"}]
    langfuse.observations = [observation(1, NOW - 5 * MINUTE, input=said, output="A lamp.")]
    with run_exporter(config=tmp_path / "watchkeeper.yml") as exporter:
        takeover = Takeover(langfuse, fake.address, tmp_path, exporter, with_texts=True)
        await takeover.run()
        await takeover.close()

    (found,) = exporter.lines("llm_call_completed")
    assert "A lamp." in found["output"]
    assert "Mail " in found["input"]
    assert "ada@example.com" not in found["input"]


@pytest.mark.parametrize("trace", [1, 7], ids=["its own line", "no line"])
async def test_an_application_that_sends_here_as_well_counts_once(
    trace: int, langfuse: FakeLangfuse, exporter: ExporterInTest, fake: FakeModel, tmp_path: Path
) -> None:
    """Its lines in Loki say so; where they are not there yet, the exporter knows its spans."""
    one = observation(1, NOW - 5 * MINUTE)
    langfuse.observations = [one]
    exporter.client.post("/api/public/ingestion", json={"batch": sent_by_an_sdk(one)})
    fake.lines[""] = [line(trace, NOW - 5 * MINUTE)]
    takeover = Takeover(langfuse, fake.address, tmp_path, exporter)

    await takeover.run()
    await takeover.run(later=120)
    await takeover.close()

    assert exporter.value("llm_requests_total") == 1
    assert takeover.count("sent_here") == (trace == 1)


async def test_lines_of_what_was_taken_over_do_not_speak_against_the_rest(
    langfuse: FakeLangfuse, takeover: Takeover, fake: FakeModel
) -> None:
    """A trace may go on for minutes, and its first calls are in Loki by then."""
    langfuse.observations = [observation(0, NOW - 5 * MINUTE)]
    await takeover.run()
    fake.lines[""] = [line(1, NOW - MINUTE)]
    langfuse.observations.append(observation(1, NOW - 2 * MINUTE))

    await takeover.run(later=120)

    assert [one["id"] for one in takeover.sent()] == [f"{0:016x}", f"{1:016x}"]
    assert takeover.count("sent_here") == 0


async def test_a_trace_with_very_many_lines_hides_no_other(
    langfuse: FakeLangfuse, takeover: Takeover, fake: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are asked for again."""
    monkeypatch.setattr("watchkeeper.analyzer.langfuse.traces_here._MOST_LINES", 5)
    lines = [*[line(1, NOW - 5 * MINUTE + place) for place in range(9)], line(2, NOW - 5 * MINUTE)]
    langfuse.observations = [observation(place, NOW - 5 * MINUTE) for place in (0, 4, 8)]

    def of_the_query(query: str) -> None:
        fake.lines[""] = [one for one in lines if one["trace_id"] in query]

    fake.on_asked = of_the_query

    await takeover.run()

    assert [one["id"] for one in takeover.sent()] == [f"{8:016x}"]
    assert takeover.count("sent_here") == 2


async def test_while_loki_is_away_nothing_is_taken(langfuse: FakeLangfuse, takeover: Takeover, fake: FakeModel) -> None:
    """A call that its application sends here would count twice."""
    langfuse.observations = [observation(1, NOW - 5 * MINUTE)]
    fake.loki_status = 503
    with pytest.raises(JobError, match="support: Loki at"):
        await takeover.run()
    fake.loki_status = 200

    await takeover.run(later=120)

    assert len(takeover.sent()) == 1


async def test_thousands_come_once_each(
    langfuse: FakeLangfuse, exporter: ExporterInTest, fake: FakeModel, tmp_path: Path
) -> None:
    """Over a kill in the middle, an exporter that is away, a storm of 429 and an overlap of 20 minutes.

    bench/langfuse_takeover.py does so with a hundred thousand.
    """
    langfuse.observations = [observation(place, NOW - 15 * MINUTE + place / 3) for place in range(2_000)]
    storm: list[Any] = [(429, {"message": "Rate limit exceeded"}, {"Retry-After": "2"})]
    langfuse.answers = [None] * 3 + storm * 12 + [None] * 2 + storm
    first = Takeover(langfuse, fake.address, tmp_path, exporter)
    first.exporter.statuses = [200, 200, 503]
    with pytest.raises(JobError, match="answered 503"):
        await first.run()
    with pytest.raises(asyncio.CancelledError):
        await first.run(later=120, killed_after=5)
    late = [observation(place, NOW - 10 * MINUTE + place / 1000) for place in range(2_000, 2_500)]

    second = Takeover(langfuse, fake.address, tmp_path, exporter)
    await second.run(later=240)
    langfuse.observations += late
    await second.run(later=120)

    assert exporter.value("llm_requests_total") == 2_500
    assert exporter.value("llm_tokens_total", type="output") == 250_000
    times = Counter(one["id"] for one in first.sent() + second.sent())
    assert sorted(times) == sorted(one["id"] for one in langfuse.observations)
    assert sum(count > 1 for count in times.values()) <= 200  # the page that was not noted; the exporter knows the ids
    assert first.waited + second.waited == [2.0] * 13
    assert second.lag() == pytest.approx(60.0)
    for one in (first, second):
        await one.close()


async def test_two_analyzers_of_one_project_count_once(
    langfuse: FakeLangfuse, exporter: ExporterInTest, fake: FakeModel, tmp_path: Path
) -> None:
    """Each with a state of its own, at the same time; both hand all of it to the same exporter."""
    langfuse.observations = [observation(place, NOW - 5 * MINUTE) for place in range(300)]
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    both = [Takeover(langfuse, fake.address, folder, exporter) for folder in folders]

    await asyncio.gather(*(one.run() for one in both))

    assert [len(one.sent()) for one in both] == [300, 300]
    assert exporter.value("llm_requests_total") == 300
    for one in both:
        await one.close()


async def test_what_has_not_ended_is_taken_once_it_has(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """An event has no end."""
    langfuse.observations = [
        observation(1, NOW - 5 * MINUTE, endTime=None),
        observation(2, NOW - 5 * MINUTE, endTime=None, type="EVENT"),
    ]
    await takeover.run()
    langfuse.observations[0] = observation(1, NOW - 5 * MINUTE)

    await takeover.run(later=120)

    assert [one["id"] for one in takeover.sent()] == [f"{2:016x}", f"{1:016x}"]
    assert takeover.count("open") == 1


async def test_a_run_does_not_end_before_what_is_in_it(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """Its root began before the time that is read, and its last call after: both come with the next run, in order."""
    trace = {"traceId": "a" * 32}
    root = observation(1, NOW - 70, endTime=observation(0, NOW - 22)["endTime"], type="AGENT", **trace)
    langfuse.observations = [root, observation(2, NOW - 50, parentObservationId=root["id"], **trace)]
    await takeover.run()
    sent = len(takeover.sent())

    await takeover.run(later=120)

    assert sent == 0
    assert [one["type"] for one in takeover.sent()] == ["GENERATION", "AGENT"]


async def test_a_server_that_goes_back_in_time_adds_nothing(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """One that gives what no one asked for, of last year, and one that is restored from a backup."""
    old = [{k: v for k, v in observation(9, NOW - 366 * 86_400).items() if k != "at"}]
    langfuse.answers = [(200, {"data": old, "meta": {}}, {})]
    await takeover.run()
    langfuse.observations = [observation(1, NOW - MINUTE)]
    await takeover.run(later=120)

    await takeover.run(later=120)

    assert [one["id"] for one in takeover.sent()] == [f"{1:016x}"]
    assert (takeover.count("outside"), takeover.count("known")) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        pytest.param(b"<html>Bad Gateway</html>", "something that is not JSON", id="HTML"),
        pytest.param(b"", "something that is not JSON", id="nothing"),
        pytest.param(b'{"data": 5, "meta": {}}', "no page of observations", id="no list"),
        pytest.param((500, {"message": "x"}, {}), "answered 500", id="500"),
        pytest.param((429, {}, {"Retry-After": "3600"}), "answered 429", id="a long wait"),
    ],
)
async def test_an_answer_that_is_none_loses_nothing(
    answer: Any, text: str, langfuse: FakeLangfuse, takeover: Takeover
) -> None:
    """The job fails with a sentence, and a later run has them."""
    langfuse.observations = [observation(1, NOW - 5 * MINUTE)]
    langfuse.answers = [answer]
    with pytest.raises(JobError, match=text):
        await takeover.run()

    await takeover.run(later=3600)

    assert len(takeover.sent()) == 1


async def test_items_that_are_no_observations_are_counted(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """Their neighbours are taken."""
    good = {name: value for name, value in observation(1, NOW - 5 * MINUTE).items() if name != "at"}
    bad: list[Any] = [{}, None, [], {**good, "id": 5}, {**good, "startTime": "soon"}, {**good, "type": None}]
    bad.append({**good, "endTime": "later"})
    langfuse.answers = [(200, {"data": [*bad, good], "meta": {}}, {})]

    await takeover.run()

    assert [one["id"] for one in takeover.sent()] == [good["id"]]
    assert takeover.count("malformed") == len(bad)


async def test_texts_of_any_kind_break_nothing(
    langfuse: FakeLangfuse, exporter: ExporterInTest, fake: FakeModel, tmp_path: Path
) -> None:
    """Long ones, halves of characters, pieces of a query, values of other kinds in every field."""
    hostile = observation(1, NOW - 5 * MINUTE)
    for name, value in hostile.items():
        if name in ("at", "id", "traceId", "startTime", "endTime", "type"):
            continue
        hostile[name] = {"a": [value]} if isinstance(value, str) else "\ud83d" + "x" * 5000
    odd = observation(2, NOW - 5 * MINUTE, id="i" * 5000, traceId='"} | x=~".*', metadata='{"service.name": "\ud800"}')
    deep = observation(3, NOW - 5 * MINUTE, metadata="{" * 100_000, usageDetails={"input": "12", "output": "many"})
    deep |= {"costDetails": {"total": 10**400}, "modelId": None, "internalModelId": None, "promptVersion": float("nan")}
    langfuse.observations = [hostile, odd, deep]
    takeover = Takeover(langfuse, fake.address, tmp_path, exporter)

    await takeover.run()
    await takeover.run(later=120)
    await takeover.close()

    assert takeover.count("taken") == 3
    assert takeover.count("known") == 3
    assert exporter.value("llm_tokens_total", type="input") == 1000 + 12
    assert not [query for query in fake.asked if "x=~" in query]


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        pytest.param({}, 0.000195, id="a model that Langfuse has a price of: ours"),
        pytest.param({"modelId": None, "internalModelId": None}, 1.0, id="what the application reports"),
    ],
)
async def test_whose_cost_counts(
    more: dict[str, Any], cost: float, langfuse: FakeLangfuse, exporter: ExporterInTest, tmp_path: Path
) -> None:
    """What Langfuse computes is its own opinion; what an application sent there is the application's."""
    langfuse.observations = [observation(1, NOW - 5 * MINUTE, **more)]
    takeover = Takeover(langfuse, "", tmp_path, exporter)

    await takeover.run()
    await takeover.close()

    assert exporter.value("llm_cost_dollars_total") == pytest.approx(cost)


async def test_what_the_exporter_never_takes_is_counted_and_left(langfuse: FakeLangfuse, takeover: Takeover) -> None:
    """It would be refused for ever; a wrong token is not for ever."""
    langfuse.observations = [observation(1, NOW - 5 * MINUTE)]
    takeover.exporter.statuses = [401, 413]
    with pytest.raises(JobError, match="answered 401"):
        await takeover.run()

    await takeover.run(later=120)
    await takeover.run(later=120)

    assert (takeover.count("refused"), takeover.count("taken"), takeover.sent()) == (1, 0, [])


async def test_bodies_are_of_a_size_that_the_exporter_takes(
    langfuse: FakeLangfuse, fake: FakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page with texts is many times as large."""
    monkeypatch.setattr("watchkeeper.analyzer.langfuse.intake._BATCH_BYTES", 10_000)
    sizes = [100] * 9 + [50_000]
    langfuse.observations = [
        observation(place, NOW - 5 * MINUTE + place, output="x" * size) for place, size in enumerate(sizes)
    ]
    takeover = Takeover(langfuse, fake.address, tmp_path, with_texts=True)

    await takeover.run()
    await takeover.close()

    lengths = [len(json.dumps(body)) for body in takeover.exporter.bodies]
    assert len(takeover.sent()) == 10
    assert [length < 11_000 for length in lengths] == [True] * (len(lengths) - 1) + [False]
    assert len(lengths) < 6


async def test_after_an_outage_it_reads_a_day_and_no_more(
    langfuse: FakeLangfuse, takeover: Takeover, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How far behind it is shows, and falls."""
    monkeypatch.setattr(observation_taking, "_SLACK_SECONDS", 0.0)
    await takeover.run()
    langfuse.observations = [observation(hour, NOW + hour * 3600.0) for hour in range(1, 60)]

    await takeover.run(later=60 * 3600.0)

    assert [one["id"] for one in takeover.sent()] == [f"{hour:016x}" for hour in range(36, 60)]
    assert takeover.lag() == pytest.approx(60.0)
