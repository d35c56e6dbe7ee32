"""The lines of a trace as a timeline: what happened when, below what, and what it comes to. Pure.

Lines name no parents. What has the same span id as a step, or happened within the time of an agent's step, stands
below it; of several the one of the same agent, then the shortest.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.engines.trace_words import said_of

_AGENT_STEP = "agent_step_completed"
_TRACE = "trace_completed"
# Times of a step and of what happens in it come from the same clock, but as sums of binary numbers.
_CLOCK_SECONDS = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that happened: ``started`` in seconds since the trace began, ``depth`` how far it is indented."""

    depth: int
    what: str
    name: str
    detail: str
    is_bad: bool
    started: float
    duration: float | None
    line: FactLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over a trace, or over several; ``cost_usd`` and tokens are None where no call reports any."""

    llm_calls: int = 0
    tool_calls: int = 0
    retrievals: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    failures: int = 0
    duration_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A trace; ``began`` in Unix seconds. ``closing`` is the line of the whole trace, None where there is none."""

    began: float
    services: Sequence[str]
    agents: Sequence[str]
    sessions: Sequence[str]
    rows: Sequence[Row]
    totals: Totals
    closing: FactLine | None


@dataclass(frozen=True, slots=True)
class _Timed:
    start: float
    end: float
    line: FactLine

    def holds(self, other: "_Timed") -> bool:
        return self.start - _CLOCK_SECONDS <= other.start and other.end <= self.end + _CLOCK_SECONDS


def timeline(lines: Sequence[FactLine], *, is_whole: bool = True) -> Timeline:
    """The timeline of the lines of one trace, at least one; not whole where some are left out.

    Totals of a trace that is whole are sums over its lines, late ones too; else what its own line says.
    """
    timed = sorted(filter(None, map(_timed, lines)), key=lambda one: (one.start, -one.end))
    happened = [one for one in timed if one.line.event != _TRACE]
    closing = next((one.line for one in reversed(timed) if one.line.event == _TRACE), None)
    began = min((one.start for one in happened or timed), default=0.0)
    ended = max((one.end for one in happened if one.line.duration_seconds is not None), default=began)
    own = [one.line for one in happened]
    known = _sums(own, ended - began)
    totals = known if (is_whole and own) or closing is None else _of_closing(closing, known.failures)
    return Timeline(
        began=began,
        services=_each(line.service for line in lines),
        agents=_each(line.agent for line in lines),
        sessions=_each(line.session_id for line in lines),
        rows=list(_rows(happened, began)),
        totals=totals,
        closing=closing,
    )


def _of_closing(line: FactLine, failures: int) -> Totals:
    """What the line of a whole trace says of it; it does not say how much failed in it."""
    return Totals(
        llm_calls=line.llm_calls,
        tool_calls=line.tool_calls,
        retrievals=line.retrievals,
        input_tokens=line.trace_input_tokens,
        output_tokens=line.trace_output_tokens,
        cost_usd=line.trace_cost_usd,
        unpriced_calls=line.unpriced_calls,
        failures=failures,
        duration_seconds=line.duration_seconds or 0.0,
    )


def _sums(lines: Sequence[FactLine], seconds: float) -> Totals:
    calls = [line for line in lines if line.event == "llm_call_completed"]
    with_tokens = [line for line in calls if line.input_tokens is not None or line.output_tokens is not None]
    costs = [line.cost_usd for line in calls if line.cost_usd is not None]
    return Totals(
        llm_calls=len(calls),
        tool_calls=sum(line.event == "tool_call_completed" for line in lines),
        retrievals=sum(line.event == "retrieval_completed" for line in lines),
        input_tokens=sum(line.input_tokens or 0 for line in with_tokens) if with_tokens else None,
        output_tokens=sum(line.output_tokens or 0 for line in with_tokens) if with_tokens else None,
        cost_usd=sum(costs, Decimal()) if costs else None,
        unpriced_calls=sum(line.cost_usd is None and bool(line.unpriced_reason) for line in calls),
        failures=sum(line.status not in ("", "ok") for line in lines),
        duration_seconds=seconds,
    )


def _rows(happened: Sequence[_Timed], began: float) -> Iterator[Row]:
    """Each with its depth, children directly below what they belong to; without recursion, whatever the nesting."""
    parents = _parents(happened)
    children: dict[int | None, list[int]] = {}
    for place, parent in enumerate(parents):
        children.setdefault(parent, []).append(place)
    waiting = [(place, 0) for place in reversed(children.get(None, []))]
    while waiting:
        place, depth = waiting.pop()
        yield _row(happened[place], depth, began)
        waiting.extend((child, depth + 1) for child in reversed(children.get(place, [])))


def _parents(happened: Sequence[_Timed]) -> list[int | None]:
    """For each its parent, which is another that stands before it."""
    spans = {one.line.span_id: place for place, one in enumerate(happened) if _is_span(one) and one.line.span_id}
    steps: list[int] = []
    found: list[int | None] = []
    for place, one in enumerate(happened):
        of_span = None if _is_span(one) else spans.get(one.line.span_id)
        found.append(of_span if of_span is not None else _step_around(one, happened, steps))
        if one.line.event == _AGENT_STEP and one.line.duration_seconds is not None:
            steps.append(place)
    return found


def _step_around(one: _Timed, happened: Sequence[_Timed], steps: Sequence[int]) -> int | None:
    around = [place for place in steps if happened[place].holds(one)]
    same = [place for place in around if happened[place].line.agent == one.line.agent]
    return min(same or around, key=lambda place: (happened[place].end - happened[place].start, -place), default=None)


def _is_span(one: _Timed) -> bool:
    """Whether it is work that took time; scores, branches and the like bear the id of the work they are about."""
    return one.line.duration_seconds is not None


def _row(one: _Timed, depth: int, began: float) -> Row:
    what, name, detail = said_of(one.line)
    is_bad = one.line.level in ("warning", "error", "critical") or one.line.status not in ("", "ok")
    started, duration = one.start - began, one.line.duration_seconds
    return Row(
        depth=depth,
        what=what,
        name=name,
        detail=detail,
        is_bad=is_bad,
        started=started,
        duration=duration,
        line=one.line,
    )


def _timed(line: FactLine) -> _Timed | None:
    try:
        end = datetime.fromisoformat(line.happened_at).astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None
    start = end - (line.duration_seconds or 0.0)
    return _Timed(start, end, line) if start >= 0 else None


def _each(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))
