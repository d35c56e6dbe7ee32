"""The server's connections: how many there may be, and how long a head may take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from watchkeeper.serving import connections
from watchkeeper.serving.connections import Connection, refuse_none, refusing
from watchkeeper.serving.listener import listen

REQUEST = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
Open = Callable[..., Awaitable["Streams"]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer at once what is read, and what is sent when its body is there."""
    is_whole = scope["method"] == "GET"
    while not is_whole:
        message = await receive()
        is_whole = not message.get("more_body")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def refuse(target: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Response | None:
    """Refuse one path."""
    return Response(b"busy", 429, {"retry-after": "3"}) if target == b"/busy" and headers else None


@asynccontextmanager
async def server(connection: type[Connection]) -> AsyncIterator[int]:
    """A server; gives its port."""
    listener = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, http=connection, ws="none", lifespan="off", log_config=None, access_log=False)
    serving_app = uvicorn.Server(config)
    serving = asyncio.create_task(serving_app._serve([listener]))
    yield listener.getsockname()[1]
    serving_app.should_exit = True
    await serving


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server on this port."""
    async with server(refusing(refuse)) as port:
        yield port


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


def post(path: bytes, body: bytes = b"x" * 100, more: bytes = b"") -> bytes:
    """A request with a body."""
    head = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n%b\r\n" % (path, len(body), more)
    return head + body


async def answer_of(streams: Streams) -> tuple[bytes, bytes]:
    """The head and the body of the next answer."""
    head = await asyncio.wait_for(streams[0].readuntil(b"\r\n\r\n"), 10)
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r", 1)[0])
    return head, await streams[0].readexactly(length)


async def test_a_request_is_refused_at_its_head(open_to: Open) -> None:
    """Before its body has come; what comes of it is dropped, and the next request over the connection is answered."""
    whole = post(b"/busy", b"x" * 100_000)
    streams = await open_to(whole[:200])

    head, body = await answer_of(streams)
    streams[1].write(whole[200:])
    streams[1].write(REQUEST)
    after, _ = await answer_of(streams)
    streams[1].write(post(b"/busy"))
    again, _ = await answer_of(streams)

    assert head.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"retry-after: 3\r\n" in head
    assert b"\r\ndate: " in head
    assert body == b"busy"
    assert after.startswith(b"HTTP/1.1 200 ")
    assert again.startswith(b"HTTP/1.1 429 ")


async def test_requests_that_come_at_once_are_answered_in_their_order(open_to: Open) -> None:
    """One that is answered inside is not overtaken by one that is refused at its head."""
    sent = [post(b"/busy"), post(b"/free"), post(b"/busy"), REQUEST]
    streams = await open_to(b"".join(sent))

    statuses = [(await answer_of(streams))[0][9:12] for _ in sent]

    # What stands behind another request is not looked at before that is answered: it comes in.
    assert statuses == [b"429", b"200", b"200", b"200"]


async def test_a_body_that_does_not_come_ends_its_connection(open_to: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was refused may not stay for that; there is no second answer."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.05)
    streams = await open_to(post(b"/busy")[:-1])

    head, _ = await answer_of(streams)

    assert head[9:12] == b"429"
    assert await asyncio.wait_for(streams[0].read(), 10) == b""


@pytest.mark.parametrize(
    "sent",
    [post(b"/busy", more=b"connection: close\r\n"), post(b"/busy").replace(b"HTTP/1.1", b"HTTP/1.0")],
    ids=["told to close", "HTTP 1.0"],
)
async def test_a_connection_for_one_request_ends_with_it(sent: bytes, open_to: Open) -> None:
    """As its client expects."""
    streams = await open_to(sent)

    head, _ = await answer_of(streams)

    assert head[9:12] == b"429"
    assert await asyncio.wait_for(streams[0].read(), 10) == b""


@pytest.mark.parametrize(
    "sent",
    [post(b"/free"), b"GET /busy HTTP/1.1\r\nhost: x\r\n\r\n", post(b"/busy", more=b"expect: 100-continue\r\n")],
    ids=["another path", "a page", "one that asks first"],
)
async def test_all_others_come_in(sent: bytes, open_to: Open) -> None:
    """And are answered by the application, after the word to go on where one was asked for."""
    streams = await open_to(sent)

    assert b"HTTP/1.1 200 " in await asyncio.wait_for(streams[0].readuntil(b"ok"), 10)


async def test_without_anyone_who_refuses_all_come_in() -> None:
    """As in the analyzer."""
    async with server(refusing(refuse_none)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(b"/busy"))

        assert await status_of((reader, writer)) == b"200"
        writer.close()
        await writer.wait_closed()
