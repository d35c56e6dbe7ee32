"""Record what a client sends, as a payload of the golden tests, without what tells of this machine.

    python -m tests.clients.record codex

Writes tests/golden/payloads/<id>-<version>: the bodies in the order in which they came, and ``truth.json``, the sums of
the fake provider's journal.
"""

import gzip
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.clients.fake_provider import run_fake_provider
from tests.clients.run_app import run_app
from tests.clients.table import CLIENTS, CODING_AGENTS
from tests.clients.truth import truth

PAYLOADS = Path(__file__).parents[1] / "golden" / "payloads"
_REQUESTS: dict[str, Any] = {
    "traces": ExportTraceServiceRequest,
    "logs": ExportLogsServiceRequest,
    "metrics": ExportMetricsServiceRequest,
}
# Of the machine, of the installation, and of prompts, which are long and the maker's.
_OF_THE_MACHINE = (
    "host.",
    "os.",
    "os_",
    "process.",
    "installation.id",
    "user.id",
    "thread.",
    "code.",
    "gen_ai.system_instructions",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.definitions",
    "request_text",
    "response_text",
)
_PACKAGES = re.compile(r"/[^\s\"']*/node_modules/")
Received = tuple[str, dict[str, str], bytes]


class _Recorder(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.received: list[Received] = []


class _Request(BaseHTTPRequestHandler):
    server: _Recorder
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append((self.path, headers, self._body(headers)))
        self.send_response(200)
        self.send_header("content-type", headers["content-type"])
        self.send_header("content-length", "0")
        self.end_headers()

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" not in headers.get("transfer-encoding", ""):
            body = self.rfile.read(int(headers["content-length"]))
        else:
            body = b"".join(self._chunks())
        return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Say nothing."""


@contextmanager
def _run_recorder() -> Iterator[_Recorder]:
    with _Recorder() as recorder:
        Thread(target=recorder.serve_forever, daemon=True).start()
        yield recorder
        recorder.shutdown()


def record(name: str) -> Path:
    """Run the client and write its payload; return the folder."""
    client = next(client for client in (*CLIENTS, *CODING_AGENTS) if client.id == name)
    folder = PAYLOADS / f"{client.id.replace('_', '-')}-{client.version.rpartition(' ')[2]}"
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with TemporaryDirectory() as place, run_fake_provider() as provider, _run_recorder() as recorder:
        run_app(client, provider, f"http://127.0.0.1:{recorder.server_address[1]}", Path(place))
        for number, received in enumerate(recorder.received, 1):
            _write(folder / str(number), received, place)
        text = json.dumps(truth(client, provider.journal), indent=2)
        (folder / "truth.json").write_text(f"{text}\n", encoding="utf-8")
    return folder


def _write(file: Path, received: Received, place: str) -> None:
    path, headers, body = received
    media_type = headers["content-type"]
    request = _REQUESTS[path.rpartition("/")[2]]
    is_json = media_type.startswith("application/json")
    decoded = json.loads(body) if is_json else json_format.MessageToDict(request.FromString(body))
    text = _PACKAGES.sub("/work/node_modules/", json.dumps(_without_machine(decoded)))
    text = text.replace(os.path.realpath(place), "/work").replace(place, "/work")
    scrubbed = text.encode() if is_json else json_format.Parse(text, request()).SerializeToString()
    file.with_suffix(".bin").write_bytes(gzip.compress(scrubbed, mtime=0))
    head = {"method": "POST", "path": path, "headers": {"content-type": media_type, "content-encoding": "gzip"}}
    file.with_suffix(".headers.json").write_text(json.dumps(head), encoding="utf-8")


def _without_machine(of: Any) -> Any:
    """The same, less the attributes that are of this machine or are its maker's texts."""
    if isinstance(of, dict):
        return {name: _without_machine(value) for name, value in of.items()}
    if isinstance(of, list):
        return [_without_machine(item) for item in of if not _is_of_the_machine(item)]
    return of


def _is_of_the_machine(item: Any) -> bool:
    return isinstance(item, dict) and str(item.get("key", "")).startswith(_OF_THE_MACHINE)


if __name__ == "__main__":
    for chosen in sys.argv[1:]:
        sys.stdout.write(f"{record(chosen)}\n")
