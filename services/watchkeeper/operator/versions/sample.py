"""The lines of two versions as samples: runs of each, with what was measured in them. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.engines.fact_lines import FactLine

_FAILURES = frozenset({"error", "rate_limited", "timeout"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a version: its model calls, and what else its trace has. A call without a trace is a run."""

    calls: Sequence[FactLine]
    tools: Sequence[str] = ()
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)
    is_reviewed: bool = False
    has_trace: bool = False

    def of_calls(self, measure: Callable[[FactLine], float | None]) -> list[float]:
        """What is measured of each call, where it is known."""
        return [value for call in self.calls if (value := measure(call)) is not None]

    def failures(self) -> list[float]:
        """1 for each call that failed, 0 for each other."""
        return [float(call.status in _FAILURES) for call in self.calls]


def runs_by_version(lines: Iterable[FactLine], versions: Sequence[str]) -> tuple[dict[str, list[Run]], int]:
    """The runs of each version, and how many had calls of several of them, which belong to none.

    ``lines`` are the calls of the prompt and, of the same time, the service's tools, reviews and scores: these join a
    run by its trace.
    """
    calls: dict[str, list[FactLine]] = defaultdict(list)
    others: dict[str, list[FactLine]] = defaultdict(list)
    found: dict[str, list[Run]] = {version: [] for version in versions}
    alone: list[FactLine] = []
    for line in lines:
        is_call = line.event == "llm_call_completed"
        if line.trace_id:
            (calls if is_call else others)[line.trace_id].append(line)
        else:
            alone.append(line)
    for line in alone:
        if line.event == "llm_call_completed" and line.prompt_version in found:
            found[line.prompt_version].append(Run(calls=[line]))
    mixed = 0
    for trace_id, own in calls.items():
        seen = {call.prompt_version for call in own} & found.keys()
        if len(seen) == 1:
            found[seen.pop()].append(_run(own, others[trace_id]))
        mixed += len(seen) > 1
    _add_scores_without_trace(found, alone)
    return found, mixed


def _run(calls: Sequence[FactLine], others: Sequence[FactLine]) -> Run:
    scores: dict[str, list[float]] = defaultdict(list)
    for line in others:
        if line.event == "score_recorded" and isinstance(line.value, float):
            scores[line.score].append(line.value)
    return Run(
        calls=calls,
        tools=[line.tool for line in others if line.event == "tool_call_completed"],
        scores=scores,
        is_reviewed=any(line.event == "human_review_recorded" for line in others),
        has_trace=True,
    )


def _add_scores_without_trace(found: Mapping[str, list[Run]], lines: Sequence[FactLine]) -> None:
    """Scores that name their version and no trace are of runs that are not known: each stands for itself."""
    for line in lines:
        if line.event == "score_recorded" and line.prompt_version in found and isinstance(line.value, float):
            found[line.prompt_version].append(Run(calls=(), scores={line.score: [line.value]}))
