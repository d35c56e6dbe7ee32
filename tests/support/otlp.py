"""Spans to OTLP, in both spellings: what a client would have sent."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from watchkeeper.model import AttributeValue, Span


def as_protobuf(*spans: Span) -> bytes:
    """An ExportTraceServiceRequest with each span under a resource and scope of its own."""
    request = ExportTraceServiceRequest()
    for span in spans:
        holder = request.resource_spans.add()
        holder.resource.attributes.extend(_pairs(span.resource))
        scope = holder.scope_spans.add()
        scope.scope.name, scope.scope.version = span.scope, span.scope_version
        message = scope.spans.add(
            trace_id=bytes.fromhex(span.trace_id),
            span_id=bytes.fromhex(span.span_id),
            parent_span_id=bytes.fromhex(span.parent_span_id),
            name=span.name,
            kind=span.kind,
            start_time_unix_nano=span.start_ns,
            end_time_unix_nano=span.end_ns,
            attributes=_pairs(span.attributes),
        )
        message.status.message = span.status_message
        message.status.code = span.status_code  # type: ignore[assignment]  # the stub wants its enum, the API a number
        for event in span.events:
            message.events.add(name=event.name, time_unix_nano=event.time_ns, attributes=_pairs(event.attributes))
    return request.SerializeToString()


def as_json(*spans: Span) -> bytes:
    """The same request as JSON: hex ids, 64-bit integers as text."""
    return json.dumps({"resourceSpans": [_json_holder(span) for span in spans]}).encode()


def _json_holder(span: Span) -> dict[str, Any]:
    return {
        "resource": {"attributes": _json_pairs(span.resource)},
        "scopeSpans": [{"scope": {"name": span.scope, "version": span.scope_version}, "spans": [_json_span(span)]}],
    }


def _json_span(span: Span) -> dict[str, Any]:
    return {
        "traceId": span.trace_id.upper(),
        "spanId": span.span_id,
        "parentSpanId": span.parent_span_id,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _json_pairs(span.attributes),
        "events": [
            {"name": e.name, "timeUnixNano": str(e.time_ns), "attributes": _json_pairs(e.attributes)}
            for e in span.events
        ],
        "status": {"code": span.status_code, "message": span.status_message},
    }


def _pairs(attributes: Mapping[str, AttributeValue]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in attributes.items()]


def _json_pairs(attributes: Mapping[str, AttributeValue]) -> list[dict[str, Any]]:
    return [{"key": key, "value": json_value(value)} for key, value in attributes.items()]


def any_value(value: AttributeValue) -> AnyValue:  # noqa: PLR0911  # one line per type
    """A value as protobuf spells it."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case str():
            return AnyValue(string_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case Mapping():
            return AnyValue(kvlist_value=KeyValueList(values=_pairs(value)))
        case Sequence():
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))


def json_value(value: AttributeValue) -> dict[str, Any]:  # noqa: PLR0911  # one line per type
    """A value as JSON spells it."""
    match value:
        case None:
            return {}
        case bool():
            return {"boolValue": value}
        case str():
            return {"stringValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case Mapping():
            return {"kvlistValue": {"values": _json_pairs(value)}}
        case Sequence():
            return {"arrayValue": {"values": [json_value(item) for item in value]}}
