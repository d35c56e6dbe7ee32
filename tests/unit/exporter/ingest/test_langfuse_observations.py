"""Langfuse's older ingestion: what begins in one request and ends in another is one call."""

import json
from typing import Any

import pytest
from tests.support.exporter import run_exporter

from watchkeeper.exporter.ingest.langfuse_observations import Observations

PATH = "/api/public/ingestion"
BEGUN = {
    "id": "g1",
    "traceId": "t1",
    "name": "answer",
    "model": "gpt-4o-mini",
    "startTime": "2026-11-29T06:50:00Z",
    "metadata": {"service": "shop"},
}
ENDED = {"id": "g1", "endTime": "2026-11-29T06:50:02Z", "usage": {"input": 1000, "output": 100, "total": 1100}}
TRACE = {"id": "t1", "userId": "u1", "sessionId": "s1", "metadata": {"team": "search"}}


def event(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """One event of a batch."""
    return {"id": f"{kind} {body.get('id')}", "type": kind, "timestamp": "2026-11-29T06:50:02Z", "body": body}


@pytest.mark.parametrize("is_split", [False, True], ids=["in one request", "one by one"])
@pytest.mark.parametrize("times", [1, 2], ids=["once", "and again"])
def test_a_generation_counts_when_it_ends(*, is_split: bool, times: int) -> None:
    """Its events add up, and what its trace says is on it; what is sent again adds nothing."""
    events = [
        event("trace-create", TRACE),
        event("generation-create", BEGUN),
        event("generation-update", ENDED),
        event("span-create", {"id": "s", "traceId": "t1", "startTime": "2026-11-29T06:50:00Z"}),
        event("event-create", {"id": "e", "traceId": "t1"}),
    ]
    batches = [[one] for one in events] if is_split else [events]

    with run_exporter() as exporter:
        for batch in batches * times:
            reply = exporter.client.post(PATH, json={"batch": batch, "metadata": {}}).json()
            assert reply["errors"] == []
            assert [one["id"] for one in reply["successes"]] == [one["id"] for one in batch]

    assert exporter.value("llm_requests_total", service="shop", team="search") == 1
    assert exporter.value("llm_tokens_total", type="input") == 1000
    (line,) = exporter.lines("llm_call_completed")
    assert (line["session_id"], line["duration_seconds"]) == ("s1", 2.0)
    assert line["user_hash"]


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"promptTokens": 7, "completionTokens": 3, "totalTokens": 10}, 7),
        ({"input": 7, "output": 3, "unit": "TOKENS"}, 7),
        ({"input": 7, "output": 3, "unit": "CHARACTERS"}, 0),
    ],
)
def test_the_units_of_a_usage(usage: dict[str, Any], tokens: int) -> None:
    """Characters are no tokens."""
    with run_exporter() as exporter:
        exporter.client.post(PATH, json={"batch": [event("generation-create", {**BEGUN, "usage": usage})]})

    assert exporter.value("llm_requests_total") == 1
    assert exporter.value("llm_tokens_total", type="input") == tokens


def test_a_body_that_is_none_is_refused_by_itself() -> None:
    """The rest of the batch counts."""
    with run_exporter() as exporter:
        broken = {"id": "b", "type": "generation-create", "body": [1]}
        reply = exporter.client.post(PATH, json={"batch": [broken, event("generation-create", {**BEGUN, **ENDED})]})

    assert [error["id"] for error in reply.json()["errors"]] == ["b"]
    assert exporter.value("llm_requests_total") == 1


def test_what_never_ends_gives_way() -> None:
    """The oldest counts as it is when there is no place for another."""
    observations = Observations(capacity=2)

    left = [
        span
        for number in range(4)
        for span in observations.take("generation-create", json.dumps({**BEGUN, "id": f"g{number}"}).encode(), "")
    ]

    assert [span.span_id for span in left] == ["g0", "g1"]


def test_tenants_do_not_end_each_others() -> None:
    """An id is each tenant's own."""
    observations = Observations()
    observations.take("generation-create", json.dumps(BEGUN).encode(), "one")

    (span,) = observations.take("generation-update", json.dumps(ENDED).encode(), "two")

    assert "langfuse.observation.model.name" not in span.attributes
