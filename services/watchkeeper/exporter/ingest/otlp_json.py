"""OTLP/HTTP, JSON: the same spans and log records from the JSON spelling.

Lower-camel-case names, hex ids in any case, integers as numbers or strings, unknown fields ignored.
Source: opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding".
"""

import base64
import binascii
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec

from watchkeeper.exporter.ingest.json_envelope import Envelope
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.pieces import (
    MOST_OF_ONE,
    PARTS_TOGETHER,
    SMALL_BYTES,
    Allowance,
    Pieces,
    as_one,
    check_count,
    in_pieces,
    refusal_of,
)
from watchkeeper.model import AttributeValue, LogRecord, Span, SpanEvent

_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_MAX_DEPTH = 8

Resource = Mapping[str, AttributeValue]
Read = TypeVar("Read")


class _Json(msgspec.Struct, rename="camel", gc=False):
    """Base of the wire structs: lower camel case, unknown fields ignored."""


class _KeyValue(_Json):
    key: str = ""
    value: dict[str, msgspec.Raw] | None = None


class _Attributes(_Json):
    attributes: list[_KeyValue] | None = None


class _Scope(_Json):
    name: str | None = None
    version: str | None = None


class _Event(_Json):
    time_unix_nano: int | str = 0
    name: str = ""
    attributes: list[_KeyValue] | None = None


class _Status(_Json):
    message: str = ""
    code: int | str = 0


class _Span(_Json):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    name: str = ""
    kind: int | str = 0
    start_time_unix_nano: int | str = 0
    end_time_unix_nano: int | str = 0
    attributes: list[_KeyValue] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None


class _Log(_Json):
    time_unix_nano: int | str = 0
    observed_time_unix_nano: int | str = 0
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""
    attributes: list[_KeyValue] | None = None


_TRACES = Envelope("resourceSpans", "scopeSpans", "spans")
_LOGS = Envelope("resourceLogs", "scopeLogs", "logRecords")
_decode_log = msgspec.json.Decoder(_Log).decode
_decode_resource = msgspec.json.Decoder(_Attributes | None).decode
_decode_scope = msgspec.json.Decoder(_Scope | None).decode
_decode_span = msgspec.json.Decoder(_Span).decode
_decode_values = msgspec.json.Decoder(dict[str, list[dict[str, msgspec.Raw]] | None]).decode
_decode_pairs = msgspec.json.Decoder(dict[str, list[_KeyValue] | None]).decode
_decode_scalar = msgspec.json.Decoder(str | bool | int | float | None).decode


# One record with what it lies in: its text, the resource and the scope.
_Item = tuple[msgspec.Raw, Resource, _Scope]


def decode_traces(body: bytes) -> Pieces[Span]:
    """Return the spans of a JSON export request with their places in it, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportTraceServiceRequest in JSON; TooManyError.
    """
    return _decode(body, _TRACES, "span", _read_span)


def decode_logs(body: bytes) -> Pieces[LogRecord]:
    """Return the log records of a JSON export request with their places in it, and those that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportLogsServiceRequest in JSON; TooManyError.
    """
    return _decode(body, _LOGS, "log_record", _read_log)


def _decode(body: bytes, envelope: Envelope, kind: str, read: Callable[[_Item, Allowance], Read]) -> Pieces[Read]:
    check_values(body)
    resources, left_out = envelope.read(body)
    scopes = (scope for resource in resources for scope in resource.scopes or ())
    check_count(len(resources))
    check_count(sum(len(scope.items or ()) for scope in scopes))
    allowance = Allowance()
    pieces = in_pieces(_items(resources), lambda item: read(item, allowance), refusal_of(kind), allowance)
    return chain(as_one((), left_out), pieces) if left_out else pieces


def _items(resources: Sequence[Any]) -> Iterator[tuple[int, _Item]]:
    index = 0
    for resource_items in resources:
        resource = _read_resource(resource_items.resource)
        for scope_items in resource_items.scopes or ():
            scope = _read_scope(scope_items.scope)
            for raw in scope_items.items or ():
                yield index, (raw, resource, scope)
                index += 1


def _checked(raw: msgspec.Raw, allowance: Allowance) -> msgspec.Raw:
    """The text of a record, if what is made of it is bounded; a long one has a piece for itself."""
    if len(text := bytes(raw)) > SMALL_BYTES:
        check_values(text, MOST_OF_ONE)
        allowance.spend(PARTS_TOGETHER)
    return raw


def _read_resource(raw: msgspec.Raw) -> Resource:
    try:
        resource = _decode_resource(raw)
        return _read_attributes(resource.attributes) if resource else {}
    except (ValueError, RecursionError):
        return {}


def _read_scope(raw: msgspec.Raw) -> _Scope:
    """A scope that cannot be read must not take its spans with it, either."""
    try:
        return _decode_scope(raw) or _Scope()
    except (ValueError, RecursionError):
        return _Scope()


def _read_span(item: _Item, allowance: Allowance) -> Span:
    raw, resource, scope = item
    span = _decode_span(_checked(raw, allowance))
    allowance.spend(len(span.attributes or ()) + len(span.events or ()))
    status = span.status or _Status()
    return Span(
        trace_id=_hex_id(span.trace_id, 32),
        span_id=_hex_id(span.span_id, 16),
        parent_span_id=_hex_id(span.parent_span_id, 16),
        name=span.name,
        kind=span.kind if isinstance(span.kind, int) else 0,
        start_ns=_time_ns(span.start_time_unix_nano),
        end_ns=_time_ns(span.end_time_unix_nano),
        status_code=2 if status.code in (2, "2", "STATUS_CODE_ERROR") else int(status.code in (1, "1")),
        status_message=status.message,
        attributes=_read_attributes(span.attributes),
        events=[
            SpanEvent(name=e.name, time_ns=_time_ns(e.time_unix_nano), attributes=_read_attributes(e.attributes))
            for e in span.events or ()
        ],
        resource=resource,
        scope=scope.name or "",
        scope_version=scope.version or "",
    )


def _read_log(item: _Item, allowance: Allowance) -> LogRecord:
    raw, resource, scope = item
    log = _decode_log(_checked(raw, allowance))
    allowance.spend(len(log.attributes or ()))
    attributes = _read_attributes(log.attributes)
    return LogRecord(
        time_ns=_time_ns(log.time_unix_nano) or _time_ns(log.observed_time_unix_nano),
        trace_id=_hex_id(log.trace_id, 32),
        span_id=_hex_id(log.span_id, 16),
        event_name=log.event_name or str(attributes.get("event.name", "")),
        attributes=attributes,
        resource=resource,
        scope=scope.name or "",
    )


def _read_attributes(pairs: Sequence[_KeyValue] | None) -> dict[str, AttributeValue]:
    return {pair.key: _read_value(pair.value) for pair in pairs or ()}


def _read_value(value: Mapping[str, msgspec.Raw] | None, depth: int = 0) -> AttributeValue:
    if not value or depth > _MAX_DEPTH:
        return None
    kind, raw = next(iter(value.items()))
    if kind == "arrayValue":
        return [_read_value(item, depth + 1) for item in _decode_values(raw).get("values") or ()]
    if kind == "kvlistValue":
        return {pair.key: _read_value(pair.value, depth + 1) for pair in _decode_pairs(raw).get("values") or ()}
    return _read_scalar(kind, _decode_scalar(raw))


def _read_scalar(kind: str, value: str | bool | int | float | None) -> AttributeValue:
    if kind == "intValue" and isinstance(value, str):
        return _integer(value)
    if kind == "doubleValue" and not isinstance(value, bool | None):
        number = float(value)
        return number if math.isfinite(number) else None
    if kind == "bytesValue" and isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ValueError("a bytesValue is not base64") from error
    return value


def _integer(value: int | str) -> int:
    """A 64-bit integer, which JSON spells as a number or as a string of digits."""
    if isinstance(value, str) and len(value) > 20:  # noqa: PLR2004  # 2**64 has 20 digits; int() of more is slow
        raise ValueError("an integer is longer than 64 bits")
    return int(value)


def _time_ns(value: int | str) -> int:
    """Nanoseconds since 1970, which OTLP holds in 64 bits without a sign."""
    time_ns = _integer(value)
    if not 0 <= time_ns < 2**64:
        raise ValueError(f"a time must be from 0 to 2**64 nanoseconds, got {time_ns}")
    return time_ns


def _hex_id(text: str, size: int) -> str:
    """An id in lower case; empty for one of a wrong size, not hex, or all zeros."""
    return text.lower() if len(text) == size and _HEX.match(text) and text.strip("0") else ""
