"""Reading a request's body within limits: size before and after decompression, and bytes in flight in all."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

_CHUNK = 64 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # zlib.decompressobj detects which of the two it is


class BodyRefused(Exception):  # noqa: N818  # a decision about the sender, not a failure of ours
    """The body is not read further; ``status`` is the HTTP answer, ``reason`` the label, the text what to do."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(detail)


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, "too_large", f"body: must be at most {limit} bytes, decompressed")


class Request(Protocol):
    """The part of starlette's Request that is needed here."""

    @property
    def headers(self) -> "Headers":
        """The headers."""
        ...

    def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes in."""
        ...


class Headers(Protocol):
    """Case-insensitive request headers."""

    def get(self, key: str, default: str) -> str:
        """A header's value, or the default."""
        ...


class BodyReader:
    """Reads bodies of at most ``max_bytes``, while all bodies in flight together stay under ``max_in_flight``."""

    def __init__(self, *, max_bytes: int, max_in_flight: int) -> None:
        self._max_bytes = max_bytes
        self._max_in_flight = max_in_flight
        self._in_flight = 0

    @asynccontextmanager
    async def read(self, request: Request, own_limit: int | None = None) -> AsyncIterator[bytes]:
        """Yield the decompressed body; its bytes count as in flight until the block ends.

        ``own_limit`` is the sender's own limit, where it is below the one for all.

        Raises: BodyRefused with 413 (too large), 415 (unknown encoding), 400 (broken compression), 429 (overload).
        """
        taken = 0
        max_bytes = self._max_bytes if own_limit is None else min(own_limit, self._max_bytes)

        def take(size: int) -> None:
            nonlocal taken
            if taken + size > max_bytes:
                raise _too_large(max_bytes)
            if self._in_flight + size > self._max_in_flight:
                raise BodyRefused(429, "overloaded", "too many bytes in flight, try again after Retry-After seconds")
            taken += size
            self._in_flight += size

        try:
            _check_announced(request, max_bytes)
            yield await self._collect(request, take)
        finally:
            self._in_flight -= taken

    async def _collect(self, request: Request, take: "Take") -> bytes:
        encoding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
        if encoding == "identity":
            return await _read_plain(request, take)
        if encoding in ("gzip", "x-gzip", "deflate"):
            return await _read_compressed(request, take)
        raise BodyRefused(415, "unsupported_encoding", "content-encoding: must be gzip, deflate or identity")


def _check_announced(request: Request, max_bytes: int) -> None:
    """Refuse a body that says itself that it is too large, before it is sent."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > max_bytes:
        raise _too_large(max_bytes)


class Take(Protocol):
    """Reserves bytes, or refuses the body."""

    def __call__(self, size: int, /) -> None:
        """Reserve ``size`` bytes."""
        ...


async def _read_plain(request: Request, take: Take) -> bytes:
    chunks: list[bytes] = []
    async for chunk in request.stream():
        take(len(chunk))
        chunks.append(chunk)
    return b"".join(chunks)


async def _read_compressed(request: Request, take: Take) -> bytes:
    """Inflate in small steps, so that a bomb is refused at the limit and never held in memory."""
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    chunks: list[bytes] = []
    try:
        async for compressed in request.stream():
            waiting = compressed
            while waiting and not inflater.eof:
                chunk = inflater.decompress(waiting, _CHUNK)
                waiting = inflater.unconsumed_tail
                take(len(chunk))
                chunks.append(chunk)
    except zlib.error as error:
        raise BodyRefused(400, "broken_compression", f"body: must be what content-encoding says, {error}") from error
    if not inflater.eof:
        raise BodyRefused(400, "broken_compression", "body: compressed data must be complete, it ends too early")
    return b"".join(chunks)
