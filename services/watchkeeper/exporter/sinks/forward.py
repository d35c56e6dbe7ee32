"""Passing OTLP on to other backends: a bounded queue and one worker for each, so that none can slow ingest or another.

``offer`` never waits. The worker sends in order of arrival and tries again while the backend asks for it or cannot be
reached, until a batch is too old. What is not delivered is counted with its reason.
Source of what may be tried again: opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Response".
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Protocol

import httpx
import msgspec
import structlog
from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.ingest.answer import JSON

log = structlog.get_logger()

PATHS: Mapping[Signal, str] = {"traces": "/v1/traces", "logs": "/v1/logs", "metrics": "/v1/metrics"}

_RETRIED = frozenset({429, 502, 503, 504})
_FIRST_DELAY_SECONDS = 0.5
_MAX_DELAY_SECONDS = 30.0
# Prometheus takes samples up to its out_of_order_time_window late (30 min); a minute's gap heals long before.
MAX_AGE_SECONDS = 300.0
_TIMEOUT = httpx.Timeout(10.0)
# Each part of an exchange may take ten seconds; a backend that sends a byte now and then must not take forever.
_WHOLE_SECONDS = 30.0
# Bodies may be empty: bytes alone would not bound how many wait.
_MAX_BATCHES = 10_000
_MAX_VIA = 1000
_REJECTED = re.compile(rb'"rejected\w+"\s*:\s*"?[1-9]')


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """A backend that speaks OTLP/HTTP; paths like /v1/traces are appended to ``endpoint``.

    ``queue_bytes`` bounds what waits for it, in bytes of bodies. Unless ``content`` is true, prompts and outputs are
    removed first. Of ``audited``, if any, samples are written for which the destination is asked after so many seconds.
    """

    name: str
    endpoint: str
    signals: tuple[Signal, ...]
    headers: Mapping[str, str] = {}
    content: bool = False
    queue_bytes: int = 16 * 1024 * 1024
    audited: Signal | None = None
    audited_after_seconds: float = 0.0


class Batch(msgspec.Struct):
    """One request body, decompressed.

    ``via`` names who passed it on so far, ``arrived`` is in seconds of the clock, ``is_ready`` once content is removed.
    """

    signal: Signal
    body: bytes
    media_type: str
    via: str
    arrived: float
    is_ready: bool = False


class Clock(Protocol):
    """Time as the worker feels it."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


class RealClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Meter(Protocol):
    """Hears what happens to batches; the store's families in the end."""

    def sent(self, destination: str, signal: str, /) -> None:
        """A batch was delivered."""
        ...

    def dropped(self, destination: str, reason: str, /) -> None:
        """A batch was not delivered and will not be."""
        ...

    def retried(self, destination: str, /) -> None:
        """A delivery failed and will be tried again."""
        ...

    def queued(self, destination: str, size: int, /) -> None:
        """So many bytes wait now."""
        ...


class Samples(Protocol):
    """Takes samples of what was delivered."""

    async def take(self, signal: Signal, body: bytes, *, is_json: bool) -> None:
        """Look at a body that the destination acknowledged whole."""
        ...


# Returns the body without content; raises ValueError for a body that cannot be read.
Strip = Callable[[Signal, bytes, bool], bytes]


class Forwarder:
    """Delivers batches to one destination."""

    def __init__(
        self,
        destination: Destination,
        *,
        client: httpx.AsyncClient,
        strip: Strip,
        meter: Meter,
        clock: Clock,
        samples: Samples | None = None,
    ) -> None:
        self.destination = destination
        self._client = client
        self._strip = strip
        self._meter = meter
        self._clock = clock
        self._samples = samples
        self._queue: deque[Batch] = deque()
        self._size = 0
        self._failures = 0
        self._refused_with = 0
        self._is_stopping = False
        self._arrival = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to deliver; needs a running event loop."""
        self._meter.queued(self.destination.name, 0)
        self._worker = asyncio.create_task(self._deliver_all(), name=f"forward-{self.destination.name}")

    def offer(self, signal: Signal, body: bytes, media_type: str, via: str) -> None:
        """Queue a body, or drop it when the queue is full; constant time, never waits."""
        is_full = self._size + len(body) > self.destination.queue_bytes or len(self._queue) >= _MAX_BATCHES
        if self._is_stopping or is_full:
            self._meter.dropped(self.destination.name, "shutdown" if self._is_stopping else "queue_full")
            return
        arrived = self._clock.now()
        self._queue.append(Batch(signal=signal, body=body, media_type=media_type, via=via, arrived=arrived))
        self._resize(len(body))
        self._arrival.set()

    async def stop(self, deadline_seconds: float) -> None:
        """Deliver what waits, for at most so long; the rest is counted as dropped."""
        self._is_stopping = True
        self._arrival.set()
        if self._worker is not None:
            patience = asyncio.ensure_future(self._clock.sleep(deadline_seconds))
            await asyncio.wait({self._worker, patience}, return_when=asyncio.FIRST_COMPLETED)
            for task in (self._worker, patience):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        while self._queue:
            self._finish("shutdown")

    async def _deliver_all(self) -> None:
        while not (self._is_stopping and not self._queue):
            if not self._queue:
                self._arrival.clear()
                await self._arrival.wait()
                continue
            try:
                outcome = await self._deliver(self._queue[0])
            except Exception:
                log.exception("forward_failed", destination=self.destination.name)
                outcome = "internal_error"
            self._finish(outcome)

    async def _deliver(self, batch: Batch) -> str:
        """Try until it is delivered, refused or too old; return why it was dropped, or nothing."""
        while True:
            if self._clock.now() - batch.arrived > MAX_AGE_SECONDS:
                return "too_old"
            if not await self._make_ready(batch):
                return "undecodable"
            wait = await self._try(batch)
            if isinstance(wait, str):
                return wait
            self._meter.retried(self.destination.name)
            await self._clock.sleep(wait)

    async def _make_ready(self, batch: Batch) -> bool:
        """Remove content in a thread, because a large body takes longer than ingest may be held up."""
        if batch.is_ready or self.destination.content:
            return True
        try:
            body = await asyncio.to_thread(self._strip, batch.signal, batch.body, batch.media_type == JSON)
        except ValueError:
            return False
        self._resize(len(body) - len(batch.body))
        batch.body, batch.is_ready = body, True
        return True

    async def _try(self, batch: Batch) -> str | float:
        """Send once; return how many seconds to wait before the next try, or what became of the batch at last."""
        url = f"{self.destination.endpoint.rstrip('/')}{PATHS[batch.signal]}"
        headers = {**self.destination.headers, "Content-Type": batch.media_type, "Via": _header(batch.via)}
        try:
            async with asyncio.timeout(_WHOLE_SECONDS):
                response = await self._client.post(url, content=batch.body, headers=headers, timeout=_TIMEOUT)
        except (httpx.TransportError, TimeoutError) as error:
            return self._back_off(type(error).__name__, 0.0)
        if response.status_code in _RETRIED:
            return self._back_off(str(response.status_code), retry_after(response.headers, time.time()))
        if self._failures:
            log.info("forward_recovered", destination=self.destination.name, failures=self._failures)
        self._failures = 0
        if not response.is_success:
            self._log_refusal(response.status_code)
            return "refused"
        self._refused_with = 0
        self._meter.sent(self.destination.name, batch.signal)
        if _is_partial(response):
            return "partly_refused"
        if self._samples is not None:
            await self._samples.take(batch.signal, batch.body, is_json=batch.media_type == JSON)
        return ""

    def _log_refusal(self, status: int) -> None:
        """One line for a row of equal refusals; the counter has them all."""
        if status != self._refused_with:
            log.warning("forward_refused", destination=self.destination.name, http_status=status)
        self._refused_with = status

    def _back_off(self, problem: str, asked_seconds: float) -> float:
        """How long to wait: doubling from half a second to half a minute, or as long as the backend asks."""
        if not self._failures:
            log.warning("forward_failing", destination=self.destination.name, problem=problem)
        delay: float = min(_FIRST_DELAY_SECONDS * 2.0 ** min(self._failures, 16), _MAX_DELAY_SECONDS)
        self._failures += 1
        return max(delay, min(asked_seconds, MAX_AGE_SECONDS))

    def _finish(self, dropped_for: str) -> None:
        self._resize(-len(self._queue.popleft().body))
        if dropped_for:
            self._meter.dropped(self.destination.name, dropped_for)

    def _resize(self, by: int) -> None:
        self._size += by
        self._meter.queued(self.destination.name, self._size)


def retry_after(headers: Mapping[str, str], now: float) -> float:
    """Seconds that a Retry-After header asks for, given as a number or as a date; 0 when it asks nothing sensible."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:  # noqa: PLR2004  # more digits are no waiting time
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0


def _header(via: str) -> str:
    """What others wrote into the header, if it can be sent at all: a bad one would keep the batch from going."""
    return via if via.isascii() and via.isprintable() and len(via) <= _MAX_VIA else via.rpartition(", ")[2]


def _is_partial(response: httpx.Response) -> bool:
    """Whether an OTLP reply says that some records were refused; all three signals spell it the same way."""
    if JSON in response.headers.get("content-type", ""):
        return _REJECTED.search(response.content) is not None
    try:
        return bool(ExportTraceServiceResponse.FromString(response.content).partial_success.rejected_spans)
    except ProtobufDecodeError:
        return False
