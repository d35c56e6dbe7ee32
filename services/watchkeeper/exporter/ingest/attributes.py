"""OTLP attributes to plain values; the decoded form of small, recurring attributes is remembered."""

import math
from collections.abc import Iterable

from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from watchkeeper.exporter.ingest.key_value import read_usual
from watchkeeper.model import AttributeValue

Pair = tuple[str, AttributeValue]

# Attributes recur (service name, model, operation, small counts) unless they are ids, times or content:
# only short ones are worth remembering, and only so many of them (3 MB at most).
_REMEMBERED_BYTES = 120
_REMEMBERED_COUNT = 8192
_MAX_DEPTH = 8


class AttributeReader:
    """Decodes raw ``KeyValue`` messages; bounded memory, no other state."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Pair] = {}

    def read(self, raw_attributes: Iterable[bytes]) -> dict[str, AttributeValue]:
        """Return the attributes by key; the last of equal keys wins.

        Raises: ValueError when one of them is not a KeyValue message.
        """
        find = self._seen.get
        values: dict[str, AttributeValue] = {}
        for raw in raw_attributes:
            # long ones are content, which is not remembered: there is no need to hash it
            key, value = (find(raw) if len(raw) <= _REMEMBERED_BYTES else None) or self._decode(raw)
            values[key] = value
        return values

    def _decode(self, raw: bytes) -> Pair:
        pair = read_usual(raw) or _decode(raw)
        if len(raw) > _REMEMBERED_BYTES:
            return pair
        if not isinstance(pair[1], float) and not pair[0].endswith(("id", "Id")):
            if len(self._seen) >= _REMEMBERED_COUNT:
                self._seen.clear()
            self._seen[raw] = pair
        return pair


def _decode(raw: bytes) -> Pair:
    try:
        message = KeyValue.FromString(raw)
        return message.key, plain(message.value)
    except (ProtobufDecodeError, UnicodeDecodeError) as error:
        raise ValueError("an attribute is not a KeyValue message") from error


def plain(value: AnyValue, depth: int = 0) -> AttributeValue:
    """Turn an AnyValue into str, bool, int, float, bytes, list, dict or None (empty, or nested too deep)."""
    kind = value.WhichOneof("value")
    if kind is None or depth > _MAX_DEPTH:
        return None
    if kind == "array_value":
        return [plain(item, depth + 1) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key: plain(item.value, depth + 1) for item in value.kvlist_value.values}
    scalar: str | bool | int | float | bytes = getattr(value, kind)
    if isinstance(scalar, float) and not math.isfinite(scalar):
        return None
    return scalar
