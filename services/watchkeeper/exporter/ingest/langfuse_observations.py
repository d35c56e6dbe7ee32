"""Langfuse's older ingestion: traces and observations as events, made into the spans that its newer SDKs send.

An observation begins with one event and ends with another, at times in different requests; what its trace says of the
user and the session comes in a third. LiteLLM's callback and SDKs before version 3 send them.
Source: langfuse.com/docs/api, POST /api/public/ingestion.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from watchkeeper.model import Span
from watchkeeper.model.ids import canonical_id
from watchkeeper.model.span import AttributeValue

_O = "langfuse.observation."
_KINDS = {"generation": "generation", "span": "span", "event": "event", "observation": ""}
TRACE = "trace-create"
TYPES = frozenset({TRACE, *(f"{kind}-{verb}" for kind in _KINDS for verb in ("create", "update"))})
# Observations that have begun, and traces, that are remembered; each takes some hundred bytes.
_MOST = 4096
_MAX_TEXT = 1024
_MAX_METADATA = 64
# What is kept of an observation until it ends: nothing that people or models said.
_KEPT = (
    *("traceId", "name", "startTime", "endTime", "completionStartTime", "model", "modelParameters", "metadata"),
    *("usage", "usageDetails", "costDetails", "level", "statusMessage", "parentObservationId", "environment"),
    *("promptName", "promptVersion", "type"),
)
_TEXTS = {
    "model": f"{_O}model.name",
    "level": f"{_O}level",
    "statusMessage": f"{_O}status_message",
    "completionStartTime": f"{_O}completion_start_time",
    "promptName": f"{_O}prompt.name",
    "promptVersion": f"{_O}prompt.version",
    "environment": "langfuse.environment",
}
_OF_TRACE = {"userId": "langfuse.user.id", "sessionId": "langfuse.session.id", "environment": "langfuse.environment"}
_SERVICE = ("service", "service.name", "service_name")

Body = Mapping[str, Any]
_decode_body = msgspec.json.Decoder(dict[str, Any]).decode


class Observations:
    """The observations that have begun, and what their traces say; bounded, the oldest goes first."""

    def __init__(self, capacity: int = _MOST) -> None:
        self._capacity = capacity
        self._open: OrderedDict[tuple[str, str], Body] = OrderedDict()
        self._traces: OrderedDict[tuple[str, str], Body] = OrderedDict()

    def note_trace(self, raw: bytes, tenant: str) -> None:
        """Remember what a trace says of all that is in it. Raises: msgspec.DecodeError."""
        body = _decode_body(raw)
        kept = {name: body[name] for name in (*_OF_TRACE, "metadata") if body.get(name)}
        key = (tenant, _text(body.get("id")))
        self._traces[key] = {**self._traces.get(key, {}), **kept}
        while len(self._traces) > self._capacity:
            self._traces.popitem(last=False)

    def take(self, kind: str, raw: bytes, tenant: str) -> list[Span]:
        """Return the spans that an event ends: its own, and one that has no place any more.

        Raises: msgspec.DecodeError.
        """
        body = _decode_body(raw)
        key = (tenant, _text(body.get("id")))
        began = self._open.pop(key, {})
        merged = {**began, **{name: value for name, value in body.items() if value is not None}}
        name = _KINDS[kind.partition("-")[0]] or _text(merged.get("type")).lower() or "span"
        if _has_ended(merged, name):
            return [self._span(merged, name, key)]
        self._open[key] = {**{field: merged[field] for field in _KEPT if field in merged}, "type": name}
        if len(self._open) <= self._capacity:
            return []
        oldest, left = self._open.popitem(last=False)
        return [self._span(left, _text(left["type"]), oldest)]

    def _span(self, body: Body, kind: str, key: tuple[str, str]) -> Span:
        tenant, id_ = key
        trace_id = _text(body.get("traceId"))
        trace = self._traces.get((tenant, trace_id), {})
        metadata = {**_fields(trace.get("metadata")), **_fields(body.get("metadata"))}
        start = _time_ns(body.get("startTime")) or _time_ns(body.get("endTime"))
        service = next((_text(metadata[name]) for name in _SERVICE if metadata.get(name)), "")
        return Span(
            trace_id=canonical_id(trace_id),
            span_id=canonical_id(id_),
            parent_span_id=canonical_id(_text(body.get("parentObservationId"))),
            name=_text(body.get("name")),
            kind=0,
            start_ns=start,
            end_ns=max(_time_ns(body.get("endTime")), start),
            status_code=0,
            status_message="",
            attributes=_attributes(body, kind, trace, metadata),
            events=(),
            resource={"service.name": service} if service else {},
            scope="langfuse-sdk",
            scope_version="",
        )


def _has_ended(body: Body, kind: str) -> bool:
    """A generation that has its usage is over, whether it says when or not."""
    return kind == "event" or any(body.get(name) for name in ("endTime", "usage", "usageDetails"))


def _attributes(body: Body, kind: str, trace: Body, metadata: Body) -> dict[str, AttributeValue]:
    usage = _fields(body.get("usage"))
    tokens = _fields(body.get("usageDetails")) or (usage if usage.get("unit") in (None, "TOKENS") else {})
    costs = _fields(body.get("costDetails")) or {
        part: usage[name]
        for part, name in (("total", "totalCost"), ("input", "inputCost"), ("output", "outputCost"))
        if usage.get(name) is not None
    }
    texts = {name: body.get(field) for field, name in _TEXTS.items()}
    of_trace = {name: trace.get(field) for field, name in _OF_TRACE.items()}
    scalars = ((key, value) for key, value in metadata.items() if isinstance(value, str | int | float | bool))
    reported: dict[str, Any] = {
        **{f"{_O}metadata.{key}": value for key, value in _first(scalars)},
        **of_trace,
        **{name: _text(value) for name, value in texts.items() if value is not None},
        f"{_O}type": kind,
        f"{_O}usage_details": tokens or None,
        f"{_O}cost_details": costs or None,
        f"{_O}model.parameters": body.get("modelParameters"),
        f"{_O}input": _said(body.get("input")),
        f"{_O}output": _said(body.get("output")),
    }
    return {name: value for name, value in reported.items() if value not in (None, "")}


def _first(pairs: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    return list(pairs)[:_MAX_METADATA]


def _said(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _fields(value: object) -> Body:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return str(value)[:_MAX_TEXT] if isinstance(value, str | int | float) else ""


def _time_ns(value: object) -> int:
    try:
        instant = datetime.fromisoformat(_text(value))
    except ValueError:
        return 0
    return max(0, int((instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp() * 1e9))
