"""All sinks, built from the configuration."""

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.sinks.budgets import BudgetSink
from watchkeeper.exporter.sinks.ceilings import CeilingSink
from watchkeeper.exporter.sinks.changes import ChangeSink
from watchkeeper.exporter.sinks.coding_agents import CodingAgentSink
from watchkeeper.exporter.sinks.fan_out import FanOut
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.metrics import MetricsSink
from watchkeeper.exporter.sinks.recent import RecentActivity
from watchkeeper.exporter.sinks.silent_failures import SilentFailureSink
from watchkeeper.exporter.sinks.slos import SloSink
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.exporter.watch.first_seen import FirstSeen
from watchkeeper.exporter.watch.memories import Memories
from watchkeeper.exporter.watch.top_spenders import TopSpenders
from watchkeeper.exporter.watch.used import Used
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.store import MetricStore

# What comes in the first minutes after a start from nothing is usual, not new.
_LEARNING_SECONDS = 15 * 60.0


class Sinks:
    """What takes facts; ``metrics`` and ``logs`` also take what the others find."""

    def __init__(  # noqa: PLR0913  # what any of the sinks needs
        self,
        file: ConfigFile,
        *,
        store: MetricStore,
        admission: LabelAdmission,
        metrics: MetricsSink,
        logs: LogSink,
        memories: Memories,
        budgets: BudgetBook,
        used: Used,
    ) -> None:
        both = (metrics, logs)
        self.metrics = metrics
        self.recent = RecentActivity()
        self.spenders = TopSpenders()
        self.coding_agents = CodingAgentSink(used.quotas, store, admission)
        self.changes = ChangeSink(FirstSeen(_LEARNING_SECONDS), both)
        self.silent_failures = SilentFailureSink(file.contracts, memories, store, admission, both)
        self.slos = SloSink(file.slos, store, admission)
        self.budgets = BudgetSink(budgets, store)
        self.ceilings = CeilingSink(used.ceilings, store, admission, both)
        always = (*both, self.recent, self.spenders, self.coding_agents, self.changes, self.silent_failures)
        # What no one asked for costs nothing: each call passes every sink.
        objectives = (self.slos,) * bool(file.slos) + (self.budgets,) * bool(file.budgets)
        self.fan_out = FanOut((*always, *objectives, *(self.ceilings,) * bool(file.ceilings), memories.traces))

    def refresh(self, now: float) -> None:
        """Bring up to date what is only known when it is read."""
        self.budgets.refresh(now)
        self.ceilings.refresh(now)
        self.coding_agents.refresh(now)

    def forget_labels(self) -> None:
        """Ask again for the places of label values: some were freed."""
        self.metrics.forget_calls()
        self.silent_failures.forget_agents()
