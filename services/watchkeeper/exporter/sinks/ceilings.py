"""Holds calls against ceilings: a line and a count when one is reached, and how many are over one at this moment."""

from collections import Counter
from collections.abc import Sequence

from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Fact

# Long enough to be scraped and evaluated after the last call, and for calls that take minutes.
HEARD_SECONDS = 300.0
_STATE = {False: "reached", True: "passed"}


class CeilingSink:
    """Keeps the gauges of ceilings, and gives what is reached to ``sinks`` as a fact like any other."""

    def __init__(
        self,
        book: CeilingBook,
        store: MetricStore,
        admission: LabelAdmission,
        sinks: Sequence[MetricsSink | LogSink],
    ) -> None:
        self._book = book
        self._reached = store.families["llm_ceilings_reached_total"]
        self._over = store.families["llm_ceiling_over_entries"]
        self._limit = store.families["llm_ceiling_limit"]
        self._owner_of = admission.owner
        self._sinks = sinks

    def start(self) -> None:
        """Report the limits, and forget ceilings that are gone."""
        self._reached.drop_if(lambda values: values[2] not in self._book.ceilings)
        for name, ceiling in self._book.ceilings.items():
            for limit, allowed in self._book.limits[name].items():
                self._limit.set((name, ceiling.per, limit), float(allowed))

    def take(self, fact: Fact, now: float) -> None:
        """Count one call or run of a tool; ``now`` is the time of arrival in Unix seconds."""
        for reached in self._book.take(fact, now):
            for sink in self._sinks:
                sink.take(reached, now)

    def refresh(self, now: float) -> None:
        """Bring up to date who is over a ceiling and was heard of in the last minutes."""
        over = Counter(
            (*self._owner_of(*tally.owner), ceiling.name, ceiling.per, limit, _STATE[tally.is_passed])
            for ceiling, tally in self._book.reached(now - HEARD_SECONDS)
            for limit in tally.reached
        )
        self._over.drop_if(lambda values: values not in over)
        for values, count in over.items():
            self._over.set(values, count)
