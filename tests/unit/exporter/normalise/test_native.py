from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.decoded import placed
from tests.support.facts import NOW_NS

from watchkeeper.exporter.ingest.events import decode_events
from watchkeeper.exporter.normalise.native import read_event
from watchkeeper.model import (
    BranchDecision,
    CacheLookup,
    Deployment,
    Embedding,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    LlmCall,
    QualityGate,
    Rejection,
    Retrieval,
    Score,
    ToolCall,
    Usage,
)


def read(event: dict[str, Any]) -> tuple[Fact, tuple[Rejection, ...]]:
    """Decode and read one event as it comes over the wire, received at NOW_NS."""
    ((_, decoded),), refused = placed(decode_events(msgspec.json.encode([event])))
    assert not refused
    return read_event(decoded, NOW_NS)


def test_an_llm_call_keeps_everything_it_reports() -> None:
    """Each field of the event is in the fact."""
    fact, problems = read(
        {
            "type": "llm_call",
            "timestamp": "2026-11-20T11:59:00Z",
            "service": "shop",
            "environment": "prod",
            "team": "search",
            "tenant": "acme",
            "trace_id": "t",
            "span_id": "s",
            "session_id": "se",
            "user_id": "u",
            "agent": "helper",
            "prompt": "greeting",
            "prompt_version": 3,
            "model": "gpt-4o-mini",
            "provider": "OpenAI",
            "model_requested": "gpt-4o",
            "operation": "text_completion",
            "status": "rate_limited",
            "error_type": "openai.RateLimitError",
            "input_tokens": 100,
            "output_tokens": 20,
            "cached_input_tokens": 60,
            "cache_write_tokens": 10,
            "reasoning_tokens": 5,
            "duration_seconds": 2,
            "time_to_first_token_seconds": 0.5,
            "is_streaming": True,
            "finish_reason": "end_turn",
            "response_id": "r",
            "cost_usd": "0.10",
            "metadata": {"anything": ["goes"]},
        }
    )

    assert problems == ()
    assert isinstance(fact, LlmCall)
    assert fact.usage == Usage(input=100, output=20, cached_input=60, cache_write=10, reasoning=5)
    assert (fact.status, fact.error_type, fact.error_class) == ("rate_limited", "rate_limited", "openai.RateLimitError")
    assert (fact.duration_seconds, fact.time_to_first_token_seconds, fact.is_streaming) == (2, 0.5, True)
    assert (fact.finish_reasons, fact.response_id, fact.reported_cost_usd) == (("stop",), "r", Decimal("0.10"))
    context = fact.context
    assert context.time_ns == NOW_NS - 60 * 10**9
    assert (context.service, context.environment, context.team, context.tenant) == ("shop", "prod", "search", "acme")
    assert (context.trace_id, context.span_id, context.session_id, context.user_id) == ("t", "s", "se", "u")
    assert (context.agent, context.prompt, context.prompt_version) == ("helper", "greeting", "3")
    assert (context.operation, context.provider) == ("text_completion", "openai")
    assert (context.model, context.model_requested) == ("gpt-4o-mini", "gpt-4o")


@pytest.mark.parametrize(
    ("event", "kind", "fields"),
    [
        ({"type": "tool_call", "tool": "t", "status": "timeout"}, ToolCall, {"tool": "t", "error_type": "timeout"}),
        (
            {"type": "retrieval", "retriever": "kb", "documents": 3, "top_score": -0.5},
            Retrieval,
            {"retriever": "kb", "documents": 3, "top_score": -0.5, "status": "ok", "error_type": ""},
        ),
        (
            {"type": "branch_decision", "node": "n", "branch": "b", "condition": "score > 0.5", "value": 0.75},
            BranchDecision,
            {"node": "n", "branch": "b", "condition": "score > 0.5", "value": "0.75"},
        ),
        ({"type": "branch_decision", "node": "n", "branch": "b", "value": False}, BranchDecision, {"value": "False"}),
        ({"type": "branch_decision", "node": "n", "branch": "b"}, BranchDecision, {"value": ""}),
        ({"type": "human_review", "outcome": "edited"}, HumanReview, {"outcome": "edited"}),
        (
            {"type": "score", "name": "s", "value": 0.5, "source": "judge"},
            Score,
            {"name": "s", "value": 0.5, "category": "", "source": "judge"},
        ),
        ({"type": "score", "name": "s", "value": True}, Score, {"value": 1.0, "source": "program"}),
        ({"type": "score", "name": "s", "value": "good"}, Score, {"value": None, "category": "good"}),
        (
            {"type": "evaluation_failure", "name": "s", "error_type": "ReadTimeout", "source": "judge"},
            Score,
            {"name": "s", "source": "judge", "value": None, "category": "", "error_type": "timeout"},
        ),
        ({"type": "feedback", "rating": "negative"}, Feedback, {"rating": "negative"}),
        ({"type": "quality_gate", "gate": "g", "passed": False}, QualityGate, {"gate": "g", "result": "failed"}),
        ({"type": "quality_gate", "gate": "g", "passed": True}, QualityGate, {"result": "passed"}),
        ({"type": "cache_lookup", "cache": "c", "hit": True, "saved_usd": 0.1}, CacheLookup, {"result": "hit"}),
        ({"type": "cache_lookup", "cache": "c", "hit": False}, CacheLookup, {"result": "miss", "saved_usd": None}),
        ({"type": "guardrail_check", "guardrail": "g", "result": "blocked"}, GuardrailCheck, {"result": "blocked"}),
        (
            {"type": "deployment", "name": "n", "version": 2, "kind": "prompt"},
            Deployment,
            {"name": "n", "version": "2", "kind": "prompt", "is_inferred": False},
        ),
    ],
    ids=str,
)
def test_each_event_becomes_its_fact(event: dict[str, Any], kind: type, fields: dict[str, Any]) -> None:
    """Every type of event becomes the fact it reports."""
    fact, _ = read(event)

    assert isinstance(fact, kind)
    assert {name: getattr(fact, name) for name in fields} == fields


def test_saved_money_is_exact() -> None:
    """A JSON number of dollars keeps its digits."""
    fact, _ = read({"type": "cache_lookup", "cache": "c", "hit": True, "saved_usd": 0.1})

    assert isinstance(fact, CacheLookup)
    assert fact.saved_usd == Decimal("0.1")


@pytest.mark.parametrize(
    ("timestamp", "instant"),
    [
        pytest.param(None, NOW_NS, id="absent means now"),
        pytest.param("2026-11-20T12:00:00Z", NOW_NS, id="RFC 3339 in UTC"),
        pytest.param("2026-11-20T14:00:00+02:00", NOW_NS, id="RFC 3339 with an offset"),
        pytest.param("2026-11-20T12:00:00", NOW_NS, id="without a zone it is UTC"),
        pytest.param(NOW_NS / 1e9, NOW_NS, id="Unix seconds"),
        pytest.param(NOW_NS // 10**9, NOW_NS, id="whole Unix seconds"),
    ],
)
def test_timestamps(timestamp: str | float | None, instant: int) -> None:
    """A time is RFC 3339 text or Unix seconds; absent means now."""
    fact, _ = read({"type": "feedback", "rating": "positive", "timestamp": timestamp})

    assert fact.context.time_ns == instant


@pytest.mark.parametrize(
    ("event", "message"),
    [
        pytest.param(
            {"timestamp": "yesterday"},
            "timestamp: must be RFC 3339 or Unix seconds, got 'yesterday'",
            id="a word",
        ),
        pytest.param(
            {"timestamp": NOW_NS / 1e6},
            f"timestamp: must be RFC 3339 or Unix seconds, got {NOW_NS / 1e6}",
            id="milliseconds",
        ),
        pytest.param(
            {"timestamp": 12}, "timestamp: must be RFC 3339 or Unix seconds, got 12", id="seconds since start"
        ),
        pytest.param(
            {"timestamp": "0001-01-01T00:00:00+23:59"},
            "timestamp: must be RFC 3339 or Unix seconds",
            id="before all time",
        ),
        pytest.param({"cost_usd": -1}, "cost_usd: must be a finite amount from 0 to 1e9, got -1", id="negative cost"),
        pytest.param({"cost_usd": "NaN"}, "cost_usd: must be a finite amount from 0 to 1e9, got NaN", id="no cost"),
        pytest.param(
            {"cost_usd": "1e12"}, "cost_usd: must be a finite amount from 0 to 1e9, got 1E+12", id="absurd cost"
        ),
    ],
)
def test_values_that_are_not_valid(event: dict[str, Any], message: str) -> None:
    """A time that is none and money that is none are refused with what was wrong."""
    with pytest.raises(ValueError, match="must be") as refused:
        read({"type": "llm_call", "model": "m", **event})

    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("status", "fields", "error_type"),
    [
        pytest.param("ok", "auth", "", id="a call that went well has no error"),
        pytest.param("error", "auth", "auth", id="our own word"),
        pytest.param("error", "openai.AuthenticationError", "auth", id="a class"),
        pytest.param("timeout", "", "timeout", id="the status reports it"),
        pytest.param("error", "", "other", id="nothing reports it"),
    ],
)
def test_the_kind_of_error(status: str, fields: str, error_type: str) -> None:
    """The sender's word when it is ours, else what its text or the status means."""
    fact, _ = read({"type": "llm_call", "model": "m", "status": status, "error_type": fields})

    assert isinstance(fact, LlmCall)
    assert fact.error_type == error_type


def test_usage_that_contradicts_itself_is_reported() -> None:
    """The event counts without the parts that cannot be."""
    fact, problems = read({"type": "llm_call", "model": "m", "output_tokens": 5, "reasoning_tokens": 6})

    assert isinstance(fact, LlmCall)
    assert fact.usage == Usage(output=5)
    assert [problem.reason for problem in problems] == ["reasoning_exceeds_output"]


def test_a_vector_that_is_none_is_reported_to_its_sender() -> None:
    """And counted as one that has no projections."""
    fact, problems = read({"type": "embedding", "vector": [0, 0, 0], "source": "query"})

    assert isinstance(fact, Embedding)
    assert (fact.outcome, fact.projections) == ("zero", ())
    assert [problem.reason for problem in problems] == ["invalid_vector"]
    assert problems[0].detail == "vector: must be finite numbers that are not all 0, got one that is zero"
