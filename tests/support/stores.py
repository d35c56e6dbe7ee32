"""A stand-in of backends for telemetry on loopback: it takes traces by OTLP, and answers as a Tempo or a Langfuse.

Made by their published references, and none of them. What it acknowledges it stores, unless it is to swallow it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.support.http_server import Quiet, serving

# A status, what is sent, and headers.
Answer = tuple[int, bytes, dict[str, str]]
NOT_FOUND: Answer = (404, b"trace not found", {})


@dataclass
class StoreServer:
    """``spans`` are what is stored: span id and start by trace id. ``swallows`` says of a span id that it gets lost.

    ``answers`` come before the next to a question, None lets it through. ``asked`` is every question as path,
    parameters and headers. ``is_langfuse_3`` has the older endpoint alone.
    """

    swallows: Callable[[str], bool] = lambda _span_id: False
    spans: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    acknowledged: int = 0
    answers: list[Answer | None] = field(default_factory=list)
    always: Answer | None = None
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    is_tempo: bool = True
    is_langfuse_3: bool = False
    url: str = ""

    def take(self, body: bytes) -> None:
        """Store what is not swallowed."""
        for holder in ExportTraceServiceRequest.FromString(body).resource_spans:
            for span in (span for scoped in holder.scope_spans for span in scoped.spans):
                self.acknowledged += 1
                if not self.swallows(span.span_id.hex()):
                    stored = self.spans.setdefault(span.trace_id.hex(), [])
                    stored.append((span.span_id.hex(), span.start_time_unix_nano))

    def answer(self, path: str, sought: dict[str, str]) -> Answer:
        """What is answered to a question."""
        if path == "/api/echo" and self.is_tempo:
            return 200, b"echo", {}
        if path.startswith("/api/traces/") and self.is_tempo:
            return self._trace(path.rpartition("/")[2])
        if path == "/api/public/observations" or (path == "/api/public/v2/observations" and not self.is_langfuse_3):
            return self._observations(sought)
        return 404, b"<html>Not Found</html>", {}

    def _trace(self, trace_id: str) -> Answer:
        if trace_id not in self.spans:
            return NOT_FOUND
        spans = [{"spanId": base64.b64encode(bytes.fromhex(one)).decode()} for one, _ in self.spans[trace_id]]
        return 200, json.dumps({"batches": [{"scopeSpans": [{"spans": spans}]}]}).encode(), {}

    def _observations(self, sought: dict[str, str]) -> Answer:
        first, last = (_nanoseconds(sought[name]) for name in ("fromStartTime", "toStartTime"))
        stored = self.spans.get(sought["traceId"], [])
        data = [{"id": one} for one, start in stored if first <= start < last]
        return 200, json.dumps({"data": data[: int(sought["limit"])], "meta": {}}).encode(), {}


def _nanoseconds(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1e9)


@contextmanager
def store_server() -> Iterator[StoreServer]:
    """Start one and stop it at the end."""
    server = StoreServer()
    with serving(_handler(server)) as server.url:
        yield server


def _handler(server: StoreServer) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.take(self.rfile.read(int(self.headers["content-length"])))
            self.send(202, b"")

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            sought: dict[str, Any] = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            server.asked.append((parts.path, sought, {name.lower(): text for name, text in self.headers.items()}))
            planned = server.answers.pop(0) if server.answers else server.always
            self.send(*(planned or server.answer(parts.path, sought)))

    return Handler
