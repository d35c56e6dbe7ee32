"""Native events of our own to the exporter, so that they are priced, counted and written on lines like all others."""

import asyncio
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import structlog

from watchkeeper.analyzer.endpoints.post import post, read_key
from watchkeeper.errors import EndpointError
from watchkeeper.metrics.store import MetricStore

log = structlog.get_logger()

# Hours of a judge at work; the exporter is hardly ever away for longer than it takes to start again.
MAX_WAITING = 10_000
_BATCH = 500
_TIMEOUT_SECONDS = 10.0


class EventSender:
    """Sends events in order; those that cannot be sent wait for the next time, the oldest are dropped and counted."""

    def __init__(
        self, client: httpx.AsyncClient, exporter_url: str, token_file: Path | None, folder: Path, store: MetricStore
    ) -> None:
        self._client = client
        self._url = exporter_url
        self._token_file = token_file
        self._folder = folder
        self._dropped = store.families["watchkeeper_ingest_dropped_total"]
        self._waiting: deque[Mapping[str, Any]] = deque()
        # Two who send at once would both send the same batch, and take it away twice, or drop what the other sends.
        self._turn = asyncio.Lock()

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    async def send(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Send these and what waits. Raises nothing: who found something goes on when it cannot be reported."""
        # Told when it happened: it may be sent much later.
        self._waiting.extend({"timestamp": time.time(), **event} for event in events)
        try:
            async with self._turn:
                if not self._url:
                    self._drop(len(self._waiting), "no_exporter")
                self._drop(len(self._waiting) - MAX_WAITING, "queue_full")
                await self._send_waiting()
        except EndpointError as error:
            log.warning("events_delayed", error_type=error.error_type, waiting=len(self._waiting))

    async def deliver(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Send these alone, of someone who can send them again; what the exporter will never take is counted.

        Raises: EndpointError when they were not taken.
        """
        if not self._url:
            raise EndpointError("no_exporter", "no exporter is named to this analyzer")
        for start in range(0, len(events), _BATCH):
            batch = events[start : start + _BATCH]
            if (refused := await self._refused(batch)) > 0:
                self._dropped.add(("events", "refused"), refused, time.time())

    async def _send_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting[place] for place in range(min(_BATCH, len(self._waiting)))]
            if await self._refused(batch) == len(batch):
                self._drop(len(batch), "refused")
                continue
            for _ in batch:
                self._waiting.popleft()

    async def _refused(self, batch: Sequence[Mapping[str, Any]]) -> int:
        """Send a batch and return how many of it are refused for good.

        Raises: EndpointError when it may be taken later.
        """
        token = read_key(self._token_file, self._folder)
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            reply = await post(self._client, f"{self._url}/v1/events", batch, headers, _TIMEOUT_SECONDS)
        except EndpointError as error:
            if error.is_passing or error.error_type in ("unauthorized", "no_key"):
                raise
            return len(batch)
        rejected = reply.body.get("rejected") if isinstance(reply.body, dict) else 0
        return rejected if isinstance(rejected, int) else 0

    def _drop(self, count: int, reason: str) -> None:
        for _ in range(count):
            self._waiting.popleft()
        if count > 0:
            self._dropped.add(("events", reason), count, time.time())
