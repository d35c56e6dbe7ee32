"""Calls of OpenAI's and Anthropic's clients as logfire before version 5 reports them."""

import json
from typing import Any

import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.pydantic_ai import read
from watchkeeper.model import AttributeValue, LlmCall, Usage

STREAMED = "streaming response from {request_data[model]!r} took {duration:.2f}s"


def calls_in(
    scope: str, template: str, *, model: str = "", usage: Any = None, **fields: AttributeValue
) -> list[LlmCall]:
    """The calls of a span that has the request and the answer as JSON."""
    attributes: dict[str, AttributeValue] = {
        "logfire.msg_template": template,
        "logfire.span_type": "log" if template == STREAMED else "span",
        "request_data": json.dumps({"messages": [{"role": "user", "content": "hi"}], "model": model}),
        **fields,
    }
    if usage:
        attributes["response_data"] = json.dumps({"message": {"content": "Fine."}, "usage": usage})
    span = make_span(attributes, scope=scope)
    return [fact for fact in read(span, read_context(span)) if isinstance(fact, LlmCall)]


def test_a_message_of_anthropic() -> None:
    """Model and usage are in the JSON alone; what caches gave and took is beside the input."""
    usage = {
        "input_tokens": 46,
        "output_tokens": 56,
        "cache_read_input_tokens": 1024,
        "cache_creation_input_tokens": 256,
    }

    (call,) = calls_in(
        "logfire.anthropic", "Message with {request_data[model]!r}", model="claude-sonnet-4-5", usage=usage
    )

    assert (call.context.operation, call.context.model) == ("chat", "claude-sonnet-4-5")
    assert call.usage == Usage(input=1326, output=56, cached_input=1024, cache_write=256)


def test_a_chat_of_openai() -> None:
    """The usage of the answer has the details that the attributes lack."""
    usage = {
        "prompt_tokens": 1100,
        "completion_tokens": 50,
        "total_tokens": 1150,
        "prompt_tokens_details": {"cached_tokens": 1024},
        "completion_tokens_details": {"reasoning_tokens": 16},
    }

    (call,) = calls_in(
        "logfire.openai",
        "Chat Completion with {request_data[model]!r}",
        usage=usage,
        **{"gen_ai.request.model": "gpt-4o-mini", "gen_ai.usage.input_tokens": 1100, "gen_ai.usage.output_tokens": 50},
    )

    assert call.usage == Usage(input=1100, output=50, cached_input=1024, reasoning=16)


@pytest.mark.parametrize("usage", [None, {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}])
def test_a_stream_counts_by_its_end(usage: Any) -> None:
    """The request alone reports nothing; the log at the end of the stream does, with its usage or without."""
    first = calls_in("logfire.anthropic", "Message with {request_data[model]!r}", model="claude-sonnet-4-5")
    (last,) = calls_in("logfire.anthropic", STREAMED, model="claude-sonnet-4-5", usage=usage, duration=0.25)

    assert first == []
    assert (last.context.model, last.is_streaming, last.duration_seconds) == ("claude-sonnet-4-5", True, 0.25)
    assert last.usage == (Usage(input=9, output=4) if usage else Usage())


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"model": 7.5, "usage": "none"}', '{"model": {}, "usage": {"input": []}}']
)
def test_json_of_another_shape_reports_nothing(text: str) -> None:
    """Whatever is there is read or left out, and never an error."""
    span = make_span({"request_data": text, "response_data": text}, scope="logfire.anthropic")

    assert read(span, read_context(span)) == []
