"""How full the memories are that let everything count once, and what they forgot: brought up to date when read."""

from watchkeeper.exporter.watch.ceilings import CeilingBook
from watchkeeper.exporter.watch.memories import Memories, Memory
from watchkeeper.metrics.store import MetricStore


class MemoryMeter:
    """Sets size and limit of each memory, and counts what it forgot and what was late for its trace."""

    def __init__(self, store: MetricStore, memories: Memories, ceilings: CeilingBook | None = None) -> None:
        self._families = store.families
        self._traces = memories.traces
        self._memories: dict[str, Memory] = {**memories.by_name()}
        if ceilings is not None and ceilings.ceilings:
            self._memories["ceilings"] = ceilings
        self._reported = dict.fromkeys(self._memories, 0)
        self._reported_late = 0

    def refresh(self, now: float) -> None:
        """Bring the metrics up to date; ``now`` is the time of the counters' first samples."""
        for name, memory in self._memories.items():
            self._families["watchkeeper_memory_entries"].set((name,), len(memory))
            self._families["watchkeeper_memory_limit"].set((name,), memory.capacity)
            self._families["watchkeeper_memory_evictions_total"].add(
                (name,), memory.forgotten - self._reported[name], now
            )
            self._reported[name] = memory.forgotten
        self._families["watchkeeper_late_facts_total"].add((), self._traces.late - self._reported_late, now)
        self._reported_late = self._traces.late
