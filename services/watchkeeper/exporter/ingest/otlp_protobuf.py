"""OTLP/HTTP, binary: export requests to spans and log records, in pieces and within limits (pieces.py)."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from google.protobuf.message import DecodeError as ProtobufDecodeError

from watchkeeper.errors import DecodeError, TooManyError
from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.otlp_schema import MESSAGES
from watchkeeper.exporter.ingest.otlp_shapes import ENVELOPE, LOG_RECORD, RESOURCE, SPAN
from watchkeeper.exporter.ingest.pieces import (
    MOST_OF_ONE,
    MOST_RECORDS,
    SMALL_BYTES,
    Allowance,
    Pieces,
    check_count,
    in_pieces,
    refusal_of,
)
from watchkeeper.exporter.ingest.wire import Shape, weigh
from watchkeeper.model import AttributeValue, LogRecord, Span, SpanEvent

_Request = MESSAGES["Request"]
_parse_span = MESSAGES["Span"].FromString
_parse_status = MESSAGES["SpanStatus"].FromString
_parse_log = MESSAGES["LogRecord"].FromString
_parse_resource = MESSAGES["Resource"].FromString
# The envelope of a request of this size is 40 MB of objects at most.
_UNWEIGHED_BYTES = 1024 * 1024
_NO_TRACE, _NO_SPAN = bytes(16), bytes(8)

Resource = Mapping[str, AttributeValue]
Scope = tuple[str, str]
Read = TypeVar("Read")

# One record with what it lies in: its bytes, the resource and the scope.
_Item = tuple[bytes, Resource, Scope]


def decode_traces(body: bytes, reader: AttributeReader) -> Pieces[Span]:
    """Return the spans of an export request with their places in it, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportTraceServiceRequest; TooManyError.
    """
    return _decode(body, reader, "span", _read_span)


def decode_logs(body: bytes, reader: AttributeReader) -> Pieces[LogRecord]:
    """Return the log records of an export request with their places in it, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportLogsServiceRequest; TooManyError.
    """
    return _decode(body, reader, "log_record", _read_log)


def _decode(
    body: bytes, reader: AttributeReader, kind: str, read: Callable[[AttributeReader, Allowance, _Item], Read]
) -> Pieces[Read]:
    allowance = Allowance()
    items = _items(_parse(body), reader, allowance)
    return in_pieces(items, partial(read, reader, allowance), refusal_of(kind), allowance)


def _parse(body: bytes) -> Any:
    """The envelope, with resources and records as they are."""
    try:
        if len(body) > _UNWEIGHED_BYTES:
            weigh(body, ENVELOPE, 3 * MOST_RECORDS)
        request = _Request.FromString(body)
    except TooManyError as error:
        raise TooManyError(f"body: {error}; send smaller batches") from error
    except (ProtobufDecodeError, ValueError) as error:
        raise DecodeError("body: must be a protobuf OTLP export request") from error
    check_count(len(request.resources))
    check_count(sum(len(scope.items) for holder in request.resources for scope in holder.scopes))
    return request


def _items(request: Any, reader: AttributeReader, allowance: Allowance) -> Iterator[tuple[int, _Item]]:
    index = 0
    for holder in request.resources:
        resource = _read_resource(holder.resource, reader, allowance)
        for scope_items in holder.scopes:
            scope = (_text(scope_items.scope.name), _text(scope_items.scope.version))
            for raw in scope_items.items:
                yield index, (raw, resource, scope)
                index += 1


def _weighed(raw: bytes, shape: Shape, allowance: Allowance) -> bytes:
    """The bytes of a message, if what is made of them is bounded."""
    if len(raw) > SMALL_BYTES:
        allowance.spend(weigh(raw, shape, MOST_OF_ONE) // 4)
    return raw


def _read_resource(raw: bytes, reader: AttributeReader, allowance: Allowance) -> Resource:
    """A resource that cannot be read must not take its spans with it: they keep what they say themselves."""
    try:
        attributes = _parse_resource(_weighed(raw, RESOURCE, allowance)).attributes
        allowance.spend(len(attributes))
        return reader.read(attributes)
    except (ProtobufDecodeError, ValueError):
        return {}


def _read_span(reader: AttributeReader, allowance: Allowance, item: _Item) -> Span:
    raw, resource, scope = item
    message = _parse_span(raw if len(raw) <= SMALL_BYTES else _weighed(raw, SPAN, allowance))
    attributes, events = message.attributes, message.events
    allowance.spend(len(attributes) + len(events) + len(message.links))
    status_code, status_message = _read_status(status) if (status := message.status) else (0, "")
    return Span(
        trace_id=_hex_id(message.trace_id, _NO_TRACE),
        span_id=_hex_id(message.span_id, _NO_SPAN),
        parent_span_id=_hex_id(parent, _NO_SPAN) if (parent := message.parent_span_id) else "",
        name=_text(message.name),
        kind=message.kind,
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        status_code=status_code,
        status_message=status_message,
        attributes=reader.read(attributes),
        events=[_read_event(event, reader, allowance) for event in events] if events else [],
        resource=resource,
        scope=scope[0],
        scope_version=scope[1],
    )


def _read_status(raw: bytes) -> tuple[int, str]:
    """Code and message."""
    status = _parse_status(raw)
    return status.code, _text(status.message)


def _read_log(reader: AttributeReader, allowance: Allowance, item: _Item) -> LogRecord:
    raw, resource, scope = item
    message = _parse_log(_weighed(raw, LOG_RECORD, allowance))
    allowance.spend(len(message.attributes))
    attributes = reader.read(message.attributes)
    return LogRecord(
        time_ns=message.time_unix_nano or message.observed_time_unix_nano,
        trace_id=_hex_id(message.trace_id, _NO_TRACE),
        span_id=_hex_id(message.span_id, _NO_SPAN),
        event_name=_text(message.event_name) or str(attributes.get("event.name", "")),
        attributes=attributes,
        resource=resource,
        scope=scope[0],
    )


def _read_event(message: Any, reader: AttributeReader, allowance: Allowance) -> SpanEvent:
    attributes = message.attributes
    allowance.spend(len(attributes))
    return SpanEvent(name=_text(message.name), time_ns=message.time_unix_nano, attributes=reader.read(attributes))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _hex_id(raw: bytes, zeros: bytes) -> str:
    """Hex of an id; empty for one of a wrong size or all zeros, which the standard calls invalid."""
    return raw.hex() if len(raw) == len(zeros) and raw != zeros else ""
