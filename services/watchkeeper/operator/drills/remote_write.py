"""Prometheus' remote write, version 1: series with samples at their own times, compressed with snappy.

Source: https://prometheus.io/docs/specs/prw/remote_write_spec/
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import cramjam
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

# Prometheus' own sign of a series that ended (model/value/value.go): one NaN among the many.
STALE: float = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]

HEADERS = {
    "content-encoding": "snappy",
    "content-type": "application/x-protobuf",
    "x-prometheus-remote-write-version": "0.1.0",
}

Samples = Sequence[tuple[int, float]]

_FIELD = descriptor_pb2.FieldDescriptorProto
_FIELDS: dict[str, list[tuple[str, int, int | str]]] = {
    "WriteRequest": [("timeseries", 1, "TimeSeries")],
    "TimeSeries": [("labels", 1, "Label"), ("samples", 2, "Sample")],
    "Label": [("name", 1, _FIELD.TYPE_STRING), ("value", 2, _FIELD.TYPE_STRING)],
    "Sample": [("value", 1, _FIELD.TYPE_DOUBLE), ("timestamp", 2, _FIELD.TYPE_INT64)],
}


def encode(series: Iterable[tuple[dict[str, str], Samples]]) -> bytes:
    """The body of a request; times are milliseconds since the Unix epoch."""
    request = _WriteRequest()
    for labels, samples in series:
        one = request.timeseries.add()
        for name in sorted(labels):
            one.labels.add(name=name, value=labels[name])
        for timestamp, value in samples:
            one.samples.add(value=value, timestamp=timestamp)
    return bytes(cramjam.snappy.compress_raw(request.SerializeToString()))


def _build() -> Any:
    package = "watchkeeper.remote_write"
    file = descriptor_pb2.FileDescriptorProto(name="watchkeeper_remote_write.proto", package=package, syntax="proto3")
    for message, fields in _FIELDS.items():
        descriptor = file.message_type.add(name=message)
        for name, number, kind in fields:
            field = descriptor.field.add(name=name, number=number)
            if isinstance(kind, str):
                field.label, field.type, field.type_name = (
                    _FIELD.LABEL_REPEATED,
                    _FIELD.TYPE_MESSAGE,
                    f".{package}.{kind}",
                )
            else:
                field.label = _FIELD.LABEL_OPTIONAL
                field.type = kind  # type: ignore[assignment]  # the stub wants its enum type, the API takes the number
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.WriteRequest"))


_WriteRequest = _build()
