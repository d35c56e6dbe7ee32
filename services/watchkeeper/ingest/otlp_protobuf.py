"""OTLP/HTTP traces, binary: ExportTraceServiceRequest to spans."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import DecodeError as ProtobufDecodeError

from watchkeeper.errors import DecodeError
from watchkeeper.ingest.attributes import AttributeReader
from watchkeeper.ingest.otlp_schema import MESSAGES
from watchkeeper.model import AttributeValue, Rejection, Span, SpanEvent

_TraceRequest = MESSAGES["TraceRequest"]
_Span = MESSAGES["Span"]


def decode_traces(body: bytes, reader: AttributeReader) -> tuple[list[Span], list[Rejection]]:
    """Return the spans of an export request, and the records that could not be read.

    Raises: DecodeError when the body as a whole is not an ExportTraceServiceRequest.
    """
    try:
        request = _TraceRequest.FromString(body)
    except ProtobufDecodeError as error:
        raise DecodeError("body: must be a protobuf ExportTraceServiceRequest") from error
    spans: list[Span] = []
    rejections: list[Rejection] = []
    index = 0
    for resource_spans in request.resource_spans:
        resource = _read_resource(resource_spans.resource, reader)
        for scope_spans in resource_spans.scope_spans:
            scope = (_text(scope_spans.scope.name), _text(scope_spans.scope.version))
            for raw in scope_spans.spans:
                try:
                    spans.append(_read_span(_Span.FromString(raw), reader, resource, scope))
                except (ProtobufDecodeError, ValueError) as error:
                    rejections.append(
                        Rejection(reason="malformed_span", detail=f"spans[{index}]: {error}", index=index)
                    )
                index += 1
    return spans, rejections


def _read_resource(message: Any, reader: AttributeReader) -> Mapping[str, AttributeValue]:
    """A resource that cannot be read must not take its spans with it: they keep what they say themselves."""
    try:
        return reader.read(message.attributes)
    except ValueError:
        return {}


def _read_span(
    message: Any, reader: AttributeReader, resource: Mapping[str, AttributeValue], scope: tuple[str, str]
) -> Span:
    return Span(
        trace_id=_hex_id(message.trace_id, 16),
        span_id=_hex_id(message.span_id, 8),
        parent_span_id=_hex_id(message.parent_span_id, 8),
        name=_text(message.name),
        kind=message.kind,
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        status_code=message.status.code,
        status_message=_text(message.status.message),
        attributes=reader.read(message.attributes),
        events=[_read_event(event, reader) for event in message.events],
        resource=resource,
        scope=scope[0],
        scope_version=scope[1],
    )


def _read_event(message: Any, reader: AttributeReader) -> SpanEvent:
    return SpanEvent(
        name=_text(message.name), time_ns=message.time_unix_nano, attributes=reader.read(message.attributes)
    )


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _hex_id(raw: bytes, size: int) -> str:
    """Hex of an id; empty for one of a wrong size or all zeros, which the standard calls invalid."""
    return raw.hex() if len(raw) == size and any(raw) else ""
