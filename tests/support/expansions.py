"""Requests of a few kilobytes that become large: a body of millions of the smallest items that a format allows.

Each is as large, decompressed, as the exporter takes by default; compressed it has a thousandth of that.
"""

from collections.abc import Callable, Mapping

import msgspec

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MIB = 1024 * 1024

Make = Callable[[int], bytes]


class Expansion(msgspec.Struct, frozen=True):
    """One kind: where it is sent, as what, and how a body of so many bytes is made."""

    route: str
    media_type: str
    make: Make


def field(number: int, content: bytes) -> bytes:
    """One field of a protobuf message that holds bytes or a message."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*written, number))


def within(*numbers: int, item: bytes) -> Make:
    """Items again and again, inside of messages with these numbers; the outermost is first."""

    def make(size: int) -> bytes:
        body = item * ((size - 64) // len(item))
        for number in reversed(numbers):
            body = field(number, body)
        return body

    return make


def between(start: bytes, item: bytes, end: bytes) -> Make:
    """Items between the beginning and the end of a JSON text, where the last one has no comma."""

    def make(size: int) -> bytes:
        return start + (item * ((size - len(start) - len(end)) // len(item))).rstrip(b",") + end

    return make


def nested(size: int) -> bytes:
    """One span with one attribute, a list of lists that hold nothing."""
    values = bytes((0x0A, 0x02, 0x2A, 0x00)) * ((size - 64) // 4)
    attribute = field(1, b"k") + field(2, field(5, values))
    return field(1, field(2, field(2, field(9, attribute))))


_SPANS = b'{"resourceSpans":[{"scopeSpans":[{"spans":['
_LOGS = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":['
_POINTS = b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":['
_SCORE = b'{"type":"score-create","body":1},'

EXPANSIONS: Mapping[str, Expansion] = {
    "spans": Expansion("/v1/traces", PROTOBUF, within(1, 2, item=b"\x12\x00")),
    "attributes of a span": Expansion("/v1/traces", PROTOBUF, within(1, 2, 2, item=b"\x4a\x00")),
    "events of a span": Expansion("/v1/traces", PROTOBUF, within(1, 2, 2, item=b"\x5a\x00")),
    "links of a span": Expansion("/v1/traces", PROTOBUF, within(1, 2, 2, item=b"\x6a\x00")),
    "resources": Expansion("/v1/traces", PROTOBUF, within(item=b"\x0a\x00")),
    "nested lists": Expansion("/v1/traces", PROTOBUF, nested),
    "log records": Expansion("/v1/logs", PROTOBUF, within(1, 2, item=b"\x12\x00")),
    "points of a metric": Expansion("/v1/metrics", PROTOBUF, within(1, 2, 2, 5, item=b"\x0a\x00")),
    "metrics": Expansion("/v1/metrics", PROTOBUF, within(1, 2, item=b"\x12\x00")),
    "spans in JSON": Expansion("/v1/traces", JSON, between(_SPANS, b"{},", b"]}]}]}")),
    "attributes in JSON": Expansion("/v1/traces", JSON, between(_SPANS + b'{"attributes":[', b"{},", b"]}]}]}]}")),
    "log records in JSON": Expansion("/v1/logs", JSON, between(_LOGS, b"{},", b"]}]}]}")),
    "points in JSON": Expansion("/v1/metrics", JSON, between(_POINTS, b"{},", b"]}}]}]}]}")),
    "events": Expansion("/v1/events", JSON, between(b"[", b"1,", b"]")),
    "lines of events": Expansion("/v1/events", "application/x-ndjson", between(b"{}\n", b"1\n", b"")),
    "metadata of an event": Expansion(
        "/v1/events", JSON, between(b'[{"type":"feedback","rating":"positive","metadata":[', b"[],", b"]}]")
    ),
    "scores": Expansion("/api/public/scores", JSON, between(b"[", b"1,", b"]")),
    "events of a Langfuse batch": Expansion("/api/public/ingestion", JSON, between(b'{"batch":[', b"{},", b"]}")),
    "scores of a Langfuse batch": Expansion("/api/public/ingestion", JSON, between(b'{"batch":[', _SCORE, b"]}")),
    "alerts": Expansion("/v1/alerts", JSON, between(b'{"version":"4","alerts":[', b"1,", b"]}")),
    "labels of an alert": Expansion(
        "/v1/alerts", JSON, between(b'{"version":"4","alerts":[{"status":"firing","labels":{', b'"":"",', b"}}]}")
    ),
    "a question for a budget": Expansion("/v1/budget/check", JSON, between(b'{"service":[', b"1,", b"]}")),
}
