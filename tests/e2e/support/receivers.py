"""HTTP servers in the place of Slack and PagerDuty: they answer as those do and keep what was delivered."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.support.ports import free_port

ROUTING_KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Receivers:
    """One server for both; ``slack`` and ``pagerduty`` hold the bodies in the order they came.

    A path in ``broken`` answers 500.
    ``host`` is the address it listens on: containers do not reach this machine's loopback.
    """

    host: str = "127.0.0.1"
    slack: list[dict[str, Any]] = field(default_factory=list)
    pagerduty: list[dict[str, Any]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self._listen(free_port())  # it must be there again after a while away
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where both are reached."""
        return f"http://{self.host}:{self._server.server_port}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Refuse connections for a while, as a service that is down does."""
        port = self._server.server_port
        self.__exit__()
        try:
            yield
        finally:
            self._listen(port)

    def take(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        """Keep a delivery and answer as the real service does."""
        if path in self.broken:
            return 500, "server_error"
        if path == "/slack":
            self.slack.append(body)
            return 200, "ok"
        if path == "/pagerduty" and body.get("routing_key") == ROUTING_KEY:
            self.pagerduty.append(body)
            return 202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": body["dedup_key"]})
        return 400, json.dumps({"status": "invalid event", "message": "unknown key or path", "errors": []})

    def _listen(self, port: int) -> None:
        self._server = ThreadingHTTPServer((self.host, port), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receivers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = receivers.take(self.path, body)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

        return Handler
