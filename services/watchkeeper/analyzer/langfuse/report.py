"""What the bridge to Langfuse did, as metrics; the scores themselves go to the exporter."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from watchkeeper.metrics.store import MetricStore

_MOST_MODELS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many items of a queue wait for a person, and for how long the first of them; 0 where none does."""

    waiting: int
    oldest_seconds: float


class LangfuseReport:
    """Sets the metrics of one project."""

    def __init__(self, project: str, store: MetricStore, clock: Callable[[], float] = time.time) -> None:
        self.project = project
        self._families = store.families
        self._clock = clock
        self._models: set[str] = set()

    def requested(self, outcome: str) -> None:
        """Count a request to Langfuse: ok, or the kind of its error."""
        self._families["watchkeeper_langfuse_requests_total"].add((self.project, outcome), 1, self._clock())

    def scored(self, outcome: str, scores: int) -> None:
        """Count scores that were read, by what became of them."""
        if scores:
            self._families["watchkeeper_langfuse_scores_total"].add((self.project, outcome), scores, self._clock())

    def wrote(self, outcome: str, verdicts: int) -> None:
        """Count verdicts and traces that were to be written, by what became of them."""
        if verdicts:
            self._families["watchkeeper_langfuse_verdicts_total"].add((self.project, outcome), verdicts, self._clock())

    def alerted(self, outcome: str, alerts: int) -> None:
        """Count events of alerts that were to be written, by what became of them."""
        if alerts:
            self._families["watchkeeper_langfuse_alerts_total"].add((self.project, outcome), alerts, self._clock())

    def observed(self, outcome: str, observations: int) -> None:
        """Count observations that were read, by what became of them."""
        if observations:
            family = self._families["watchkeeper_langfuse_observations_total"]
            family.add((self.project, outcome), observations, self._clock())

    def compared(self, outcome: str, calls: int) -> None:
        """Count calls whose cost was to be compared, by what became of them."""
        if calls:
            family = self._families["watchkeeper_langfuse_compared_calls_total"]
            family.add((self.project, outcome), calls, self._clock())

    def costs(self, model: str, there: float, here: float) -> None:
        """Count what one call cost by Langfuse and by the exporter: both, so that their sums are of the same calls."""
        family = self._families["watchkeeper_langfuse_cost_dollars_total"]
        for source, dollars in (("langfuse", there), ("watchkeeper", here)):
            family.add((self.project, self._known(model), source), dollars, self._clock())

    def differs(self, model: str, reason: str, dollars: float) -> None:
        """Count by how much one call is more expensive on one side."""
        family = self._families["watchkeeper_langfuse_cost_difference_dollars_total"]
        family.add((self.project, self._known(model), reason), dollars, self._clock())

    def waiting(self, backlogs: Mapping[str, Backlog]) -> None:
        """Say what waits in each queue; of those that are not among them nothing is known any more."""
        entries, ages = (self._families[f"watchkeeper_langfuse_queue_{name}"] for name in ("entries", "age_seconds"))
        for family in (entries, ages):
            family.drop_if(lambda values: values[0] == self.project and values[1] not in backlogs)
        for queue, backlog in backlogs.items():
            entries.set((self.project, queue), backlog.waiting)
            ages.set((self.project, queue), backlog.oldest_seconds)

    def lags(self, signal: str, seconds: float) -> None:
        """Say how old what is not read yet of scores or observations may be."""
        self._families["watchkeeper_langfuse_lag_seconds"].set((self.project, signal), max(seconds, 0.0))

    def _known(self, model: str) -> str:
        """The model, or ``other``: names are texts of applications, and each has six series or so."""
        if len(self._models) < _MOST_MODELS:
            self._models.add(model)
        return model if model in self._models else "other"
