from collections.abc import Sequence

import pytest
from tests.support.facts import make_span
from tests.support.golden import Sums, sum_up
from tests.support.golden import facts_of as captured_facts

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.langsmith import read
from watchkeeper.model import AttributeValue, Fact, LlmCall, Retrieval, SpanEvent, ToolCall, Usage

USAGE = (
    '{"input_tokens":1100,"output_tokens":50,"total_tokens":1150,'
    '"input_token_details":{"audio":0,"cache_read":1024},"output_token_details":{"audio":0,"reasoning":16}}'
)


def facts_of(kind: str, fields: dict[str, AttributeValue], events: tuple[SpanEvent, ...] = ()) -> Sequence[Fact]:
    """The facts of a run of a kind, whose span has the status OK as all of them have."""
    operation = {"tool": "execute_tool", "chain": "chain", "llm": "chat", "prompt": "chat"}.get(kind, "embeddings")
    attributes = {
        "langsmith.span.kind": kind,
        "gen_ai.operation.name": operation,
        "gen_ai.system": "langchain",
        **fields,
    }
    span = make_span(attributes, scope="langsmith", status_code=1, events=events)
    return read(span, read_context(span))


@pytest.mark.parametrize("name", ["langsmith.usage_metadata", "langsmith.metadata.usage_metadata"])
def test_a_call_has_all_of_its_tokens(name: str) -> None:
    """The details of usage are in an object of their own; metadata report the provider and the session."""
    (call,) = facts_of(
        "llm",
        {
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.usage.input_tokens": 1100,
            "gen_ai.usage.output_tokens": 50,
            name: USAGE,
            "langsmith.metadata.ls_provider": "openai",
            "langsmith.metadata.thread_id": "t-1",
            "langsmith.request.streaming": True,
        },
    )

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=1100, output=50, cached_input=1024, reasoning=16)
    assert (call.status, call.is_streaming) == ("ok", True)
    assert (call.context.provider, call.context.session_id) == ("openai", "t-1")


def test_a_run_with_an_exception_has_failed() -> None:
    """The span's status was OK before the run failed, and stays so."""
    exception: dict[str, AttributeValue] = {"exception.type": "Error", "exception.message": "Error: 429 Rate limit"}
    event = SpanEvent(name="exception", time_ns=1, attributes=exception)

    (call,) = facts_of("llm", {"gen_ai.request.model": "gpt-4o-mini"}, (event,))

    assert isinstance(call, LlmCall)
    assert (call.status, call.error_type) == ("rate_limited", "rate_limited")


def test_a_retriever_is_no_call() -> None:
    """Its operation says "embeddings"."""
    fields: dict[str, AttributeValue] = {
        "langsmith.trace.name": "kb",
        "gen_ai.completion": '{"outputs":[{"page_content":"x","type":"Document"}]}',
    }

    (retrieval,) = facts_of("retriever", fields)

    assert isinstance(retrieval, Retrieval)
    assert (retrieval.retriever, retrieval.documents) == ("kb", 1)


def test_a_tool_has_its_name() -> None:
    """The name of the run is the tool's."""
    (tool,) = facts_of("tool", {"langsmith.trace.name": "get_weather"})

    assert isinstance(tool, ToolCall)
    assert tool.tool == "get_weather"


@pytest.mark.parametrize("kind", ["chain", "prompt", "parser"])
def test_runs_around_calls_report_nothing(kind: str) -> None:
    """A template that is filled in asks no model, whatever its operation says."""
    assert facts_of(kind, {"gen_ai.request.model": "gpt-4o-mini"}) == ()


def test_what_langsmith_sent_is_what_happened() -> None:
    """Two calls of a wrapped client, one of them a stream, and a retriever, below a chain."""
    sums = Sums(calls={"ok": 2}, tokens=(2203, 2048, 0, 103, 32), retrievals=1)

    assert sum_up(captured_facts("langsmith-js-0.12.0", "app.1")) == sums
