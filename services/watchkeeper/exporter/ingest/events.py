"""The native events of POST /v1/events: the documented schema and its decoder.

A body is a JSON array, one JSON object, or NDJSON (one object a line). Every event has a ``type``.
Unknown fields are refused, so that a misspelt ``input_token`` is reported and not silently priced at zero.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.pieces import SMALL_BYTES, Allowance, Pieces, as_one, check_count, in_pieces
from watchkeeper.exporter.ingest.surrogates import decode_leniently
from watchkeeper.model import Rejection

Text = Annotated[str, Meta(max_length=1024)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
Dollars = Annotated[Decimal, Meta(description="US dollars, as a number or a string")]
StatusWord = Literal["ok", "error", "rate_limited", "timeout", "content_filtered", "cancelled"]


class Event(msgspec.Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """Fields that every event may carry; all are optional.

    ``timestamp`` is RFC 3339 text or Unix seconds; absent means "now". ``metadata`` is for the sender and ignored.
    ``trace_id`` and ``span_id`` are hex as in W3C trace context, to join what OpenTelemetry sends; any other text is
    logged as it came, and links no metric to a trace.
    """

    timestamp: Annotated[str, Meta(max_length=64)] | float | None = None
    service: Text = ""
    environment: Text = ""
    team: Text = ""
    tenant: Text = ""
    trace_id: Text = ""
    span_id: Text = ""
    session_id: Text = ""
    user_id: Text = ""
    agent: Text = ""
    prompt: Text = ""
    prompt_version: Text | int = ""
    repository: Text = ""
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class LlmCallEvent(Event, tag="llm_call"):
    """One model request. ``input_tokens`` is the total including cached, ``output_tokens`` including reasoning."""

    model: Text
    provider: Text = ""
    model_requested: Text = ""
    operation: Text = "chat"
    status: StatusWord = "ok"
    error_type: Text = ""
    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    is_usage_estimated: bool = False
    duration_seconds: Seconds | None = None
    time_to_first_token_seconds: Seconds | None = None
    is_streaming: bool = False
    finish_reason: Text = ""
    response_id: Text = ""
    service_tier: Text = ""
    cost_usd: Dollars | None = None


class ToolCallEvent(Event, tag="tool_call"):
    """One run of a tool."""

    tool: Text
    status: StatusWord = "ok"
    error_type: Text = ""
    duration_seconds: Seconds | None = None


class RetrievalEvent(Event, tag="retrieval"):
    """One search for documents; ``documents`` is how many came back."""

    retriever: Text = ""
    status: StatusWord = "ok"
    error_type: Text = ""
    documents: Count | None = None
    top_score: float | None = None
    duration_seconds: Seconds | None = None


class BranchDecisionEvent(Event, tag="branch_decision"):
    """Which ``branch`` the ``node`` took, and optionally on what condition and value."""

    node: Text
    branch: Text
    condition: Text = ""
    value: Text | float | bool = ""


class HumanReviewEvent(Event, tag="human_review"):
    """A person was asked to review, or decided."""

    outcome: Literal["requested", "approved", "rejected", "edited"]


class ScoreEvent(Event, tag="score"):
    """A judgement: a number (best on 0..1), true or false, or a category as text. The same ``score_id`` counts once."""

    name: Text
    value: float | bool | Text
    source: Literal["person", "judge", "program"] = "program"
    model: Text = ""
    score_id: Text = ""


class EvaluationFailureEvent(Event, tag="evaluation_failure"):
    """A judgement that did not come about; ``error_type`` is a kind of error, or any class or message that names it."""

    name: Text
    error_type: Text
    source: Literal["person", "judge", "program"] = "program"


class FeedbackEvent(Event, tag="feedback"):
    """What an end user thought of an answer."""

    rating: Literal["positive", "neutral", "negative"]


class QualityGateEvent(Event, tag="quality_gate"):
    """One pass through a quality gate."""

    gate: Text
    passed: bool


class CacheLookupEvent(Event, tag="cache_lookup"):
    """One lookup in a cache of answers; ``saved_usd`` is what a hit saved."""

    cache: Text
    hit: bool
    saved_usd: Dollars | None = None


class GuardrailCheckEvent(Event, tag="guardrail_check"):
    """One check by a guardrail."""

    guardrail: Text
    result: Literal["passed", "flagged", "blocked"]


class EmbeddingEvent(Event, tag="embedding"):
    """One embedding vector; only projections of it are counted, the vector is kept nowhere."""

    vector: Annotated[list[float], Meta(max_length=8192)]
    model: Text = ""
    source: Literal["query", "document", "answer", "unknown"] = "unknown"


class DeploymentEvent(Event, tag="deployment"):
    """Something was deployed or changed."""

    name: Text
    version: Text | int
    kind: Literal["app", "prompt", "model", "tool", "price"] = "app"


NativeEvent = (
    LlmCallEvent
    | ToolCallEvent
    | RetrievalEvent
    | BranchDecisionEvent
    | HumanReviewEvent
    | ScoreEvent
    | EvaluationFailureEvent
    | FeedbackEvent
    | QualityGateEvent
    | CacheLookupEvent
    | GuardrailCheckEvent
    | EmbeddingEvent
    | DeploymentEvent
)

_decode_all = msgspec.json.Decoder(list[NativeEvent]).decode
_decode_one = msgspec.json.Decoder(NativeEvent).decode
_decode_split = msgspec.json.Decoder(list[msgspec.Raw]).decode


def decode_events(body: bytes) -> Pieces[NativeEvent]:
    """Return the events with their place in the batch, and the records that were refused.

    Raises: DecodeError when the body is neither a JSON array nor JSON objects, one a line; TooManyError.
    """
    check_values(body)
    text = body.strip()
    if not text:
        raise DecodeError("body: must be a JSON array, a JSON object or NDJSON, got nothing")
    if not text.startswith(b"["):
        return _each(_lines(text) if _is_ndjson(text) else [(0, text)])
    if len(text) <= SMALL_BYTES:
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return as_one(list(enumerate(_decode_all(text))), ())
    return _each(list(enumerate(_split_array(text))))


def _lines(text: bytes) -> list[tuple[int, bytes]]:
    check_count((text.count(b"\n") + text.count(b"\r")) // 2)  # blank lines, and what Windows ends lines with
    return [(place, line) for place, line in enumerate(text.splitlines()) if line.strip()]


def _is_ndjson(text: bytes) -> bool:
    """NDJSON unless the whole text is one (pretty-printed) object."""
    if b"\n" not in text:
        return False
    first_line = text.split(b"\n", 1)[0].strip()
    return first_line.startswith(b"{") and first_line.endswith(b"}")


def _split_array(text: bytes) -> Sequence[bytes | msgspec.Raw]:
    try:
        return decode_leniently(_decode_split, text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"body: must be a JSON array of events, {error}") from error


def _each(records: Sequence[tuple[int, bytes | msgspec.Raw]]) -> Pieces[NativeEvent]:
    check_count(len(records))
    return in_pieces(records, _read_one, _refusal, Allowance())


def _read_one(record: bytes | msgspec.Raw) -> NativeEvent:
    event: NativeEvent = decode_leniently(_decode_one, bytes(record))
    return event


def _refusal(index: int, error: Exception) -> Rejection:
    reason = "invalid_event" if isinstance(error, msgspec.ValidationError) else "malformed_json"
    return Rejection(reason=reason, detail=f"events[{index}]: {error}", index=index)
