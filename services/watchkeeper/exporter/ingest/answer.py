"""What all ingest routes share: admit, read the body, handle it, and answer every refusal in the route's own way."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager

import msgspec
from fastapi import Request, Response

from watchkeeper.errors import DecodeError, TooManyError
from watchkeeper.exporter.ingest.access import Access, AccessRefused
from watchkeeper.exporter.ingest.body import BodyReader, BodyRefused
from watchkeeper.exporter.ingest.receiver import Receipt
from watchkeeper.exporter.ingest.turns import Overloaded, Turns
from watchkeeper.model import Rejection

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

# Whoever was refused at the same moment shall not come again at the same moment. A collector's first wait is five
# seconds, with half of it at random. Source: configretry of the OpenTelemetry Collector.
_RETRY_AFTER_SECONDS = range(1, 11)
BUSY = "more is sent than can be taken, try again after Retry-After seconds"
_TOO_MANY_REQUESTS = 429
_FIRST_ERROR = 400
_TOO_LARGE = 413
_SHOWN_REJECTIONS = 100
# A reply quotes what a sender wrote, and is not longer for that.
_MAX_DETAIL = 300
# Of larger bodies one is worked on at a time: what is made of them is several times as large.
_LARGE_BYTES = 1024 * 1024
# A large request takes up to two seconds; clients wait for ten.
_LARGE_WAIT_SECONDS = 6.0

CountRequest = Callable[[str, str], None]
# Takes the body, and the tenant of the token that came with it, "" where no one needs one.
Handle = Callable[[bytes, str], Response | Awaitable[Response]]
Failed = Callable[[int, str], Response]


class Answerer:
    """Answers requests that bring telemetry; ``count_request`` hears (route, outcome) of each.

    Without ``turns`` a request is worked on whatever else waits: for what is small and must be answered.
    """

    def __init__(
        self, bodies: BodyReader, access: Access, count_request: CountRequest, turns: Turns | None = None
    ) -> None:
        self._bodies = bodies
        self._access = access
        self._count = count_request
        self._turns = turns
        self._large = asyncio.Lock()

    async def answer(self, request: Request, handle: Handle, failed: Failed) -> Response:
        """Return what ``handle`` makes of the body, or what ``failed`` makes of the refusal."""
        route = request.scope["route"].path
        try:
            with self._access.enter(request.headers.get("authorization", "")) as grant:
                if self._turns is not None:
                    self._turns.check(grant.tenant)
                async with self._bodies.read(request, grant.body_bytes) as body:
                    response = await self._handle(handle, body, grant.tenant)
        except AccessRefused as refusal:
            self._count(route, refusal.reason)
            response = failed(refusal.status, str(refusal))
            response.headers.update(refusal.headers)
            return response
        except BodyRefused as refusal:
            self._count(route, refusal.reason)
            response = failed(refusal.status, str(refusal))
            response.headers["Connection"] = "close"  # what was not read of the body is no next request
            return response
        except Overloaded:
            self._count(route, "overloaded")
            return failed(_TOO_MANY_REQUESTS, BUSY)
        except TooManyError as error:
            self._count(route, "too_many")
            return failed(_TOO_LARGE, str(error)[:_MAX_DETAIL])
        except DecodeError as error:
            self._count(route, "undecodable")
            return failed(_FIRST_ERROR, str(error)[:_MAX_DETAIL])
        self._count(route, "accepted" if response.status_code < _FIRST_ERROR else "rejected")
        return response

    async def _handle(self, handle: Handle, body: bytes, tenant: str) -> Response:
        if len(body) > _LARGE_BYTES:
            async with _in_time(self._large):
                return await _made(handle, body, tenant)
        if self._turns is None:
            return await _made(handle, body, tenant)
        async with self._turns.take(tenant):
            return await _made(handle, body, tenant)


async def _made(handle: Handle, body: bytes, tenant: str) -> Response:
    made = handle(body, tenant)
    return made if isinstance(made, Response) else await made


@asynccontextmanager
async def _in_time(lock: asyncio.Lock) -> AsyncIterator[None]:
    """Hold the lock for as long as the block lasts. Raises: Overloaded when it is not free in time."""
    try:
        async with asyncio.timeout(_LARGE_WAIT_SECONDS):
            await lock.acquire()
    except TimeoutError as error:
        raise Overloaded from error
    try:
        yield
    finally:
        lock.release()


def content_type(request: Request) -> str:
    """The media type without its parameters."""
    return str(request.headers.get("content-type", "")).split(";", 1)[0].strip().lower()


def refuse_type(allowed: str, got: str) -> BodyRefused:
    """The refusal of a body of another type."""
    return BodyRefused(415, "unsupported_type", f"content-type: must be {allowed}, got {got[:80]!r}")


def reply(status: int, body: bytes, media_type: str) -> Response:
    """A response; one that asks for less says when to come again."""
    busy = status == _TOO_MANY_REQUESTS
    headers = {"Retry-After": str(random.choice(_RETRY_AFTER_SECONDS))} if busy else None  # noqa: S311  # no secret
    return Response(body, status_code=status, media_type=media_type, headers=headers)


def json_reply(status: int, content: object) -> Response:
    """A JSON response."""
    return reply(status, msgspec.json.encode(content), JSON)


def json_failure(status: int, detail: str) -> Response:
    """A refusal in JSON."""
    return json_reply(status, {"error": detail})


def receipt_reply(receipt: Receipt) -> Response:
    """What was taken and what was not; a batch without a single good record is the sender's error."""
    first = receipt.rejections[:_SHOWN_REJECTIONS]
    shown = [{"index": r.index, "reason": r.reason, "detail": said} for r, said in said_of(first)]
    content = {"accepted": receipt.accepted, "rejected": len(receipt.rejections), "rejections": shown}
    return json_reply(400 if receipt.rejections and not receipt.accepted else 200, content)


def said_of(rejections: Sequence[Rejection]) -> Iterator[tuple[Rejection, str]]:
    """Each rejection with what a reply says of it: the first ones in detail, of the others the reason."""
    for place, rejection in enumerate(rejections):
        yield rejection, rejection.detail[:_MAX_DETAIL] if place < _SHOWN_REJECTIONS else rejection.reason
