"""Runs of real agents as their clients reported them, and what they would have sent had the agent gone wrong."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import Span, ToolCall

# One agent, two tools in this order, by every instrumentation that sends tools.
AGENTS = (
    ("langfuse-5.0.4", "agent.1"),
    ("openai-agents-0.24.0+openinference-2.6.0", "agent.1"),
    ("openinference-0.1.66", "agent.1"),
    ("openinference-0.1.66", "lc_agent.1"),
    ("opentelemetry-util-genai-1.3b0", "handler_agent.1"),
    ("pydantic-ai-2.68.0+logfire-5.2.0", "agent.1"),
    ("traceloop-sdk-0.62.4", "agent.1"),
    ("vercel-ai-sdk-6.0.326", "ai_agent.1"),
)
FIRST, SECOND, OTHER = "get_weather", "convert_temperature", "guess_temperature"
MODEL, FALLBACK = "gpt-4o-mini", "gpt-3.5-turbo"
Mutate = Callable[[Sequence[Span]], list[Span]]
_MILLISECOND = 1_000_000
_RESPONSE_ID = re.compile(r"chatcmpl-|resp_(?=[0-9a-f])")


def in_trace(spans: Sequence[Span], number: int) -> list[Span]:
    """The same run once more, in a trace of its own."""
    return [_moved(span, f"{number:032x}", f"{number:02x}", span.start_ns, span.end_ns) for span in spans]


def dropped(spans: Sequence[Span]) -> list[Span]:
    """The agent answers without its second tool."""
    gone = _ids(spans, SECOND)
    return [span for span in spans if span.span_id not in gone]


def swapped(spans: Sequence[Span]) -> list[Span]:
    """It uses another tool in its place."""
    changed = _ids(spans, SECOND)
    return [_renamed(span, SECOND, OTHER) if span.span_id in changed else span for span in spans]


def repeated(spans: Sequence[Span]) -> list[Span]:
    """It uses its second tool twice."""
    return [*spans, *_again(spans, SECOND, 1)]


def looping(spans: Sequence[Span]) -> list[Span]:
    """It asks its second tool the same four times."""
    return [*spans, *(copy for number in (1, 2, 3) for copy in _again(spans, SECOND, number))]


def out_of_order(spans: Sequence[Span]) -> list[Span]:
    """It uses the second tool where it used the first, and the first where it used the second."""
    first, second = _ids(spans, FIRST), _ids(spans, SECOND)
    starts = [min(span.start_ns for span in spans if span.span_id in ids) for ids in (first, second)]
    later = starts[1] - starts[0]
    shifts = dict.fromkeys(first, later) | dict.fromkeys(second, -later)
    return [_shifted(span, shifts.get(span.span_id, 0)) for span in spans]


def fallen_back(spans: Sequence[Span]) -> list[Span]:
    """It is answered by another model."""
    return [_renamed(span, MODEL, FALLBACK) for span in spans]


MUTATIONS: dict[str, tuple[Mutate, set[tuple[str, str]]]] = {
    "dropped": (dropped, {("tool_skipped", SECOND)}),
    "swapped": (swapped, {("tool_skipped", SECOND), ("unexpected_tool", OTHER)}),
    "repeated": (repeated, {("unexpected_tool", SECOND)}),
    "out of order": (out_of_order, {("tool_order", SECOND)}),
    "looping": (looping, {("loop", SECOND), ("unexpected_tool", SECOND)}),
    "fallen back": (fallen_back, {("fallback", "")}),
}


def _ids(spans: Sequence[Span], tool: str) -> set[str]:
    """The spans that report a tool; frameworks and instrumentations may both do."""
    normaliser = Normaliser(DIALECTS)
    return {
        span.span_id
        for span in spans
        for fact in normaliser.read(span).facts
        if isinstance(fact, ToolCall) and fact.tool == tool
    }


def _again(spans: Sequence[Span], tool: str, number: int) -> list[Span]:
    """The spans of a tool once more, right behind the last of them."""
    ids = _ids(spans, tool)
    of_tool = [span for span in spans if span.span_id in ids]
    length = max(span.end_ns for span in of_tool) - min(span.start_ns for span in of_tool) + _MILLISECOND
    copies = []
    for span in of_tool:
        parent = _numbered(span.parent_span_id, number) if span.parent_span_id in ids else span.parent_span_id
        copy = _shifted(span, number * length)
        copies.append(msgspec.structs.replace(copy, span_id=_numbered(span.span_id, number), parent_span_id=parent))
    return copies


def _numbered(span_id: str, number: int) -> str:
    return f"{span_id[:2]}{number:02x}{span_id[4:]}"


def _shifted(span: Span, by_ns: int) -> Span:
    return msgspec.structs.replace(span, start_ns=span.start_ns + by_ns, end_ns=span.end_ns + by_ns) if by_ns else span


def _moved(span: Span, trace_id: str, prefix: str, start_ns: int, end_ns: int) -> Span:
    parent = prefix + span.parent_span_id[2:] if span.parent_span_id else ""
    return msgspec.structs.replace(
        span,
        trace_id=trace_id,
        span_id=prefix + span.span_id[2:],
        parent_span_id=parent,
        start_ns=start_ns,
        end_ns=end_ns,
        attributes=_with_response_ids(span.attributes, prefix),
    )


def _with_response_ids(value: Any, prefix: str) -> Any:
    """Another call has another response id; the same one twice would be one call."""
    if isinstance(value, dict):
        return {key: _with_response_ids(part, prefix) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_response_ids(part, prefix) for part in value]
    return _RESPONSE_ID.sub(rf"\g<0>{prefix}", value) if isinstance(value, str) else value


def _renamed(span: Span, old: str, new: str) -> Span:
    attributes = replaced(span.attributes, old, new)
    events = tuple(msgspec.structs.replace(one, attributes=replaced(one.attributes, old, new)) for one in span.events)
    return msgspec.structs.replace(span, name=span.name.replace(old, new), attributes=attributes, events=events)


def replaced(value: Any, old: str, new: str) -> Any:
    """A value of an attribute with other words in it, however deep."""
    if isinstance(value, dict):
        return {key: replaced(part, old, new) for key, part in value.items()}
    if isinstance(value, list):
        return [replaced(part, old, new) for part in value]
    return value.replace(old, new) if isinstance(value, str) else value
