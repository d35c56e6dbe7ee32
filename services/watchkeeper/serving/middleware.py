"""Around every request: a correlation id, the RED metrics by route template, one log line, and no bare 500."""

import re
import time
from collections.abc import Callable, Iterable

import structlog
import uuid_utils
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

_HEADER = b"x-correlation-id"
_ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}\Z")
# Asked every few seconds by machines: worth a number, not a line.
_QUIET_ROUTES = frozenset({"/metrics", "/health", "/ready", "/startup"})
# Whoever refuses because there is too much of something writes no line for each: it counts them.
_TOO_MANY = 429
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class HttpMetrics:
    """Rate, errors and duration of a process as a service; routes are templates, never raw paths."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("method", "route")
        self.requests = Counter(
            "http_requests_total", "HTTP requests by status.", (*labels, "status"), registry=registry
        )
        self.duration = Histogram(
            "http_request_duration_seconds", "Duration of HTTP requests.", labels, buckets=_SECONDS, registry=registry
        )
        self.in_flight = Gauge("http_requests_in_flight", "HTTP requests being served.", registry=registry)

    def record(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self.requests.labels(method, route, str(status)).inc()
        self.duration.labels(method, route).observe(seconds)


class Observed:
    """ASGI middleware; ``clock`` gives monotonic seconds."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics, clock: Callable[[], float] = time.perf_counter) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        correlation_id = _correlation_id(scope["headers"])
        started = self._clock()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((_HEADER, correlation_id.encode()))
            await send(message)

        with (
            self._metrics.in_flight.track_inprogress(),
            structlog.contextvars.bound_contextvars(correlation_id=correlation_id),
        ):
            try:
                await self._app(scope, receive, send_with_id)
            except ClientDisconnect:
                status = 499  # nginx's word for a client that went away; no one is left to answer
            except Exception:
                log.exception("http_request_failed", route=_route(scope))
                if status == 0:
                    await JSONResponse({"error": "internal error, see the log"}, 500)(scope, receive, send_with_id)
            self._record(scope, status, self._clock() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        method = scope["method"] if scope["method"] in _KNOWN_METHODS else "other"
        self._metrics.record(method, route, status, seconds)
        if (route in _QUIET_ROUTES and status < 400) or status == _TOO_MANY:  # noqa: PLR2004  # HTTP
            return
        write = log.info if status < 400 else log.warning  # noqa: PLR2004  # HTTP
        write(
            "http_request_completed",
            method=method,
            route=route,
            http_status=status,
            duration_seconds=round(seconds, 6),
        )


def correlate(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
    """Return the header by which the answer to a request with these headers is found again."""
    return _HEADER, _correlation_id(headers).encode()


def _correlation_id(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's own id when it is short and printable, else a new UUID v7, which sorts by time."""
    given = next((value for name, value in headers if name == _HEADER), b"")
    return given.decode("ascii") if _ACCEPTABLE_ID.match(given) else str(uuid_utils.uuid7())


def _route(scope: Scope) -> str:
    """The template of the matched route; one word for everything that matched none."""
    route = scope.get("route")
    return str(getattr(route, "path", "")) or "unmatched"
