"""Reading a request's body within limits: size before and after decompression, time, and bytes in flight in all.

A body is read to its end or refused, never half: all members of a gzip file, and nothing behind them.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Protocol

from watchkeeper.exporter.ingest.zstd_body import ZstdError, ZstdInflater

_CHUNK = 64 * 1024
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS  # zlib.decompressobj detects which of the two it is
_GZIP = 16 + zlib.MAX_WBITS
# Inflating a MiB takes 2 ms.
_INFLATED_AT_ONCE = 1024 * 1024
# Spans that differ in their ids alone, each with the same 20 KB, have 75; zeros have 1000.
_MAX_RATIO = 200
# Clients give up after ten seconds (OTLP's default); whoever sends a byte now and then shall not stay.
_PATIENCE_SECONDS = 30.0


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

    def __init__(self, *, max_bytes: int, max_in_flight: int, patience_seconds: float = _PATIENCE_SECONDS) -> None:
        self._max_bytes = max_bytes
        self._patience_seconds = patience_seconds
        self._max_in_flight = max_in_flight
        self._in_flight = 0

    @asynccontextmanager
    async def read(self, request: Request, own_limit: int | None = None) -> AsyncIterator[bytes]:
        """Yield the decompressed body; its bytes count as in flight until the block ends.

        ``own_limit`` is the sender's own limit, where it is below the one for all.

        Raises: BodyRefused with 413 (too large), 415 (unknown encoding), 400 (broken compression), 408 (too slow), 429
        (overload).
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
            body = await self._collect_in_time(request, take, max_bytes)
            yield body
        finally:
            self._in_flight -= taken

    async def _collect_in_time(self, request: Request, take: "Take", max_bytes: int) -> bytes:
        try:
            async with asyncio.timeout(self._patience_seconds):
                return await _collect(request, take, max_bytes)
        except TimeoutError as error:
            detail = f"body: must be here within {self._patience_seconds:g} seconds"
            raise BodyRefused(408, "too_slow", detail) from error


async def _collect(request: Request, take: "Take", max_bytes: int) -> bytes:
    encoding = request.headers.get("content-encoding", "identity").strip().lower() or "identity"
    if encoding == "identity":
        return await _read_plain(request, take)
    if encoding in ("gzip", "x-gzip", "deflate"):
        return await _read_compressed(request, _Inflater(take), max_bytes)
    if encoding == "zstd":
        return await _read_compressed(request, ZstdInflater(take, _CHUNK, _INFLATED_AT_ONCE), max_bytes)
    raise BodyRefused(415, "unsupported_encoding", "content-encoding: must be gzip, deflate, zstd or identity")


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


async def _read_compressed(request: Request, inflater: "_Inflater | ZstdInflater", max_bytes: int) -> bytes:
    """Inflate in small steps, so that a bomb is refused at the limit and never held in memory."""
    received = 0
    try:
        async for compressed in request.stream():
            received += len(compressed)
            if received > max_bytes:  # members that hold nothing would never reach the limit otherwise
                raise _too_large(max_bytes)
            for inflated in inflater.inflate(compressed):
                if inflated > max(_INFLATED_AT_ONCE, received * _MAX_RATIO):
                    detail = f"body: must be at most {_MAX_RATIO} times as large as what was sent, in smaller batches"
                    raise BodyRefused(413, "compression_ratio", detail)
                await asyncio.sleep(0)
    except (zlib.error, ZstdError) as error:
        raise BodyRefused(400, "broken_compression", f"body: must be what content-encoding says, {error}") from error
    if not inflater.is_complete:
        raise BodyRefused(400, "broken_compression", "body: compressed data must be complete, it ends too early")
    return b"".join(inflater.chunks)


class _Inflater:
    """Inflates one zlib stream, or all members of a gzip file (RFC 1952, section 2.2)."""

    def __init__(self, take: Take) -> None:
        self.chunks: list[bytes] = []
        self._take = take
        self._size = 0
        self._stream = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._is_gzip: bool | None = None

    @property
    def is_complete(self) -> bool:
        """Whether what came so far may be all."""
        return self._stream.eof

    def inflate(self, compressed: bytes) -> Iterator[int]:
        """Take a piece of what was sent; yield the size of the whole after every MiB.

        Raises: zlib.error when it is not what it should be.
        """
        paused_at = self._size
        if self._is_gzip is None and compressed:
            self._is_gzip = compressed[0] == 0x1F  # noqa: PLR2004  # a zlib stream cannot begin so
        waiting = compressed
        while waiting:
            if self._stream.eof:
                if not self._is_gzip:
                    raise zlib.error("something follows the compressed data")
                self._stream = zlib.decompressobj(_GZIP)
            chunk = self._stream.decompress(waiting, _CHUNK)
            self._take(len(chunk))
            self._size += len(chunk)
            self.chunks.append(chunk)
            waiting = self._stream.unconsumed_tail or self._stream.unused_data
            if self._size - paused_at >= _INFLATED_AT_ONCE:
                paused_at = self._size
                yield self._size
        yield self._size
