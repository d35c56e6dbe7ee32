"""Lays what Langfuse says that calls cost beside what was counted here, call by call.

Both sums are of the same calls: those that both systems know, by the ids of trace and span, each counted when Langfuse
is asked about the time in which it began, once. A project that only a part of the calls reach therefore compares that
part, and calls that it has and nothing here has are counted (``not_here``) and in neither sum.
"""

from collections.abc import Sequence
from typing import Any

from watchkeeper.analyzer.langfuse.calls_here import CallsHere
from watchkeeper.analyzer.langfuse.cost import LangfuseCost, difference_of, dollars_of, read_cost
from watchkeeper.analyzer.langfuse.progress import Progress
from watchkeeper.analyzer.langfuse.report import LangfuseReport
from watchkeeper.analyzer.schedule.threads import in_thread

# Times are asked for in milliseconds.
_SLACK_SECONDS = 1.0


class CostComparison:
    """Compares the costs of the report's project."""

    def __init__(self, here: CallsHere, report: LangfuseReport) -> None:
        self._here = here
        self._report = report

    async def take(self, items: Sequence[Any], window: Progress) -> Sequence[str]:
        """Compare what both systems have of the calls in a page. Nothing of it needs a note: it is not read again.

        Raises: EngineError when Loki does not answer.
        """
        read = [read_cost(item) for item in items]
        # A server that does not know the parameters of the time would give all that it ever had.
        within = (window.start - _SLACK_SECONDS, window.end + _SLACK_SECONDS)
        asked = [one for one in read if one is not None and within[0] <= one.at < within[1]]
        ended = {(one.trace_id, one.span_id): one for one in asked if one.has_ended}
        compared = await self._compared(list(ended.values())) if ended else 0
        outcomes = {
            "compared": compared,
            "not_here": len(ended) - compared,
            "open": sum(not one.has_ended for one in asked),
            "malformed": read.count(None),
        }
        for outcome, calls in outcomes.items():
            self._report.compared(outcome, calls)
        return ()

    async def _compared(self, calls: Sequence[LangfuseCost]) -> int:
        """How many of the calls are known here, whose costs are laid beside each other."""
        times = [call.at for call in calls]
        here = await in_thread(lambda: self._here.of({call.trace_id for call in calls}, min(times), max(times)))
        pairs = [(call, here[key]) for call in calls if (key := (call.trace_id, call.span_id)) in here]
        for there, line in pairs:
            self._report.costs(line.model or there.model, there.dollars or 0.0, dollars_of(line))
            if (difference := difference_of(there, line)) is not None:
                dollars = abs((there.dollars or 0.0) - dollars_of(line))
                self._report.differs(line.model or there.model, difference, dollars)
        return len(pairs)
