"""Native events: each is one fact."""

from collections.abc import Sequence

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.ingest.events import NativeEvent
from watchkeeper.exporter.normalise.native import read_event
from watchkeeper.model import Fact


class EventReader:
    """Reads events in our own vocabulary."""

    def read(self, event: NativeEvent, batch: Batch) -> Sequence[Fact]:
        """Return the fact of one event."""
        fact, problems = read_event(event, batch.received_ns)
        batch.reject_values(problems)
        return batch.owned((fact,))
