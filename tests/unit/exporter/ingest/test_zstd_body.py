"""Bodies in Zstandard: whole, in pieces, of several frames, broken, and bombs."""

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator

import pytest

from watchkeeper.exporter.ingest import zstd_body
from watchkeeper.exporter.ingest.body import BodyReader, BodyRefused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BODY = b'{"resourceSpans": []}' * 500
FRAME = zstd.compress(BODY)


class Sent:
    """A request that brings its body in pieces."""

    def __init__(self, body: bytes, piece: int) -> None:
        self.headers = {"content-encoding": "zstd"}
        self._pieces = [body[i : i + piece] for i in range(0, len(body), piece)]

    async def stream(self) -> AsyncIterator[bytes]:
        """The pieces."""
        for piece in self._pieces:
            yield piece


def read(body: bytes, piece: int = 10_000, max_bytes: int = 1_000_000) -> bytes:
    """What a reader makes of the body."""

    async def reading() -> bytes:
        async with BodyReader(max_bytes=max_bytes, max_in_flight=max_bytes).read(Sent(body, piece)) as whole:
            return whole

    return asyncio.run(reading())


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize("frames", [1, 3])
def test_a_body_is_read_to_its_end(piece: int, frames: int) -> None:
    """All frames count, however they are cut."""
    assert read(FRAME * frames, piece) == BODY * frames


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        pytest.param(FRAME[:-5], 400, "broken_compression", id="it ends too early"),
        pytest.param(b"no frame at all", 400, "broken_compression", id="it is something else"),
        pytest.param(FRAME + b"more", 400, "broken_compression", id="something follows"),
        pytest.param(zstd.compress(b"\0" * 2_000_000), 413, "too_large", id="a bomb"),
    ],
)
def test_what_is_refused(body: bytes, status: int, reason: str) -> None:
    """As for the other encodings."""
    with pytest.raises(BodyRefused) as refusal:
        read(body)

    assert (refusal.value.status, refusal.value.reason) == (status, reason)


def test_a_window_that_is_too_large_is_refused() -> None:
    """Memory is bounded by what a frame may look back at."""
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.content_size_flag: 0}
    compressor = zstd.ZstdCompressor(options=options)
    body = compressor.compress(BODY) + compressor.flush()

    with pytest.raises(BodyRefused) as refusal:
        read(body)

    assert refusal.value.reason == "broken_compression"


def test_a_newer_python_reads_bodies_with_its_own_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 3.14 on nothing else is installed for it."""
    monkeypatch.setattr(sys, "version_info", (3, 14))
    monkeypatch.setitem(sys.modules, "compression", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", zstd)
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    spec = importlib.util.spec_from_file_location("zstd_body_of_a_newer_python", zstd_body.__file__)
    assert spec
    assert spec.loader
    newer = importlib.util.module_from_spec(spec)

    spec.loader.exec_module(newer)
    inflater = newer.ZstdInflater(lambda _: None, 10_000, 10_000)
    list(inflater.inflate(FRAME))

    assert b"".join(inflater.chunks) == BODY
