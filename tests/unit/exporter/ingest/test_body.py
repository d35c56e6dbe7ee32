import asyncio
import gzip
import io
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable

import pytest

from watchkeeper.exporter.ingest.body import BodyReader, BodyRefused

MIB = 1024 * 1024


class FakeRequest:
    """A request whose body comes in the given chunks; counts how many were asked for."""

    def __init__(self, chunks: Iterable[bytes], **headers: str) -> None:
        self._chunks = chunks
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.taken = 0

    async def stream(self) -> AsyncIterator[bytes]:
        """The body as it comes in."""
        for chunk in self._chunks:
            self.taken += 1
            yield chunk


def reader(max_bytes: int = 1000, max_in_flight: int = 10_000) -> BodyReader:
    """A reader with small limits."""
    return BodyReader(max_bytes=max_bytes, max_in_flight=max_in_flight)


async def refusal(bodies: BodyReader, request: FakeRequest) -> BodyRefused:
    """Why a request is refused."""
    with pytest.raises(BodyRefused) as refused:
        async with bodies.read(request):
            pass
    return refused.value


def in_chunks(body: bytes, size: int) -> list[bytes]:
    """A body as it comes over the network."""
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize(
    ("sent", "encoding"),
    [
        pytest.param(b"hello", None, id="nothing announced"),
        pytest.param(b"hello", "", id="an empty encoding"),
        pytest.param(b"hello", "identity", id="identity"),
        pytest.param(gzip.compress(b"hello"), "gzip", id="gzip"),
        pytest.param(gzip.compress(b"hello"), "GZIP ", id="gzip in capitals"),
        pytest.param(gzip.compress(b"hello"), "x-gzip", id="gzip's old name"),
        pytest.param(zlib.compress(b"hello"), "deflate", id="deflate"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
async def test_a_body_is_read_however_it_comes(sent: bytes, encoding: str | None, size: int) -> None:
    """Every encoding, in chunks of any size."""
    headers = {} if encoding is None else {"content_encoding": encoding}

    async with reader().read(FakeRequest(in_chunks(sent, size), **headers)) as body:
        assert body == b"hello"


async def test_an_empty_body_is_no_error_here() -> None:
    """Whether nothing makes sense is for the decoder to say."""
    async with reader().read(FakeRequest([])) as body:
        assert body == b""


@pytest.mark.parametrize(
    ("request_", "status", "reason"),
    [
        pytest.param(FakeRequest([b"x" * 600, b"x" * 600]), 413, "too_large", id="more than the limit"),
        pytest.param(FakeRequest([b"x"], content_length="1001"), 413, "too_large", id="announced as too large"),
        pytest.param(
            FakeRequest([gzip.compress(b"x" * 1001)], content_encoding="gzip"),
            413,
            "too_large",
            id="inflated too large",
        ),
        pytest.param(FakeRequest([b"x"], content_encoding="br"), 415, "unsupported_encoding", id="another encoding"),
        pytest.param(FakeRequest([b"x"], content_encoding="gzip, gzip"), 415, "unsupported_encoding", id="two at once"),
        pytest.param(FakeRequest([b"hello"], content_encoding="gzip"), 400, "broken_compression", id="no gzip at all"),
        pytest.param(
            FakeRequest([gzip.compress(b"hello")[:-9]], content_encoding="gzip"),
            400,
            "broken_compression",
            id="cut off",
        ),
        pytest.param(FakeRequest([], content_encoding="gzip"), 400, "broken_compression", id="gzip of nothing"),
        pytest.param(
            FakeRequest([gzip.compress(b"hello")[:-4] + b"oops"], content_encoding="gzip"),
            400,
            "broken_compression",
            id="a wrong checksum",
        ),
    ],
)
async def test_bodies_that_are_refused(request_: FakeRequest, status: int, reason: str) -> None:
    """Every refusal has its HTTP status and its reason."""
    refused = await refusal(reader(), request_)

    assert (refused.status, refused.reason) == (status, reason)
    assert str(refused)


@pytest.mark.parametrize("size", [999, 1000])
async def test_the_limit_itself_is_allowed(size: int) -> None:
    """A body of exactly the limit is read."""
    async with reader().read(FakeRequest([b"x" * size])) as body:
        assert len(body) == size


async def test_a_body_announced_too_large_is_not_read() -> None:
    """The sender is refused before it sends."""
    request = FakeRequest([b"x"] * 5, content_length="5000")

    await refusal(reader(), request)

    assert request.taken == 0


async def test_reading_stops_at_the_limit() -> None:
    """A sender that announces nothing is cut off where the limit is."""
    request = FakeRequest([b"x" * 600] * 1000)

    await refusal(reader(), request)

    assert request.taken == 2


def bomb(mebibytes: int) -> bytes:
    """Gzip of that many MiB of zeros: a thousandth of it in bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(mebibytes):
            file.write(bytes(MIB))
    return packed.getvalue()


async def test_a_bomb_is_refused_without_inflating_it() -> None:
    """A gigabyte of zeros in one chunk costs no more memory than the limit allows."""
    request = FakeRequest([bomb(1024)], content_encoding="gzip")
    bodies = reader(max_bytes=MIB, max_in_flight=64 * MIB)
    tracemalloc.start()

    refused = await refusal(bodies, request)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert refused.status == 413
    assert peak < 16 * MIB


async def test_overload_is_reported_and_passes() -> None:
    """While others hold the memory a body is refused for a moment; afterwards it is taken."""
    bodies = reader(max_bytes=1000, max_in_flight=1500)
    async with bodies.read(FakeRequest([b"x" * 1000])):
        refused = await refusal(bodies, FakeRequest([b"x" * 1000]))

    assert (refused.status, refused.reason) == (429, "overloaded")
    async with bodies.read(FakeRequest([b"x" * 1000])) as body:
        assert len(body) == 1000


@pytest.mark.parametrize(
    "request_",
    [
        FakeRequest([b"x" * 600, b"x" * 600]),
        FakeRequest([gzip.compress(b"x" * 900)[:-9]], content_encoding="gzip"),
        FakeRequest([b"x" * 900], content_encoding="br"),
    ],
    ids=["too large", "broken", "another encoding"],
)
async def test_a_refused_body_holds_no_memory(request_: FakeRequest) -> None:
    """Whatever was taken of a refused body is given back."""
    bodies = reader(max_bytes=1000, max_in_flight=1000)

    await refusal(bodies, request_)

    async with bodies.read(FakeRequest([b"x" * 1000])) as body:
        assert len(body) == 1000


async def test_a_failure_of_the_handler_holds_no_memory() -> None:
    """An error inside the block gives the memory back as well."""
    bodies = reader(max_bytes=1000, max_in_flight=1000)
    with pytest.raises(ValueError, match="broken"):
        async with bodies.read(FakeRequest([b"x" * 1000])):
            raise ValueError("broken")

    async with bodies.read(FakeRequest([b"x" * 1000])) as body:
        assert len(body) == 1000


@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_all_members_of_a_gzip_file_are_read(size: int) -> None:
    """What was compressed in parts is one body, as RFC 1952 says; empty members are none of it."""
    sent = gzip.compress(b"one,") + gzip.compress(b"") + gzip.compress(b"two")

    async with reader().read(FakeRequest(in_chunks(sent, size), content_encoding="gzip")) as body:
        assert body == b"one,two"


@pytest.mark.parametrize(
    ("sent", "encoding"),
    [
        pytest.param(gzip.compress(b"hello") + b"more", "gzip", id="text behind gzip"),
        pytest.param(gzip.compress(b"hello") + b"\0", "gzip", id="a zero behind gzip"),
        pytest.param(gzip.compress(b"hello") + zlib.compress(b"more"), "gzip", id="zlib behind gzip"),
        pytest.param(zlib.compress(b"hello") + b"more", "deflate", id="text behind zlib"),
        pytest.param(zlib.compress(b"hello") + zlib.compress(b"more"), "deflate", id="zlib twice"),
        pytest.param(gzip.compress(b"hello") + gzip.compress(b"more")[:-9], "gzip", id="a second member cut off"),
        pytest.param(gzip.compress(b"hello")[:-4] + b"\x06\0\0\0", "gzip", id="a wrong length"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_what_follows_is_never_left_unread(sent: bytes, encoding: str, size: int) -> None:
    """Bytes behind the end, or a second part that is broken, refuse the body: half of it would be a lie."""
    refused = await refusal(reader(), FakeRequest(in_chunks(sent, size), content_encoding=encoding))

    assert (refused.status, refused.reason) == (400, "broken_compression")


async def test_members_that_hold_nothing_have_an_end() -> None:
    """A sender of nothing, compressed again and again, is cut off at the limit of a body."""
    request = FakeRequest([gzip.compress(b"")] * 1000, content_encoding="gzip")

    refused = await refusal(reader(max_bytes=1000), request)

    assert (refused.status, refused.reason) == (413, "too_large")
    assert request.taken == 1000 // len(gzip.compress(b"")) + 1


async def test_a_body_that_was_compressed_too_well_is_refused() -> None:
    """Sixteen MiB from sixteen KB are no telemetry; reading stops after two."""
    bodies = reader(max_bytes=16 * MIB, max_in_flight=64 * MIB)
    request = FakeRequest([bomb(16)], content_encoding="gzip")

    refused = await refusal(bodies, request)

    assert (refused.status, refused.reason) == (413, "compression_ratio")


async def test_a_small_body_may_be_compressed_as_well_as_it_can() -> None:
    """What one MiB costs is bounded already."""
    bodies = reader(max_bytes=16 * MIB, max_in_flight=64 * MIB)

    async with bodies.read(FakeRequest([bomb(1)], content_encoding="gzip")) as body:
        assert body == bytes(MIB)


async def test_a_body_that_never_ends_is_refused_in_time() -> None:
    """Eight bytes, then silence."""

    class Stalled(FakeRequest):
        async def stream(self) -> AsyncIterator[bytes]:
            yield b"8 bytes "
            await asyncio.Event().wait()

    refused = await refusal(BodyReader(max_bytes=1000, max_in_flight=1000, patience_seconds=0.01), Stalled([]))

    assert (refused.status, refused.reason) == (408, "too_slow")
