"""Real spans for the benchmark: what client libraries sent, copied again and again as traces of their own.

A copy keeps everything that makes reading hard or easy: the library's own attributes, its events and content, failures,
parents and children, traces that run through several requests. Only what no two calls share is new in each: ids, times
and numbers of tokens.
"""

import gzip
import json
import os
import time
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path

from google.protobuf.message import Message
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

PAYLOADS = Path(__file__).resolve().parent.parent / "tests" / "golden" / "payloads"
TRACES = ("/v1/traces", "/api/public/otel/v1/traces")
RESPONSE_ID = "gen_ai.response.id"
INPUT = frozenset({"gen_ai.usage.input_tokens", "llm.token_count.prompt"})
OUTPUT = frozenset({"gen_ai.usage.output_tokens", "llm.token_count.completion"})
TOTAL = frozenset({"gen_ai.usage.total_tokens", "llm.token_count.total"})
MORE_TOKENS = 4000

# A span with the resource and the scope that it came under.
Placed = tuple[Message, Message, Span]


def libraries() -> list[str]:
    """The libraries whose spans were captured as protobuf."""
    return [folder.name for folder in sorted(PAYLOADS.iterdir()) if folder.is_dir() and captured(folder.name)]


def captured(library: str) -> list[Placed]:
    """The spans that a library sent, in the order in which they came."""
    placed = []
    for file in sorted(PAYLOADS.glob(f"{library}/*.bin")):
        sent = json.loads(file.with_suffix(".headers.json").read_bytes())
        if sent["path"] not in TRACES or "json" in sent["headers"]["content-type"]:
            continue
        body = file.read_bytes()
        request = ExportTraceServiceRequest.FromString(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        placed += [
            (r.resource, s.scope, span) for r in request.resource_spans for s in r.scope_spans for span in s.spans
        ]
    return placed


def batches(names: Iterable[str], size: int, count: int) -> list[bytes]:
    """``count`` requests of ``size`` spans; each is of one library, as it is of one process, and they take turns."""
    streams = cycle([copies(captured(name)) for name in names])
    return [request(islice(next(streams), size)) for _ in range(count)]


def copies(placed: list[Placed]) -> Iterator[Placed]:
    """The spans again and again, each time as traces of their own."""
    last_ns = max(span.end_time_unix_nano for _, _, span in placed)
    while True:
        renewal = Renewal(time.time_ns() - last_ns)
        for resource, scope, span in placed:
            yield resource, scope, renewal.renewed(span)


def request(placed: Iterable[Placed]) -> bytes:
    """One export request, in which spans of one resource and scope lie together."""
    made = ExportTraceServiceRequest()
    holders: dict[tuple[bytes, bytes], Message] = {}
    for resource, scope, span in placed:
        key = (resource.SerializeToString(), scope.SerializeToString())
        if key not in holders:
            holders[key] = made.resource_spans.add(resource=resource).scope_spans.add(scope=scope)
        holders[key].spans.append(span)
    return made.SerializeToString()


class Renewal:
    """What is new in one copy; what was the same in two spans is the same in their copies."""

    def __init__(self, later_ns: int) -> None:
        self._later_ns = later_ns
        self._ids: dict[bytes, bytes] = {}
        self._more = (int.from_bytes(os.urandom(2)) % MORE_TOKENS, int.from_bytes(os.urandom(2)) % MORE_TOKENS)

    def renewed(self, span: Span) -> Span:
        """The span with new ids, times and tokens."""
        new = Span()
        new.CopyFrom(span)
        new.trace_id, new.span_id = self._id(span.trace_id), self._id(span.span_id)
        new.parent_span_id = self._id(span.parent_span_id)
        new.start_time_unix_nano += self._later_ns
        new.end_time_unix_nano += self._later_ns
        for event in new.events:
            event.time_unix_nano += self._later_ns
        for attribute in new.attributes:
            self._renew(attribute)
        return new

    def _renew(self, attribute: KeyValue) -> None:
        """What is cached stays a part of the input, and the total the sum of both."""
        more_input, more_output = self._more
        if attribute.key == RESPONSE_ID:
            attribute.value.string_value = self._id(attribute.value.string_value.encode()[:20]).hex()
        elif attribute.key in INPUT:
            attribute.value.int_value += more_input
        elif attribute.key in OUTPUT:
            attribute.value.int_value += more_output
        elif attribute.key in TOTAL:
            attribute.value.int_value += more_input + more_output

    def _id(self, known: bytes) -> bytes:
        return self._ids.setdefault(known, os.urandom(len(known)))
