"""Prometheus, Alertmanager and Loki as far as the exporter's pages ask them, in one server of this process."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.http_server import serving

EXPRESSION = 'max by (service) (ratio) > on (service) max by (service) (llm_alert_threshold{alert="LLMErrorRateHigh"})'


@dataclass
class EngineAnswers:
    """What they answer; a path in ``broken`` is refused, one in ``says`` answered with these bytes.

    ``lines`` are the newest first; ``posted`` are the bodies of silences, ``deleted`` what Loki was asked to delete,
    and ``deletions`` what it says of that.
    """

    url: str = ""
    alerts: list[dict[str, Any]] = field(default_factory=list)
    silences: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    posted: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    deletions: list[dict[str, Any]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    says: dict[str, bytes] = field(default_factory=dict)
    value: float = 0.12

    def answer(self, path: str, sent: dict[str, list[str]], body: bytes) -> Any:
        """The JSON of an answer."""
        if path == "/api/v2/alerts":
            return self.alerts
        if path == "/api/v2/silences":
            if body:
                self.posted.append(json.loads(body))
                return {"silenceID": "s1"}
            return self.silences
        if path == "/api/v1/rules":
            return {"data": {"groups": [{"rules": [{"query": EXPRESSION}]}]}}
        if path.startswith("/loki/"):
            return self._loki(path, sent)
        self.queries.append(sent["query"][0])
        start = float(sent["start"][0])
        number = "0.05" if "threshold" in sent["query"][0] else str(self.value)
        points = [[start + 60 * place, number] for place in range(10)]
        return {"data": {"result": [{"metric": {"service": "shop"}, "values": points}]}}

    def _loki(self, path: str, sent: dict[str, list[str]]) -> Any:
        if path == "/loki/api/v1/delete":
            self.deleted += sent.get("query", [])
            return self.deletions
        self.queries.append(sent["query"][0])
        return {"data": {"result": self._of_loki(path, sent)}}

    def _of_loki(self, path: str, sent: dict[str, list[str]]) -> list[dict[str, Any]]:
        if path == "/loki/api/v1/query":
            return [{"metric": {}, "value": [time.time(), str(len(self.lines))]}]
        now = time.time_ns()
        values = [[str(now - place), json.dumps(line)] for place, line in enumerate(self.lines)]
        values = values[::-1] if sent["direction"] == ["forward"] else values
        return [{"stream": {}, "values": values[: int(sent["limit"][0])]}]


@contextmanager
def engine_answers() -> Iterator[EngineAnswers]:
    """Serve them on a port of this machine."""
    answers = EngineAnswers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(parse_qs(urlsplit(self.path).query), b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_form = "form" in self.headers.get("Content-Type", "")
            sent = parse_qs(body.decode() if is_form else urlsplit(self.path).query)
            self._answer(sent, b"" if is_form else body)

        def _answer(self, sent: dict[str, list[str]], body: bytes) -> None:
            path = urlsplit(self.path).path
            self.send_response(503 if path in answers.broken else 200)
            self.send_header("X-Delete-Request-Id", "4c006503")
            self.end_headers()
            self.wfile.write(answers.says.get(path) or json.dumps(answers.answer(path, sent, body)).encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as answers.url:
        yield answers
