"""A model provider on loopback that answers always the same way and keeps a journal of what it served.

It speaks OpenAI's chat completions, Responses and embeddings, Anthropic's messages and the Gemini API, streamed or
whole. A prompt with the words ``too fast`` is refused with 429; an offered tool is called once.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import msgspec
from tests.clients import answers, gemini_answers

# Dollars for a million tokens: input, cached input, cache write, output. Source: the providers' price lists of 2025.
_PRICES = {
    "gpt-4o-mini-2024-07-18": ("0.15", "0.075", "0", "0.60"),
    "text-embedding-3-small": ("0.02", "0.02", "0", "0"),
    "claude-sonnet-4-5-20250929": ("3", "0.3", "3.75", "15"),
    "gemini-2.5-flash": ("0.30", "0.03", "0", "2.50"),
}


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it was served: ``input`` includes what caches gave and took, ``output`` the reasoning."""

    status: str
    model: str
    input: int = 0
    cached_input: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    def cost_usd(self) -> Decimal:
        """What the provider would charge."""
        fresh, cached, write, output = (Decimal(price) for price in _PRICES[self.model])
        uncached = self.input - self.cached_input - self.cache_write
        tokens = uncached * fresh + self.cached_input * cached + self.cache_write * write + self.output * output
        return tokens / 1_000_000


class FakeProvider(ThreadingHTTPServer):
    """The server with its journal."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.journal: list[Served] = []
        self.address = f"http://127.0.0.1:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    server: FakeProvider
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        number = len(self.server.journal)
        name = self.path.split("?")[0].rsplit("/", 1)[-1]
        model, _, route = name.rpartition(":")  # Gemini names the model in its path
        body = {**body, "model": model} if model else body
        if "too fast" in json.dumps(body):
            self.server.journal.append(Served(status="rate_limited", model=answers.answered_model(body["model"])))
            self._send(429, json.dumps(gemini_answers.REFUSAL if model else answers.REFUSAL), "application/json")
            return
        reported, events = answers.BY_ROUTE[route](body, number)
        self.server.journal.append(Served(status="ok", **answers.tokens(reported)))
        if body.get("stream") or route.startswith("stream"):
            self._send(200, "".join(answers.as_event(event) for event in events), "text/event-stream")
        else:
            self._send(200, json.dumps(reported), "application/json")

    def do_HEAD(self) -> None:
        """Claude Code asks whether anybody is there."""
        self._send(200, "", "application/json")

    def _send(self, status: int, text: str, content_type: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", content_type)
        # Anthropic's header: an id of the request, as long as its own.
        self.send_header("request-id", f"req_ofnobody{len(self.server.journal):016d}")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the name is the base class's)
        """Say nothing: the journal reports."""


@contextmanager
def run_fake_provider() -> Iterator[FakeProvider]:
    """Serve on a free port, and stop at the end."""
    with FakeProvider() as provider:
        Thread(target=provider.serve_forever, daemon=True).start()
        yield provider
        provider.shutdown()
