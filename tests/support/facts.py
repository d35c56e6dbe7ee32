"""Facts and spans for tests: sensible ones, with only what the test is about spelled out."""

from datetime import UTC, datetime
from typing import Any

from watchkeeper.model import AttributeValue, Context, LlmCall, Span, Usage

NOW_NS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()) * 10**9
NOW = NOW_NS / 1e9
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"


def make_context(**changes: Any) -> Context:
    """A context of a chat with gpt-4o-mini by the service ``shop``."""
    reported = {
        "time_ns": NOW_NS,
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "service": "shop",
        "team": "search",
        "tenant": "default",
        "operation": "chat",
        "provider": "openai",
        "model": "gpt-4o-mini",
    }
    return Context(**{**reported, **changes})


def make_call(*, context: Context | None = None, **changes: Any) -> LlmCall:
    """A call of 100 input and 20 output tokens that took 1.5 seconds."""
    reported = {"usage": Usage(input=100, output=20), "duration_seconds": 1.5}
    return LlmCall(context=context or make_context(), **{**reported, **changes})


def make_span(attributes: dict[str, AttributeValue] | None = None, **changes: Any) -> Span:
    """A finished span of one second; without attributes it reports nothing."""
    reported = {
        "trace_id": TRACE_ID,
        "span_id": SPAN_ID,
        "parent_span_id": "",
        "name": "chat gpt-4o-mini",
        "kind": 3,
        "start_ns": NOW_NS - 10**9,
        "end_ns": NOW_NS,
        "status_code": 0,
        "status_message": "",
        "attributes": attributes or {},
        "events": (),
        "resource": {"service.name": "shop"},
        "scope": "",
        "scope_version": "",
    }
    return Span(**{**reported, **changes})


def chat_attributes(**changes: AttributeValue) -> dict[str, AttributeValue]:
    """The attributes of a chat as the OpenTelemetry GenAI conventions name them, some of them changed."""
    reported: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
    }
    return {**reported, **changes}
