"""The lines of a session by its traces, with their sums. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.engines.timeline import Totals, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceOfSession:
    """One trace of a session; ``trace_id`` is empty for what belongs to none. ``began`` in Unix seconds."""

    trace_id: str
    began: float
    services: Sequence[str]
    totals: Totals


def traces_of(lines: Sequence[FactLine]) -> list[TraceOfSession]:
    """The traces, the newest first. One that was evaluated counts as a whole, lines without the session too."""
    by_trace: dict[str, list[FactLine]] = defaultdict(list)
    for line in lines:
        by_trace[line.trace_id].append(line)
    found = [(trace_id, timeline(own, is_whole=False)) for trace_id, own in by_trace.items()]
    traces = [
        TraceOfSession(trace_id=trace_id, began=one.began, services=one.services, totals=one.totals)
        for trace_id, one in found
    ]
    return sorted(traces, key=lambda trace: -trace.began)


def sum_of(traces: Sequence[TraceOfSession]) -> Totals:
    """What they come to together; the duration is that of all runs, not of the session."""
    totals = [trace.totals for trace in traces]
    costs = [one.cost_usd for one in totals if one.cost_usd is not None]
    return Totals(
        llm_calls=sum(one.llm_calls for one in totals),
        tool_calls=sum(one.tool_calls for one in totals),
        retrievals=sum(one.retrievals for one in totals),
        input_tokens=_sum_known([one.input_tokens for one in totals]),
        output_tokens=_sum_known([one.output_tokens for one in totals]),
        cost_usd=sum(costs, Decimal()) if costs else None,
        unpriced_calls=sum(one.unpriced_calls for one in totals),
        failures=sum(one.failures for one in totals),
        duration_seconds=sum(one.duration_seconds for one in totals),
    )


def _sum_known(numbers: Sequence[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
