"""A scraped target whose counters a test sets, as the exporter exposes them: OpenMetrics, with created times."""

import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal

_Key = tuple[str, tuple[tuple[str, str], ...]]


class Counters(http.server.ThreadingHTTPServer):
    """Counters by name and labels: each is its value and when it was created."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exposition)
        self._found: dict[_Key, tuple[Decimal, float]] = {}
        self.is_away = False

    @property
    def address(self) -> str:
        """Where it is scraped."""
        return f"127.0.0.1:{self.server_port}"

    def add(self, name: str, labels: Mapping[str, str], amount: Decimal) -> None:
        """Let a counter grow; one that is new is created now."""
        key = name, tuple(labels.items())
        value, created = self._found.get(key, (Decimal(0), time.time()))
        self._found = {**self._found, key: (value + amount, created)}

    def crash(self) -> None:
        """Forget everything, as a process without its state does."""
        self._found = {}

    def stop_for(self, wait: Callable[[], object]) -> None:
        """Answer no scrape while ``wait`` runs, and go on with the same counters."""
        self.is_away = True
        wait()
        self.is_away = False

    def exposition(self) -> bytes:
        """Return the text of all counters."""
        lines: list[str] = []
        for name in sorted({name for name, _ in self._found}):
            lines.append(f"# TYPE {name} counter")
            for (found, labels), (value, created) in self._found.items():
                if found == name:
                    text = ",".join(f"{label}={json.dumps(own)}" for label, own in labels)
                    lines += [f"{name}_total{{{text}}} {value}", f"{name}_created{{{text}}} {created!r}"]
        return "\n".join([*lines, "# EOF", ""]).encode()


class _Exposition(http.server.BaseHTTPRequestHandler):
    server: Counters

    def do_GET(self) -> None:
        self.send_response(503 if self.server.is_away else 200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.exposition())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def counting() -> Iterator[Counters]:
    """Serve counters in the background until the block ends."""
    with Counters() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
