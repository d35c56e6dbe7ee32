import json
from collections.abc import Sequence
from typing import Any

import pytest
from tests.support.facts import NOW_NS, make_span
from tests.support.golden import Sums, sum_up
from tests.support.golden import facts_of as captured_facts

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.mlflow import DIALECT, read
from watchkeeper.model import AgentStep, Fact, LlmCall, Retrieval, SpanEvent, ToolCall, Usage


def facts_of(kind: str, fields: dict[str, Any] | None = None, **changes: Any) -> Sequence[Fact]:
    """The facts of a span of a type; MLflow writes every value as JSON."""
    attributes = {name: json.dumps(value) for name, value in {"mlflow.spanType": kind, **(fields or {})}.items()}
    span = make_span(attributes, scope="mlflow.tracing.provider", **changes)
    return read(span, read_context(span))


def only_call(kind: str, fields: dict[str, Any], **changes: Any) -> LlmCall:
    """The one call of a span of a type."""
    (call,) = facts_of(kind, fields, **changes)
    assert isinstance(call, LlmCall)
    return call


def test_the_answer_of_a_client_reports_the_call() -> None:
    """Usage, response id and finish reason are in the answer as the client library dumped it."""
    usage = {
        "prompt_tokens": 1100,
        "completion_tokens": 50,
        "total_tokens": 1150,
        "prompt_tokens_details": {"cached_tokens": 1024},
        "completion_tokens_details": {"reasoning_tokens": 16},
    }
    fields = {
        "model": "gpt-4o-mini",
        "stream": True,
        "mlflow.llm.model": "gpt-4o-mini-2024-07-18",
        "mlflow.spanOutputs": {"id": "chatcmpl-0", "choices": [{"finish_reason": "length"}], "usage": usage},
    }
    chunk = SpanEvent(name="mlflow.chunk.item.0", time_ns=NOW_NS - 750_000_000, attributes={})

    call = only_call("CHAT_MODEL", fields, events=[chunk])

    assert call.usage == Usage(input=1100, output=50, cached_input=1024, reasoning=16)
    assert (call.context.model, call.context.model_requested) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")
    assert (call.response_id, call.finish_reasons) == ("chatcmpl-0", ("length",))
    assert (call.is_streaming, call.time_to_first_token_seconds) == (True, 0.25)


def test_a_framework_reports_its_own_sum() -> None:
    """LangChain's answer has no usage; MLflow's summary of it is beside it, and who asked in the metadata."""
    fields = {
        "mlflow.llm.model": "gpt-4o-mini",
        "mlflow.llm.provider": "openai",
        "mlflow.chat.tokenUsage": {
            "input_tokens": 1102,
            "output_tokens": 52,
            "total_tokens": 1154,
            "cache_read_input_tokens": 1024,
        },
        "mlflow.spanOutputs": {"choices": [{"message": {"content": "Fine."}, "finish_reason": None}]},
        "metadata": {"lc_agent_name": "forecaster", "thread_id": "t-1"},
    }

    call = only_call("CHAT_MODEL", fields)

    assert call.usage == Usage(input=1102, output=52, cached_input=1024)
    assert (call.context.provider, call.context.agent, call.context.session_id) == ("openai", "forecaster", "t-1")
    assert call.finish_reasons == ()


def test_embeddings_report_their_input_in_the_answer() -> None:
    """There is no summary of their tokens."""
    fields = {"mlflow.llm.model": "text-embedding-3-small", "mlflow.spanOutputs": {"usage": {"prompt_tokens": 11}}}

    call = only_call("EMBEDDING", fields)

    assert (call.context.operation, call.usage.input) == ("embeddings", 11)


def test_a_failed_call_counts() -> None:
    """A request that is refused has no answer; the model asked for is alone."""
    exception = SpanEvent(name="exception", time_ns=NOW_NS, attributes={"exception.type": "RateLimitError"})

    call = only_call("CHAT_MODEL", {"model": "gpt-4o-mini"}, status_code=2, events=[exception])

    assert (call.status, call.context.model) == ("rate_limited", "gpt-4o-mini")


@pytest.mark.parametrize(("kind", "fact_type"), [("TOOL", ToolCall), ("RETRIEVER", Retrieval), ("AGENT", AgentStep)])
def test_other_types_become_their_facts(kind: str, fact_type: type[Fact]) -> None:
    """A tool, a search and an agent are what their type says, by the name of the span."""
    (fact,) = facts_of(kind, {"mlflow.spanOutputs": [{"page_content": "a"}]}, name="weather")

    assert isinstance(fact, fact_type)
    assert "weather" in (getattr(fact, "tool", ""), getattr(fact, "retriever", ""), fact.context.agent)


def test_a_search_counts_what_it_found() -> None:
    """Its output is a list of documents."""
    (search,) = facts_of("RETRIEVER", {"mlflow.spanOutputs": [{"page_content": "a"}, {"page_content": "b"}]})

    assert isinstance(search, Retrieval)
    assert search.documents == 2


@pytest.mark.parametrize("kind", ["CHAIN", "PARSER", "UNKNOWN"])
def test_a_step_between_gives_nothing(kind: str) -> None:
    """Chains repeat what the calls in them report."""
    assert not facts_of(kind)


def test_a_span_without_a_type_is_read_by_the_conventions() -> None:
    """MLflow can be asked to speak OpenTelemetry's names instead."""
    span = make_span({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}, scope="mlflow.tracing")

    assert len(DIALECT.read(span, read_context(span))) == 1


def test_what_mlflow_sent_is_what_happened() -> None:
    """Chats, streams, Responses, embeddings and failures: all that the server's journal has."""
    facts = [fact for part in (1, 2, 3) for fact in captured_facts("mlflow-3.17.2", f"openai.{part}")]
    sums = Sums(calls={"ok": 7, "rate_limited": 1, "error": 1}, embeddings=1, tokens=(6835, 6144, 0, 344, 96))

    assert sum_up(facts) == sums
