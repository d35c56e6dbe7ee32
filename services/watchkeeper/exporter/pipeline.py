"""The order of the steps of a record after it was received: read, deduplicate, enrich, fan out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from watchkeeper.exporter.batch import Batch, Placed, Receipt
from watchkeeper.exporter.enrich.enricher import Enricher
from watchkeeper.exporter.readers.catalogue import Reader
from watchkeeper.exporter.sinks.fan_out import FanOut
from watchkeeper.exporter.sinks.ingest_meter import IngestMeter
from watchkeeper.exporter.watch.deduplicator import Deduplicator
from watchkeeper.exporter.watch.traces import Traces
from watchkeeper.model import Fact, Rejection, Trace

_END_OF_TIME_NS = 2**63


class Pipeline:
    """Takes the records of every signal through the same steps, and counts what does not get to their end."""

    def __init__(
        self,
        *,
        readers: Mapping[str, Reader],
        deduplicator: Deduplicator,
        traces: Traces,
        enricher: Enricher,
        fan_out: FanOut,
        meter: IngestMeter,
    ) -> None:
        self._readers = readers
        self._deduplicator = deduplicator
        self._traces = traces
        self._enricher = enricher
        self._fan_out = fan_out
        self._meter = meter

    def take(
        self,
        signal: str,
        records: Iterable[Placed[Any]],
        unread: Sequence[Rejection],
        received_ns: int,
        *,
        tenant: str = "",
    ) -> Receipt:
        """Take a batch of records with their places in it.

        ``unread`` could not be decoded; ``tenant`` wins over what the records say.
        """
        batch, reader, placed = Batch(signal, received_ns, unread, tenant), self._readers[signal], list(records)
        for part in batch.parts(placed):
            reported = batch.each(part, reader.read)
            self._finish(batch, batch.each(reported, self._deduplicator.unique))
        self._meter.count_losses(batch)
        return batch.receipt(len(placed))

    def release(self, now_ns: int) -> None:
        """Count the calls that waited for a better report long enough, and emit traces; called every moment."""
        self._release(now_ns, now_ns)
        self._emit(self._traces.due(now_ns / 1e9), now_ns)

    def stop(self, now_ns: int) -> None:
        """Count what still waits, and emit the traces that are open."""
        self._release(_END_OF_TIME_NS, now_ns)
        self._emit(self._traces.stop(), now_ns)

    def _release(self, until_ns: int, now_ns: int) -> None:
        for batch, calls in self._deduplicator.due(until_ns, now_ns):
            self._finish(batch, enumerate(calls))
            self._meter.count_losses(batch)

    def _emit(self, traces: Sequence[Trace], now_ns: int) -> None:
        """Traces are made of facts that were counted and enriched."""
        batch = Batch("traces", now_ns)
        self._fan_out.emit(traces, batch)
        self._meter.count_losses(batch)

    def _finish(self, batch: Batch, unique: Iterable[Placed[Fact]]) -> None:
        facts = [fact for _, fact in batch.each(unique, self._enricher.enrich)]
        self._meter.count_facts(facts, batch)
        self._fan_out.emit(facts, batch)
