"""Traces put together across batches: which facts belong together, and when no more of them are awaited.

Spans come children first, late, over several requests, or never end. A trace is evaluated once: when its root ended and
the other exporters had time to send their part, or when nothing of it came for long.
"""

from heapq import nsmallest

from watchkeeper.exporter.watch.keys import key_of
from watchkeeper.exporter.watch.open_trace import PARTS, ClosedBy, OpenTrace
from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.model import Fact, Trace

# OpenTelemetry's batch processor exports every 5 seconds (OTEL_BSP_SCHEDULE_DELAY), each service by itself.
SETTLE_SECONDS = 10.0
# What goes on for longer is a worker's life, not the answer to a request.
LONGEST_SECONDS = 6 * 3600.0
# All open traces are looked at so often: 3 ms for 65,536 of them. Keeping them in the order of their last sign of life
# took 6 µs for each span instead (bench/ingest.py).
_LOOK_SECONDS = 1.0
# For the same reason space is made for many at once: a part of all.
_EVICTED_SHARE = 32


class Traces:
    """Open traces by their id, and the ids of those that were evaluated.

    ``idle_seconds`` is how long a trace without an ended root may be silent. ``capacity`` is how many traces and tool
    runs of theirs are kept open, and how many evaluated ids are remembered. With ``is_by_tenant`` the same trace id of
    two tenants is two traces; without tokens a tenant is only what spans say, and not all spans of a trace say it.
    """

    def __init__(self, *, idle_seconds: float, capacity: int, is_by_tenant: bool) -> None:
        self._idle_seconds = idle_seconds
        self._is_by_tenant = is_by_tenant
        self.capacity = capacity
        self.forgotten = 0
        self.late = 0
        self.closed = Repeats(capacity)
        self._open: dict[str, OpenTrace] = {}
        self._looked = 0.0
        self._weight = 0
        self._evaluated: list[Trace] = []

    def __len__(self) -> int:
        return self._weight

    def take(self, fact: Fact, now: float) -> None:
        """Add a fact that arrived ``now`` (Unix seconds) to its trace; what belongs to no trace is left alone."""
        context = fact.context
        if not context.trace_id or type(fact) not in PARTS:
            return
        trace = self._touch(self._key(context.tenant, context.trace_id), now)
        if trace is None:
            self.late += 1
            return
        before = trace.weight
        trace.add(fact)
        self._weight += trace.weight - before

    def end_root(self, tenant: str, trace_id: str, times_ns: tuple[int, int], now: float, *, has_failed: bool) -> None:
        """A span without a parent arrived: the trace's root ended. ``times_ns`` are its start and end."""
        key = self._key(tenant, trace_id)
        trace = self._touch(key, now)
        if trace is None:
            return
        trace.end_root(*times_ns, has_failed=has_failed)

    def due(self, now: float) -> list[Trace]:
        """Return the traces to evaluate at ``now``; they are looked for once a second."""
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            settled, idle = now - SETTLE_SECONDS, now - self._idle_seconds
            silent = [key for key, open_ in self._open.items() if open_.seen <= (settled if open_.has_root else idle)]
            for key in silent:
                self._close(key)
        return self._take_evaluated()

    def stop(self) -> list[Trace]:
        """Return what is known of all open traces, because no one will hear the rest of them."""
        for key, trace in list(self._open.items()):
            self._close(key, "root" if trace.has_root else "stop")
        return self._take_evaluated()

    def _take_evaluated(self) -> list[Trace]:
        evaluated, self._evaluated = self._evaluated, []
        return evaluated

    def _key(self, tenant: str, trace_id: str) -> str:
        return key_of(tenant if self._is_by_tenant else "", trace_id)

    def _touch(self, key: str, now: float) -> OpenTrace | None:
        """The open trace of a key, which is no longer silent; None when it was evaluated already."""
        trace = self._open.get(key)
        if trace is None:
            return None if self.closed.knows(key) else self._begin(key, now)
        if now - trace.opened >= LONGEST_SECONDS:
            trace.is_too_long = True
        else:
            trace.seen = now
        return trace

    def _begin(self, key: str, now: float) -> OpenTrace:
        while self._weight >= self.capacity:
            self._make_room()
        trace = self._open[key] = OpenTrace(now, now)
        self._weight += 1
        return trace

    def _make_room(self) -> None:
        """Judge early what is complete most likely; a trace of nothing but a root is no loss."""

        def last_sign(key: str) -> tuple[bool, float]:
            return not self._open[key].has_root, self._open[key].seen

        for key in nsmallest(len(self._open) // _EVICTED_SHARE + 1, self._open, key=last_sign):
            self.forgotten += self._close(key, "evicted").owner is not None

    def _close(self, key: str, closed_by: ClosedBy | None = None) -> OpenTrace:
        trace = self._open.pop(key)
        self._weight -= trace.weight
        if trace.owner is not None:
            self.closed.is_repeat(key)
            why = closed_by or ("too_long" if trace.is_too_long else "root" if trace.has_root else "idle")
            self._evaluated.append(trace.evaluated(trace.owner, why))
        return trace
