"""OTLP requests without what people and models said, for backends that are not meant to see it.

Attributes whose names or lengths report that they are content go (``content_names``), in spans, events, links, log
records, scopes and resources, nested ones too; so do log bodies, the attributes of content events, and the text of
errors. Structure, ids, models, counts and times stay. Both encodings of OTLP; the reply is in the request's own.
"""

from collections.abc import Iterable, MutableSequence
from typing import Any

import msgspec
from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.ingest.otlp_shapes import LOG_RECORD, SPAN, request_of
from watchkeeper.exporter.ingest.pieces import SMALL_BYTES
from watchkeeper.exporter.ingest.wire import Shape, weigh
from watchkeeper.exporter.sinks.content_names import (
    MAX_TEXT,
    error_class,
    is_content,
    is_content_event,
    is_content_text,
)

_MAX_DEPTH = 16
# By the weight of wire.py: the collector's 8192 spans have 1.4 million; they are 200 MB of objects.
_MOST_FIELDS = 2_000_000
_NUMBERS = ("int_value", "double_value", "bool_value")
_JSON_NUMBERS = ("intValue", "doubleValue", "boolValue")
Tree = Any


def strip_content(signal: Signal, body: bytes, is_json: bool) -> bytes:
    """Return the request without content; metrics carry none and come back as they are.

    Raises: ValueError when the body cannot be read.
    """
    if signal == "metrics":
        return body
    if is_json:
        return _strip_json(body)
    return _strip_traces(body) if signal == "traces" else _strip_logs(body)


def _strip_traces(body: bytes) -> bytes:
    request = _parse(ExportTraceServiceRequest, body, request_of(SPAN))
    for holder in request.resource_spans:
        _strip_attributes(holder.resource.attributes)
        for scoped in holder.scope_spans:
            _strip_attributes(scoped.scope.attributes)
            for span in scoped.spans:
                _strip_span(span)
    stripped: bytes = request.SerializeToString()
    return stripped


def _strip_span(span: Any) -> None:
    _strip_attributes(span.attributes)
    if span.status.message:
        span.status.message = error_class(span.status.message)
    for link in span.links:
        _strip_attributes(link.attributes)
    for event in span.events:
        if is_content_event(event.name):
            del event.attributes[:]
        else:
            _strip_attributes(event.attributes)


def _strip_logs(body: bytes) -> bytes:
    request = _parse(ExportLogsServiceRequest, body, request_of(LOG_RECORD))
    for holder in request.resource_logs:
        _strip_attributes(holder.resource.attributes)
        for scoped in holder.scope_logs:
            _strip_attributes(scoped.scope.attributes)
            for record in scoped.log_records:
                record.ClearField("body")
                _strip_attributes(record.attributes)
    stripped: bytes = request.SerializeToString()
    return stripped


def _parse(message: Any, body: bytes, shape: Shape) -> Any:
    try:
        if len(body) > SMALL_BYTES:
            weigh(body, shape, _MOST_FIELDS)
        return message.FromString(body)
    except ProtobufDecodeError as error:
        raise ValueError("the body is not what its signal says") from error


def _strip_attributes(attributes: MutableSequence[Any], depth: int = 0) -> None:
    for position in range(len(attributes) - 1, -1, -1):
        if not _may_stay(attributes[position], depth):
            del attributes[position]


def _may_stay(attribute: Any, depth: int) -> bool:
    """Whether an attribute may stay; one with attributes inside stays with those that may."""
    kind = attribute.value.WhichOneof("value")
    if kind is None or kind in _NUMBERS:
        return True
    if is_content(attribute.key) or depth > _MAX_DEPTH:
        return False
    if kind == "string_value":
        return not is_content_text(attribute.key, attribute.value.string_value)
    if attribute.value.ByteSize() > MAX_TEXT:
        return False
    if kind == "kvlist_value":
        _strip_attributes(attribute.value.kvlist_value.values, depth + 1)
    elif kind == "array_value":
        for item in attribute.value.array_value.values:
            if item.HasField("kvlist_value"):
                _strip_attributes(item.kvlist_value.values, depth + 1)
    return True


def _strip_json(body: bytes) -> bytes:
    try:
        return msgspec.json.encode(_strip_tree(msgspec.json.decode(body)))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("the body is not JSON") from error


def _strip_tree(tree: Tree) -> Tree:
    """Walk the envelope: wherever there are attributes, a body or a status message, there may be content."""
    if isinstance(tree, list):
        return [_strip_tree(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    kept = {key: _strip_tree(value) for key, value in tree.items() if key not in ("attributes", "body")}
    if isinstance(status := kept.get("status"), dict) and "message" in status:
        status["message"] = error_class(str(status["message"]))
    if not is_content_event(str(tree.get("name", ""))) and isinstance(tree.get("attributes"), list):
        kept["attributes"] = _stripped_pairs(tree["attributes"])
    return kept


def _stripped_pairs(pairs: Iterable[Tree], depth: int = 0) -> list[Tree]:
    """The attributes that may stay, with those inside them that may."""
    kept = []
    for pair in pairs:
        value = pair.get("value") if isinstance(pair, dict) else None
        if not isinstance(value, dict):
            continue
        if not value or any(kind in value for kind in _JSON_NUMBERS):
            kept.append(pair)
        elif depth <= _MAX_DEPTH and _may_stay_json(str(pair.get("key", "")), value):
            kept.append({"key": pair.get("key", ""), "value": _stripped_value(value, depth)})
    return kept


def _may_stay_json(name: str, value: dict[str, Tree]) -> bool:
    if is_content(name):
        return False
    if isinstance(text := value.get("stringValue"), str):
        return not is_content_text(name, text)
    return len(msgspec.json.encode(value)) <= MAX_TEXT


def _stripped_value(value: dict[str, Tree], depth: int) -> Tree:
    if isinstance(inner := value.get("kvlistValue"), dict):
        return {"kvlistValue": {"values": _stripped_pairs(inner.get("values") or (), depth + 1)}}
    if isinstance(inner := value.get("arrayValue"), dict):
        items = [_stripped_value(item, depth + 1) for item in inner.get("values") or () if isinstance(item, dict)]
        return {"arrayValue": {"values": items}}
    return value
