"""A model provider, an application, a search and a Loki on loopback, over real HTTP, that change when a test says so.

It speaks chat completions, Anthropic's messages, an application's ``{"question": …}`` and a search's ``{"query": …}``,
and keeps every request as it came.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.http_server import Quiet, serving

Respond = Callable[[str, str], str]


@dataclass
class Received:
    """One request: its path, its headers in lower case, and its JSON."""

    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class FakeModel:
    """What answers, until a test says otherwise.

    ``respond`` makes a model's text from the messages of system and user, ``application`` one of the application.
    ``statuses`` are those of the next answers, 200 after them; ``raw`` takes the place of every answer to a POST.
    ``lines`` are what Loki has, by event. ``on_received`` is called, in the server's thread, with each request,
    ``on_asked`` with each query before it is answered.
    """

    respond: Respond = lambda _system, _prompt: "Paris"
    model: str = "gpt-9-2026-01-01"
    fingerprint: str = "fp_1"
    input_tokens: int = 20
    output_tokens: int = 5
    statuses: list[int] = field(default_factory=list)
    application: Respond | None = None
    found: dict[str, list[str]] = field(default_factory=dict)
    raw: bytes | None = None
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    loki_status: int = 200
    address: str = ""
    on_received: Callable[[], object] = lambda: None
    on_asked: Callable[[str], object] = lambda _query: None

    def texts_sent_to_it(self) -> list[str]:
        """Every text in every request."""
        return [text for one in self.received for text in _texts(one.body)]


@contextmanager
def fake_model() -> Iterator[FakeModel]:
    """Start one and stop it at the end."""
    fake = FakeModel()
    with serving(_handler(fake)) as fake.address:
        yield fake


def _handler(fake: FakeModel) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items()}
            fake.received.append(Received(self.path, headers, body))
            fake.on_received()
            status = fake.statuses.pop(0) if fake.statuses else 200
            self._send(status, {"error": "no"} if status != 200 else _ANSWERS[self.path](fake, body))

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            fake.on_asked(asked["query"][0])
            event = asked["query"][0].partition('event="')[2].partition('"')[0]
            start, end = int(asked["start"][0]), int(asked["end"][0])
            values = [
                [str(line["at_ns"]), json.dumps({name: value for name, value in line.items() if name != "at_ns"})]
                for line in fake.lines.get(event, [])
                if start <= line["at_ns"] < end
            ]
            result = [{"stream": {}, "values": values[: int(asked["limit"][0])]}] if values else []
            fake.asked.append(asked["query"][0])
            self._send(fake.loki_status, {"status": "success", "data": {"resultType": "streams", "result": result}})

        def _send(self, status: int, answer: Any) -> None:
            is_replaced = fake.raw is not None and self.command == "POST"
            content = (fake.raw or b"") if is_replaced else json.dumps(answer).encode()
            self.send(status, content, {"content-type": "application/json"})

    return Handler


def _completion(fake: FakeModel, body: Any) -> Any:
    said = {message["role"]: message["content"] for message in body["messages"]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": fake.model,
        "system_fingerprint": fake.fingerprint,
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": fake.respond(said.get("system", ""), said["user"])},
            }
        ],
        "usage": {"prompt_tokens": fake.input_tokens, "completion_tokens": fake.output_tokens, "total_tokens": 0},
    }


def _message(fake: FakeModel, body: Any) -> Any:
    text = fake.respond(body.get("system", ""), body["messages"][0]["content"])
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": fake.model,
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": fake.input_tokens, "cache_read_input_tokens": 4, "output_tokens": fake.output_tokens},
    }


def _application(fake: FakeModel, body: Any) -> Any:
    answer = fake.application or fake.respond
    return {"answer": {"text": answer("", body["question"])}}


def _search(fake: FakeModel, body: Any) -> Any:
    return {"results": [{"id": name} for name in fake.found.get(body["query"], [])]}


_ANSWERS: dict[str, Callable[[FakeModel, Any], Any]] = {
    "/v1/chat/completions": _completion,
    "/v1/messages": _message,
    "/ask": _application,
    "/search": _search,
    "/v1/events": lambda _fake, _body: {"accepted": 1},
    "/api/public/ingestion": lambda _fake, _body: {"successes": [], "errors": []},
}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in _texts(part)]
