"""Which destination gets which request: the forwarders together, and their metrics."""

import asyncio
import time
from collections.abc import Sequence

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.ingest.answer import PROTOBUF
from watchkeeper.exporter.ingest.otlp_metrics import Guarded
from watchkeeper.exporter.sinks.forward import Forwarder
from watchkeeper.metrics.store import MetricStore


class StoreMeter:
    """Counts what forwarders do in the store."""

    def __init__(self, store: MetricStore) -> None:
        self._families = store.families

    def sent(self, destination: str, signal: str, /) -> None:
        """Count a request that was delivered."""
        self._families["watchkeeper_forward_requests_total"].add((destination, signal), 1, time.time())

    def dropped(self, destination: str, reason: str, /) -> None:
        """Count a request that was given up."""
        self._families["watchkeeper_forward_dropped_total"].add((destination, reason), 1, time.time())

    def retried(self, destination: str, /) -> None:
        """Count a failed delivery that is tried again."""
        self._families["watchkeeper_forward_retries_total"].add((destination,), 1, time.time())

    def queued(self, destination: str, size: int, /) -> None:
        """Set how many bytes wait."""
        self._families["watchkeeper_forward_queue_bytes"].set((destination,), size)


class Relay:
    """Hands each request to the forwarders that want its signal; ``mark`` is our name in the Via header.

    A request that bears our mark was passed on by us before: a destination that leads back here must not turn one
    request into endless ones.
    """

    def __init__(self, forwarders: Sequence[Forwarder], store: MetricStore, mark: str) -> None:
        self._forwarders = forwarders
        self._mark = mark
        self._forward_dropped = store.families["watchkeeper_forward_dropped_total"]
        self._dropped = store.families["watchkeeper_ingest_dropped_total"]

    def start(self) -> None:
        """Begin to deliver."""
        for forwarder in self._forwarders:
            forwarder.start()

    async def stop(self, deadline_seconds: float) -> None:
        """Deliver what waits, all destinations at once, for at most so long."""
        await asyncio.gather(*(forwarder.stop(deadline_seconds) for forwarder in self._forwarders))

    def pass_on(self, signal: Signal, body: bytes, media_type: str, via: str, /) -> int:
        """Queue a body foreveryone who wants it, and return how many do; never waits."""
        wanted = [forwarder for forwarder in self._forwarders if signal in forwarder.destination.signals]
        is_loop = self._mark in via
        for forwarder in wanted:
            if is_loop:
                self._forward_dropped.add((forwarder.destination.name, "loop"), 1, time.time())
            else:
                forwarder.offer(signal, body, media_type, f"{via}, 1.1 {self._mark}".lstrip(", "))
        return len(wanted)

    def take_metrics(self, guarded: Guarded, via: str, /) -> None:
        """Count what the guard left out, and pass the rest on."""
        now = time.time()
        for reason, count in guarded.dropped.items():
            self._dropped.add(("metrics", reason), count, now)
        if guarded.accepted and not self.pass_on("metrics", guarded.body, PROTOBUF, via):
            self._dropped.add(("metrics", "no_destination"), guarded.accepted, now)
