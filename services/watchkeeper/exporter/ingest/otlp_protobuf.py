"""OTLP/HTTP, binary: export requests to spans and log records."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from google.protobuf.message import DecodeError as ProtobufDecodeError

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.otlp_schema import MESSAGES
from watchkeeper.model import AttributeValue, LogRecord, Rejection, Span, SpanEvent

_Request = MESSAGES["Request"]
_parse_span = MESSAGES["Span"].FromString
_parse_status = MESSAGES["SpanStatus"].FromString
_LogRecord = MESSAGES["LogRecord"]

Resource = Mapping[str, AttributeValue]
Scope = tuple[str, str]
Item = TypeVar("Item")


def decode_traces(body: bytes, reader: AttributeReader) -> tuple[list[Span], list[Rejection]]:
    """Return the spans of an export request, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportTraceServiceRequest.
    """
    return _decode(body, reader, "span", _read_span)


def decode_logs(body: bytes, reader: AttributeReader) -> tuple[list[LogRecord], list[Rejection]]:
    """Return the log records of an export request, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportLogsServiceRequest.
    """
    return _decode(body, reader, "log_record", _read_log)


def _decode(
    body: bytes,
    reader: AttributeReader,
    kind: str,
    read: Callable[[bytes, AttributeReader, Resource, Scope], Item],
) -> tuple[list[Item], list[Rejection]]:
    try:
        request = _Request.FromString(body)
    except ProtobufDecodeError as error:
        raise DecodeError("body: must be a protobuf OTLP export request") from error
    items: list[Item] = []
    rejections: list[Rejection] = []
    index = 0
    for resource_items in request.resources:
        resource = _read_resource(resource_items.resource, reader)
        for scope_items in resource_items.scopes:
            scope = (_text(scope_items.scope.name), _text(scope_items.scope.version))
            for raw in scope_items.items:
                try:
                    items.append(read(raw, reader, resource, scope))
                except (ProtobufDecodeError, ValueError) as error:
                    detail = f"{kind}s[{index}]: {error}"
                    rejections.append(Rejection(reason=f"malformed_{kind}", detail=detail, index=index))
                index += 1
    return items, rejections


def _read_resource(message: Any, reader: AttributeReader) -> Resource:
    """A resource that cannot be read must not take its spans with it: they keep what they say themselves."""
    try:
        return reader.read(message.attributes)
    except ValueError:
        return {}


def _read_span(raw: bytes, reader: AttributeReader, resource: Resource, scope: Scope) -> Span:
    message = _parse_span(raw)
    status_code, status_message = _read_status(message.status)
    return Span(
        trace_id=_hex_id(message.trace_id, 16),
        span_id=_hex_id(message.span_id, 8),
        parent_span_id=_hex_id(message.parent_span_id, 8),
        name=_text(message.name),
        kind=message.kind,
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        status_code=status_code,
        status_message=status_message,
        attributes=reader.read(message.attributes),
        events=[_read_event(event, reader) for event in message.events],
        resource=resource,
        scope=scope[0],
        scope_version=scope[1],
    )


def _read_status(raw: bytes) -> tuple[int, str]:
    """Code and message; most spans have neither."""
    if not raw:
        return 0, ""
    status = _parse_status(raw)
    return status.code, _text(status.message)


def _read_log(raw: bytes, reader: AttributeReader, resource: Resource, scope: Scope) -> LogRecord:
    message = _LogRecord.FromString(raw)
    attributes = reader.read(message.attributes)
    return LogRecord(
        time_ns=message.time_unix_nano or message.observed_time_unix_nano,
        trace_id=_hex_id(message.trace_id, 16),
        span_id=_hex_id(message.span_id, 8),
        event_name=_text(message.event_name) or str(attributes.get("event.name", "")),
        attributes=attributes,
        resource=resource,
        scope=scope[0],
    )


def _read_event(message: Any, reader: AttributeReader) -> SpanEvent:
    return SpanEvent(
        name=_text(message.name), time_ns=message.time_unix_nano, attributes=reader.read(message.attributes)
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _hex_id(raw: bytes, size: int) -> str:
    """Hex of an id; empty for one of a wrong size or all zeros, which the standard calls invalid."""
    return raw.hex() if len(raw) == size and raw.strip(b"\0") else ""
