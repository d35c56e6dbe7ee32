"""Every fact goes to every sink."""

from collections.abc import Sequence
from typing import Protocol

import structlog

from watchkeeper.exporter.batch import Batch
from watchkeeper.model import Fact

log = structlog.get_logger()


class Sink(Protocol):
    """Takes a fact at its time of arrival (Unix seconds)."""

    def take(self, fact: Fact, now: float, /) -> None:
        """Take one fact."""
        ...


class FanOut:
    """The sinks, of which one that fails on a fact keeps it from no other."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = tuple(sinks)

    def emit(self, facts: Sequence[Fact], batch: Batch) -> None:
        """Give the facts to one sink after the other; what a sink could not take is reported to the batch."""
        now = batch.now
        for sink in self._sinks:
            take = sink.take
            for fact in facts:
                try:
                    take(fact, now)
                except Exception:
                    log.exception("sink_failed", sink=type(sink).__name__)
                    batch.drop(type(sink).__name__, "sink_failed")
