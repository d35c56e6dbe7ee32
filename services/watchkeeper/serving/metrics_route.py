"""GET /metrics: our own store, then the HTTP and process metrics of prometheus_client, in one exposition."""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from watchkeeper.metrics.exposition import OPENMETRICS, TEXT, render
from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving.routes import PlainRoute

Watched = Callable[[AsyncIterator[bytes], Mapping[str, str]], AsyncIterator[bytes]]

_GZIP = 16 + zlib.MAX_WBITS
# Under load each pause takes as long as a request: a pause after each of a hundred families made two seconds of them.
_AT_ONCE_SECONDS = 0.005
_FAST = 1  # 10 MB of exposition: 35 ms at level 1, 381 ms at level 9


def process_registry() -> CollectorRegistry:
    """Return a registry with the metrics of this process and of the Python that runs it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


def unwatched(answer: AsyncIterator[bytes], _headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Pass an answer on; it does not matter when it ends."""
    return answer


def metrics_route(
    store: MetricStore, registry: CollectorRegistry, refresh: Callable[[], None], watched: Watched = unwatched
) -> PlainRoute:
    """Return the route; ``refresh`` brings the gauges up to date before they are read, ``watched`` sees answers end."""

    async def metrics(request: Request) -> Response:
        """The metrics as text 0.0.4, or as OpenMetrics when asked for."""
        refresh()
        openmetrics = "application/openmetrics-text" in request.headers.get("accept", "")
        pieces = _exposition(store, registry, openmetrics=openmetrics)
        media_type = OPENMETRICS if openmetrics else TEXT
        if "gzip" in request.headers.get("accept-encoding", ""):
            packed = watched(_gzipped(pieces), request.headers)
            return StreamingResponse(packed, media_type=media_type, headers={"Content-Encoding": "gzip"})
        return StreamingResponse(watched(pieces, request.headers), media_type=media_type)

    return PlainRoute("/metrics", metrics, methods=["GET"])


async def _exposition(store: MetricStore, registry: CollectorRegistry, *, openmetrics: bool) -> AsyncIterator[bytes]:
    pieces: list[str] = []
    since = time.perf_counter()
    for piece in render(store, openmetrics=openmetrics):
        pieces.append(piece)
        if time.perf_counter() - since > _AT_ONCE_SECONDS:
            yield "".join(pieces).encode()
            pieces.clear()
            await asyncio.sleep(0)  # let ingest have its turn
            since = time.perf_counter()
    yield "".join(pieces).encode()
    own: bytes = generate_openmetrics(registry) if openmetrics else generate_latest(registry)  # type: ignore[no-untyped-call]
    yield own


async def _gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    packer = zlib.compressobj(_FAST, zlib.DEFLATED, _GZIP)
    async for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
