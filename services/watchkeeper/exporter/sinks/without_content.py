"""OTLP requests without what people and models said, for backends that are not meant to see it, in protobuf.

Of attributes what ``passing`` says stays, in spans, events, links, log records, scopes and resources, nested ones too;
log bodies go, so do the attributes of content events, the text of errors and whatever OTLP does not know. Structure,
ids, models, counts and times stay. ``without_content_json`` does the same in JSON.
"""

from collections.abc import MutableSequence
from typing import Any

from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.enrich.secrets import without_keys
from watchkeeper.exporter.ingest.otlp_shapes import LOG_RECORD, SPAN, request_of
from watchkeeper.exporter.ingest.pieces import SMALL_BYTES
from watchkeeper.exporter.ingest.wire import Shape, weigh
from watchkeeper.exporter.sinks.content_names import MAX_TEXT, error_class, is_content_event
from watchkeeper.exporter.sinks.forward import Strip
from watchkeeper.exporter.sinks.passing import Hash, Rule, passes_as_number, passing_text, rule_of
from watchkeeper.exporter.sinks.without_content_json import strip_json

_MAX_DEPTH = 16
# By the weight of wire.py: the collector's 8192 spans have 1.4 million; they are 200 MB of objects.
_MOST_FIELDS = 2_000_000
_NUMBERS = ("int_value", "double_value", "bool_value")


def content_stripper(hash_user: Hash) -> Strip:
    """Return what takes content out of requests; ``hash_user`` makes of an id what log lines have of it."""

    def strip(signal: Signal, body: bytes, is_json: bool) -> bytes:
        """The request without content; metrics carry none and come back as they are.

        Raises: ValueError when the body cannot be read.
        """
        if signal == "metrics":
            return body
        if is_json:
            return strip_json(body, hash_user)
        return _strip_traces(body, hash_user) if signal == "traces" else _strip_logs(body, hash_user)

    return strip


def _strip_traces(body: bytes, hash_user: Hash) -> bytes:
    request = parsed(ExportTraceServiceRequest, body, request_of(SPAN))
    for holder in request.resource_spans:
        _strip_attributes(holder.resource.attributes, hash_user)
        for scoped in holder.scope_spans:
            _strip_attributes(scoped.scope.attributes, hash_user)
            for span in scoped.spans:
                _strip_span(span, hash_user)
    stripped: bytes = request.SerializeToString()
    return stripped


def _strip_span(span: Any, hash_user: Hash) -> None:
    _rename(span, without_keys(span.name))
    _strip_attributes(span.attributes, hash_user)
    if span.status.message:
        span.status.message = error_class(span.status.message)
    for link in span.links:
        _strip_attributes(link.attributes, hash_user)
    for event in span.events:
        _rename(event, without_keys(event.name))
        if is_content_event(event.name):
            del event.attributes[:]
        else:
            _strip_attributes(event.attributes, hash_user)


def _rename(message: Any, name: str) -> None:
    if message.name != name:
        message.name = name


def _strip_logs(body: bytes, hash_user: Hash) -> bytes:
    request = parsed(ExportLogsServiceRequest, body, request_of(LOG_RECORD))
    for holder in request.resource_logs:
        _strip_attributes(holder.resource.attributes, hash_user)
        for scoped in holder.scope_logs:
            _strip_attributes(scoped.scope.attributes, hash_user)
            for record in scoped.log_records:
                record.ClearField("body")
                _strip_attributes(record.attributes, hash_user)
    stripped: bytes = request.SerializeToString()
    return stripped


def parsed(message: Any, body: bytes, shape: Shape) -> Any:
    """The request of this class in a body, without what OTLP does not know. Raises: ValueError for what is none."""
    try:
        if len(body) > SMALL_BYTES:
            weigh(body, shape, _MOST_FIELDS)
        request = message.FromString(body)
    except ProtobufDecodeError as error:
        raise ValueError("the body is not what its signal says") from error
    request.DiscardUnknownFields()
    return request


def _strip_attributes(attributes: MutableSequence[Any], hash_user: Hash, depth: int = 0) -> None:
    for position in range(len(attributes) - 1, -1, -1):
        attribute = attributes[position]
        if not _strip_value(attribute.key, attribute.value, hash_user, depth):
            del attributes[position]


def _strip_value(name: str, value: Any, hash_user: Hash, depth: int) -> bool:
    """Take out of a value what may not pass; whether anything may."""
    kind = value.WhichOneof("value")
    if kind is None:
        return True
    if kind in _NUMBERS and passes_as_number(name):
        return True
    if kind == "string_value" or kind in _NUMBERS:
        text = passing_text(name, str(getattr(value, kind)), hash_user)
        if text is not None and text != value.string_value:
            value.string_value = text
        return text is not None
    if kind == "bytes_value" or depth > _MAX_DEPTH or rule_of(name) is not Rule.TEXT or value.ByteSize() > MAX_TEXT:
        return False
    if kind == "kvlist_value":
        _strip_attributes(value.kvlist_value.values, hash_user, depth + 1)
    else:
        items = value.array_value.values
        for position in range(len(items) - 1, -1, -1):
            if not _strip_value(name, items[position], hash_user, depth + 1):
                del items[position]
    return True
