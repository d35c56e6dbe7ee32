"""How full the memories are that let everything count once, and what they forgot: brought up to date when read."""

from collections.abc import Mapping

from watchkeeper.exporter.watch.memories import Memories, Memory
from watchkeeper.metrics.store import MetricStore


class MemoryMeter:
    """Sets size and limit of each memory, and counts what it forgot and what was late for its trace.

    ``optional`` memories are of what an exporter may do without, and are reported once they hold something.
    """

    def __init__(self, store: MetricStore, memories: Memories, optional: Mapping[str, Memory] | None = None) -> None:
        self._families = store.families
        self._traces = memories.traces
        self._memories = memories.by_name()
        self._optional = optional or {}
        self._reported = dict.fromkeys((*self._memories, *self._optional), 0)
        self._reported_late = 0

    def refresh(self, now: float) -> None:
        """Bring the metrics up to date; ``now`` is the time of the counters' first samples."""
        used = [(name, memory) for name, memory in self._optional.items() if len(memory) or memory.forgotten]
        for name, memory in (*self._memories.items(), *used):
            self._families["watchkeeper_memory_entries"].set((name,), len(memory))
            self._families["watchkeeper_memory_limit"].set((name,), memory.capacity)
            self._families["watchkeeper_memory_evictions_total"].add(
                (name,), memory.forgotten - self._reported[name], now
            )
            self._reported[name] = memory.forgotten
        self._families["watchkeeper_late_facts_total"].add((), self._traces.late - self._reported_late, now)
        self._reported_late = self._traces.late
