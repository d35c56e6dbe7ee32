"""Which reader reads which signal: a new signal is one file beside this one and one line here."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from watchkeeper.exporter.batch import Batch
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.readers.activity import ActivityReader
from watchkeeper.exporter.readers.alerts import AlertReader
from watchkeeper.exporter.readers.events import EventReader
from watchkeeper.exporter.readers.logs import LogReader
from watchkeeper.exporter.readers.prompts import PromptReader, ServicesWith
from watchkeeper.exporter.readers.scores import ScoreReader
from watchkeeper.exporter.readers.spans import Shorten, SpanReader
from watchkeeper.exporter.watch.deduplicator import Reported
from watchkeeper.exporter.watch.traces import Traces


class Reader(Protocol):
    """Reads the records of one signal."""

    def read(self, record: Any, batch: Batch, /) -> Iterable[Reported]:
        """Return what one record reports, as the batch's tenant's; what is left out of it is reported to the batch.

        Raises: InvalidValueError for a record that is rejected as a whole.
        """
        ...


def readers(
    normaliser: Normaliser, traces: Traces, services_with: ServicesWith, shorten: Shorten | None = None
) -> Mapping[str, Reader]:
    """The readers of all signals, by the name that a signal has in metrics and in details of rejections."""
    return {
        "traces": SpanReader(normaliser, traces, shorten),
        "logs": LogReader(normaliser, shorten),
        "events": EventReader(),
        "scores": ScoreReader(),
        "alerts": AlertReader(),
        "prompts": PromptReader(services_with),
        "metrics": ActivityReader(),
    }
