"""The server's connections: how many there may be, and how long a head may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from watchkeeper.serving import connections
from watchkeeper.serving.connections import Connection
from watchkeeper.serving.listener import listen

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
Open = Callable[..., Awaitable["Streams"]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer at once."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server on this port."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


@pytest.fixture
async def open_to(port: int) -> AsyncIterator[Open]:
    """What opens a connection over which these bytes go."""
    opened: list[Streams] = []

    async def open_one(sent: bytes = b"") -> Streams:
        opened.append(await asyncio.open_connection("127.0.0.1", port))
        opened[-1][1].write(sent)
        return opened[-1]

    yield open_one
    for _, writer in opened:
        writer.close()
        await writer.wait_closed()


async def status_of(streams: Streams) -> bytes:
    """The status of the answer, nothing where the connection ends without one."""
    return (await asyncio.wait_for(streams[0].read(1000), 10))[9:12]


@pytest.mark.parametrize("sent", [b"", b"GET / HT", REQUEST[:-2]], ids=["nothing", "a line", "no end"])
async def test_a_head_that_does_not_come_ends_its_connection(
    sent: bytes, open_to: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever says nothing, or half of something, is let go."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    streams = await open_to(sent)

    assert await status_of(streams) == b"408"
    assert await streams[0].read() == b""


async def test_a_second_head_that_does_not_come_ends_its_connection(
    open_to: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after a request that was answered."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    streams = await open_to(REQUEST)
    assert await status_of(streams) == b"200"

    streams[1].write(b"GET / HT")

    assert await status_of(streams) == b"408"


async def test_connections_have_a_bound(open_to: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third of two is refused; when one ends another may come."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    monkeypatch.setattr(connections, "RESERVED_CONNECTIONS", 0)
    first, second = await open_to(REQUEST), await open_to(REQUEST)
    assert [await status_of(first), await status_of(second)] == [b"200", b"200"]

    refused = await open_to(REQUEST)

    assert await status_of(refused) == b"503"
    second[1].close()
    await second[1].wait_closed()
    assert await status_of(await open_to(REQUEST)) == b"200"


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /metrics HTTP/1.1", b"200"),
        (b"POST /v1/alerts HTTP/1.1", b"200"),
        (b"POST /v1/traces HTTP/1.1", b"503"),
    ],
    ids=["a scrape", "an alert", "telemetry"],
)
async def test_beyond_the_bound_what_must_be_answered_is(
    request_line: bytes, status: bytes, open_to: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Senders that hold all connections keep neither Prometheus nor Alertmanager out."""
    monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
    for _ in range(2):
        assert await status_of(await open_to(REQUEST)) == b"200"

    streams = await open_to(request_line + b"\r\nhost: x\r\ncontent-length: 0\r\n\r\n")

    assert await status_of(streams) == status
