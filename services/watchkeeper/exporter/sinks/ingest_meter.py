"""The exporter's own numbers of what comes in: facts, how late they are, and what became of the rest."""

from collections import Counter
from collections.abc import Sequence

from watchkeeper.exporter.batch import Batch
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Fact


class IngestMeter:
    """Counts facts and losses, by signal, stage and reason."""

    def __init__(self, store: MetricStore) -> None:
        self._records = store.families["watchkeeper_ingest_records_total"]
        self._lag = store.families["watchkeeper_ingest_lag_seconds"]
        self._rejected = store.families["watchkeeper_ingest_rejected_total"]
        self._dropped = store.families["watchkeeper_ingest_dropped_total"]

    def count_facts(self, facts: Sequence[Fact], batch: Batch) -> None:
        """Count the facts of a batch that arrived, by type; a clock that is ahead is no lag."""
        if not facts:
            return
        for kind, count in Counter(map(type, facts)).items():
            self._records.add((batch.signal, kind.__name__), count, batch.now)
        self._lag.set((), max(batch.now - facts[-1].context.time_ns / 1e9, 0.0))

    def count_losses(self, batch: Batch) -> None:
        """Count what the batch lost on its way, once it has gone it."""
        for rejection in (*batch.rejected_values, *batch.rejections):
            self._rejected.add((batch.signal, rejection.reason), 1, batch.now)
        for (stage, reason), count in batch.dropped.items():
            self._dropped.add((stage, reason), count, batch.now)
