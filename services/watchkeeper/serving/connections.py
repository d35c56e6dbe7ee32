"""A connection of the server, within limits: how many there are, how long a request's head is, and how long it takes.

uvicorn's protocol waits for the end of a head for ever, and keeps whatever comes of it. It also makes a task and some
twenty objects of every request, which is more than one that is refused at its head needs.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable, Sequence
from http import HTTPStatus

import structlog
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

log = structlog.get_logger()

# A process may open 1024 files by default, and needs some for itself.
MAX_CONNECTIONS = 800
# Beyond them some for what must be answered at any load: scrapes, probes, pages, and alerts.
RESERVED_CONNECTIONS = 64
_ALERTS = b"/v1/alerts"
# nginx takes 32 KB, h11 64 KB; a hundred headers are as many as Apache takes.
MAX_HEAD_BYTES = 64 * 1024
MAX_HEADERS = 100
HEAD_SECONDS = 10.0
_TOO_MANY = "too many connections"


# Given the target and the headers of a POST, the answer to it where it is refused; its body is not looked at.
Refuse = Callable[[bytes, Sequence[tuple[bytes, bytes]]], Response | None]


def refuse_none(_target: bytes, _headers: Sequence[tuple[bytes, bytes]]) -> Response | None:
    """Let every request come in."""
    return None


class _RefusedError(Exception):
    """Stops the parser."""


class Connection(HttpToolsProtocol):
    """Closes connections beyond the bound, and those whose head is too long or takes too long.

    ``refuse`` may answer a POST at its head.
    """

    refuse: Refuse = staticmethod(refuse_none)

    _head_timer: TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = False
    _is_too_large = False
    _is_reserved = False
    # The request is answered; what comes of its body is for no one.
    _is_refused = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Take a connection, or close it at once."""
        super().connection_made(transport)
        if len(self.connections) > MAX_CONNECTIONS + RESERVED_CONNECTIONS:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, _TOO_MANY)
        else:
            self._is_reserved = len(self.connections) > MAX_CONNECTIONS
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_slow_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; what is not a whole head yet is kept up to the limit."""
        was_in_head = self._is_in_head
        super().data_received(data)
        if not (self._is_in_head or self._is_refused) or self.transport.is_closing():
            return
        # Where a head begins in what came, the requests before it are no part of it.
        if was_in_head and self._is_in_head:
            self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too large")
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_slow_head)

    def on_message_begin(self) -> None:
        """Begin with a request's head."""
        self._is_in_head = True
        self._unset_keepalive_if_required()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Take the head, or refuse it."""
        self._is_in_head = False
        self._head_bytes = 0
        self._end_head_timer()
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._is_too_large = True
            raise _RefusedError
        if self._is_reserved and self.parser.get_method() == b"POST" and self.url != _ALERTS:
            raise _RefusedError
        if self._can_be_refused() and (answer := self.refuse(self.url, self.headers)):
            self._is_refused = True
            self.transport.write(_as_bytes(answer, self.server_state.default_headers))
            return
        super().on_headers_complete()

    def _can_be_refused(self) -> bool:
        """Whether it is a POST, the answers before it have been sent, and its client reads them and sends its body."""
        is_free = (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused
        return is_free and self.parser.get_method() == b"POST" and not self.expect_100_continue

    def on_body(self, body: bytes) -> None:
        """Keep a part of a body, unless no one reads it."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """End with a request; after one that was refused, wait for the next as uvicorn does."""
        if not self._is_refused:
            super().on_message_complete()
            return
        self._is_refused = False
        self._end_head_timer()
        if self.parser.get_http_version() == "1.0" or not self.parser.should_keep_alive():
            self.transport.close()
        else:
            self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be parsed, or was stopped here."""
        if self._is_reserved and not self._is_too_large:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, _TOO_MANY)
        elif self._is_too_large:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too large")
        else:
            super().send_400_response(msg)

    def _on_slow_head(self) -> None:
        self._head_timer = None
        if self._is_refused:
            self.transport.close()
        elif not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the head of the request took too long")

    def _end_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: HTTPStatus, why: str) -> None:
        self._end_head_timer()
        log.warning("connection_refused", http_status=status.value, reason=why)
        body = why.encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()


def refusing(refuse: Refuse) -> type[Connection]:
    """Return connections that ask ``refuse`` first."""
    return type("RefusingConnection", (Connection,), {"refuse": staticmethod(refuse)})


def _as_bytes(answer: Response, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    lines = [b"%b: %b\r\n" % header for header in (*headers, *answer.raw_headers)]
    return b"".join((STATUS_LINE[answer.status_code], *lines, b"\r\n", answer.body))
