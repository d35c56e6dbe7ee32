"""Canaries against a fake provider and a fake application over real HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.support.canaries import configured, make_prober, make_search
from tests.support.fake_model import FakeModel

from watchkeeper.analyzer.notes.notes import DatabaseNotes
from watchkeeper.analyzer.prober.cause import Cause, Standing
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

GPT, SHOP = ("capital", "gpt"), ("capital", "shop")


def gauge(store: MetricStore, metric: str, *labels: str) -> float | None:
    """The value of a gauge; None without a sample."""
    series = store.families[metric].series.get(labels)
    return None if series is None else float(series.value)


def cause(store: MetricStore, *labels: str) -> list[str]:
    """The causes that are 1."""
    family = store.families["llm_canary_cause"].series
    return [values[2] for values, series in family.items() if values[:2] == labels and series.value == 1]


async def test_a_good_run_is_scored_and_learnt(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Score, tokens and time of every target; nothing to compare with yet."""
    store = MetricStore(METRICS)

    result = await make_prober(configured(fake.address), client, store).run_canary("capital")

    assert [(one.target, one.score, one.cause) for one in result.targets] == [
        ("gpt", 1.0, Cause.LEARNING),
        ("shop", 1.0, Cause.LEARNING),
    ]
    assert gauge(store, "llm_canary_score", *GPT) == 1.0
    assert gauge(store, "llm_canary_tokens", *GPT, "input") == 20
    assert gauge(store, "llm_canary_tokens", *SHOP, "input") is None
    assert gauge(store, "llm_canary_similarity_ratio", *GPT) is None
    assert (gauge(store, "llm_canary_last_run_timestamp_seconds", *SHOP) or 0) > 1e9


async def test_a_model_is_asked_at_temperature_zero_as_often_as_configured(
    fake: FakeModel, client: httpx.AsyncClient
) -> None:
    """Twice each; where a model takes no temperature, none is sent."""
    content = configured(fake.address, system="One word.", temperature=None)
    content["models"][0]["api"] = "anthropic"
    await make_prober(configured(fake.address), client, MetricStore(METRICS)).run_canary("capital")
    chat = [one.body for one in fake.received if one.path == "/v1/chat/completions"]
    await make_prober(content, client, MetricStore(METRICS)).run_canary("capital")
    messages = [one.body for one in fake.received if one.path == "/v1/messages"]

    assert [body["temperature"] for body in chat] == [0.0, 0.0]
    assert ["temperature" in body for body in messages] == [False, False]
    assert messages[0]["system"] == "One word."


async def test_a_changed_provider_is_distinguished_from_a_changed_application(
    fake: FakeModel, client: httpx.AsyncClient
) -> None:
    """The same question to the model itself decides; first one changes, then the other."""
    store = MetricStore(METRICS)
    prober = make_prober(configured(fake.address), client, store)
    await prober.run_canary("capital")

    fake.respond, fake.model = (lambda _system, _prompt: "Lyon"), "gpt-9-2026-06-01"
    await prober.run_canary("capital")
    provider = cause(store, *GPT), cause(store, *SHOP)
    changed = gauge(store, "llm_canary_changed", *GPT, "model"), gauge(store, "llm_canary_changed", *GPT, "fingerprint")
    fake.respond, fake.application = (lambda _system, _prompt: "Paris"), lambda _system, _prompt: "Sorry?"
    await prober.run_canary("capital")
    application = cause(store, *GPT), cause(store, *SHOP)

    assert provider == (["provider"], ["provider"])
    assert changed == (1.0, 0.0)
    assert application == (["none"], ["application"])
    assert gauge(store, "llm_canary_score", *SHOP) == 0.0


async def test_a_target_that_does_not_answer_has_no_score(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Neither its old one nor zero; the failure is counted by kind, the other target is scored."""
    store = MetricStore(METRICS)
    prober = make_prober(configured(fake.address), client, store)
    await prober.run_canary("capital")
    before = gauge(store, "llm_canary_last_run_timestamp_seconds", *SHOP)
    fake.application = lambda _system, _prompt: None  # type: ignore[assignment, return-value]

    with capture_logs() as lines:
        result = await prober.run_canary("capital")

    assert gauge(store, "llm_canary_score", *GPT) == 1.0
    assert gauge(store, "llm_canary_score", *SHOP) is None
    assert cause(store, *SHOP) == []
    assert gauge(store, "llm_canary_failures_total", *SHOP, "invalid_answer") == 1
    assert gauge(store, "llm_canary_last_run_timestamp_seconds", *SHOP) == before
    assert result.targets[1].error == "the answer has no text at answer.text"
    assert [line["event"] for line in lines if line["log_level"] == "warning"] == ["canary_failed"]


@pytest.mark.parametrize(
    ("statuses", "asked", "score"),
    [
        pytest.param([429, 503], 3, 1.0, id="what passes is asked again"),
        pytest.param([500, 500, 500], 3, None, id="three times at most"),
        pytest.param([401], 1, None, id="a wrong key is wrong at once"),
    ],
)
async def test_failures_of_http(
    fake: FakeModel, client: httpx.AsyncClient, statuses: list[int], asked: int, score: float | None
) -> None:
    """With one repeat and one target."""
    fake.statuses = statuses
    content = configured(fake.address, targets=["gpt"], repeats=1)

    result = await make_prober(content, client, MetricStore(METRICS)).run_canary("capital")

    assert (len(fake.received), result.targets[0].score) == (asked, score)


async def test_first_answers_outlive_the_process(fake: FakeModel, client: httpx.AsyncClient, tmp_path: Path) -> None:
    """A change while the analyzer was away is seen; another question begins anew."""
    url = f"sqlite:///{tmp_path}/state.sqlite"
    await make_prober(configured(fake.address), client, MetricStore(METRICS), DatabaseNotes(url)).run_canary("capital")
    fake.respond = lambda _system, _prompt: "Lyon"

    later = make_prober(configured(fake.address), client, MetricStore(METRICS), DatabaseNotes(url))
    edited = make_prober(configured(fake.address, prompt="Capital?"), client, MetricStore(METRICS), DatabaseNotes(url))

    assert (await later.run_canary("capital")).targets[0].standing is Standing.WORSE
    assert (await edited.run_canary("capital")).targets[0].standing is Standing.LEARNING


async def test_the_calls_of_a_canary_are_events_without_words(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """They are priced like any other call; the application reports its own."""
    prober = make_prober(configured(fake.address), client, MetricStore(METRICS), exporter=fake.address)

    await prober.run_canary("capital")

    events = next(one.body for one in fake.received if one.path == "/v1/events")
    assert len(events) == 2
    assert {event["service"] for event in events} == {"watchkeeper-canaries"}
    assert (events[0]["model"], events[0]["provider"], events[0]["input_tokens"]) == ("gpt-9-2026-01-01", "openai", 20)
    assert "Paris" not in json.dumps(events)
    assert "France" not in json.dumps(events)


async def test_a_rubric_is_scored_by_the_model_it_names(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Its verdict is one more expectation."""

    def respond(system: str, prompt: str) -> str:
        if not system:
            return "Paris"
        nonce = system.partition("[begin ")[2].partition(" ")[0]
        assert "Is it polite?" in prompt
        return json.dumps({"id": nonce, "score": 0.5})

    fake.respond = respond
    expect = {"keywords": ["Paris"], "rubric": "Is it polite?", "judge": "gpt"}

    result = await make_prober(
        configured(fake.address, targets=["gpt"], expect=expect), client, MetricStore(METRICS)
    ).run_canary("capital")

    assert result.targets[0].score == 0.75


async def test_no_request_holds_anything_that_is_not_in_the_file(fake: FakeModel, client: httpx.AsyncClient) -> None:
    """Every text in every request to a target is one of watchkeeper.yml: nothing that users said can be in it."""
    search = make_search(url=f"{fake.address}/search").model_dump(mode="json", exclude_none=True)
    content = configured(fake.address, system="One word.")
    content["canaries"]["searches"] = [search]
    prober = make_prober(content, client, MetricStore(METRICS))

    await prober.run_canary("capital")
    await prober.run_search("docs")

    words_of_the_protocol = {"system", "user"}
    assert set(fake.texts_sent_to_it()) - words_of_the_protocol <= _texts(content)
    assert {one.path for one in fake.received} == {"/v1/chat/completions", "/ask", "/search"}
    sent = {name for one in fake.received for name in one.headers}
    assert sent == {"host", "accept", "accept-encoding", "connection", "user-agent", "content-length", "content-type"}


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return {text for part in parts for text in _texts(part)}
