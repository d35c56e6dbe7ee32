"""Our own view of the OTLP messages for traces and logs: the same wire format, with attributes left as raw bytes.

Touching protobuf objects from Python is nine tenths of the cost of reading OTLP, and most attributes are the same
few bytes again and again. So each ``KeyValue`` stays undecoded here and is decoded once by ``attributes.py``.
Field numbers: opentelemetry/proto/{trace,logs}/v1 (stable).
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "watchkeeper.otlp"

# message -> (field name, number, type or message name, repeated)
_MESSAGES: dict[str, list[tuple[str, int, int | str, bool]]] = {
    # The envelope is the same for traces, logs and metrics: resources, their scopes, and items left as bytes, so that
    # one broken item cannot take its neighbours with it.
    "Request": [("resources", 1, "ResourceItems", True)],
    "ResourceItems": [("resource", 1, _FIELD.TYPE_BYTES, False), ("scopes", 2, "ScopeItems", True)],
    "Resource": [("attributes", 1, _FIELD.TYPE_BYTES, True)],
    "ScopeItems": [("scope", 1, "Scope", False), ("items", 2, _FIELD.TYPE_BYTES, True)],
    "Scope": [("name", 1, _FIELD.TYPE_BYTES, False), ("version", 2, _FIELD.TYPE_BYTES, False)],
    "Span": [
        ("trace_id", 1, _FIELD.TYPE_BYTES, False),
        ("span_id", 2, _FIELD.TYPE_BYTES, False),
        ("parent_span_id", 4, _FIELD.TYPE_BYTES, False),
        ("name", 5, _FIELD.TYPE_BYTES, False),
        ("kind", 6, _FIELD.TYPE_INT32, False),
        ("start_time_unix_nano", 7, _FIELD.TYPE_FIXED64, False),
        ("end_time_unix_nano", 8, _FIELD.TYPE_FIXED64, False),
        ("attributes", 9, _FIELD.TYPE_BYTES, True),
        ("events", 11, "Event", True),
        ("links", 13, _FIELD.TYPE_BYTES, True),
        ("status", 15, _FIELD.TYPE_BYTES, False),
    ],
    "Event": [
        ("time_unix_nano", 1, _FIELD.TYPE_FIXED64, False),
        ("name", 2, _FIELD.TYPE_BYTES, False),
        ("attributes", 3, _FIELD.TYPE_BYTES, True),
    ],
    "SpanStatus": [("message", 2, _FIELD.TYPE_BYTES, False), ("code", 3, _FIELD.TYPE_INT32, False)],
    "LogRecord": [
        ("time_unix_nano", 1, _FIELD.TYPE_FIXED64, False),
        ("attributes", 6, _FIELD.TYPE_BYTES, True),
        ("trace_id", 9, _FIELD.TYPE_BYTES, False),
        ("span_id", 10, _FIELD.TYPE_BYTES, False),
        ("observed_time_unix_nano", 11, _FIELD.TYPE_FIXED64, False),
        ("event_name", 12, _FIELD.TYPE_BYTES, False),
    ],
    # google.rpc.Status, the body that OTLP wants for errors
    "RpcStatus": [("code", 1, _FIELD.TYPE_INT32, False), ("message", 2, _FIELD.TYPE_BYTES, False)],
}


def _build() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(name="watchkeeper_otlp.proto", package=_PACKAGE, syntax="proto3")
    for message, fields in _MESSAGES.items():
        descriptor = file.message_type.add(name=message)
        for name, number, kind, is_repeated in fields:
            field = descriptor.field.add(name=name, number=number)
            field.label = _FIELD.LABEL_REPEATED if is_repeated else _FIELD.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type = _FIELD.TYPE_MESSAGE
                field.type_name = f".{_PACKAGE}.{kind}"
            else:
                field.type = kind  # type: ignore[assignment]  # the stub wants its enum type, the API takes the number
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = (pool.FindMessageTypeByName(f"{_PACKAGE}.{message}") for message in _MESSAGES)
    return {descriptor.name: message_factory.GetMessageClass(descriptor) for descriptor in found}


# Message classes are made at run time, so their fields are unknown to the type checker.
MESSAGES: dict[str, Any] = _build()
