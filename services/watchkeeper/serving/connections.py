"""A connection of the server, within limits: how many there are, how long a request's head is, and how long it takes.

uvicorn's protocol waits for the end of a head for ever, and keeps whatever comes of it.
"""

from asyncio import TimerHandle, Transport
from http import HTTPStatus

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

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


class _RefusedError(Exception):
    """Stops the parser."""


class Connection(HttpToolsProtocol):
    """Closes connections beyond the bound, and those whose head is too long or takes too long."""

    _head_timer: TimerHandle | None = None
    _head_bytes = 0
    _is_in_head = False
    _is_too_large = False
    _is_reserved = False

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
        if not self._is_in_head or self.transport.is_closing():
            return
        if was_in_head:  # where a head begins in what came, the requests before it are no part of it
            self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head of the request is too large")
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._on_slow_head)

    def on_message_begin(self) -> None:
        """Begin with a request's head."""
        self._is_in_head = True
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
        super().on_headers_complete()

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
        if not self.transport.is_closing():
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
