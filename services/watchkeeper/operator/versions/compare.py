"""Two versions of a prompt, held against each other in everything that their lines tell. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.operator.versions.sample import Run
from watchkeeper.operator.versions.statistics import (
    LEAST_RUNS,
    Difference,
    Estimate,
    Runs,
    difference,
    holm,
    mean_of,
    percentile_of,
    share_of,
)

# Of a hundred comparisons of equal versions one finds a difference in anything at all.
ALPHA = 0.01
# Of as many tools and scores: the most frequent ones.
_MOST_NAMES = 5


class Unit(StrEnum):
    """What a number is."""

    DOLLARS = "dollars"
    NUMBER = "number"
    SECONDS = "seconds"
    SHARE = "share"
    SCORE = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One measure of both versions; ``adjusted`` is its p-value among all of them, None where there are too few runs.

    ``key`` is what a limit names; ``is_worse`` says of a change whether it is one for the worse.
    """

    key: str
    title: str
    unit: Unit
    difference: Difference
    is_worse: Callable[[float], bool]
    adjusted: float | None = None

    @property
    def is_different(self) -> bool:
        """Whether chance does not explain it."""
        return self.adjusted is not None and self.adjusted < ALPHA

    @property
    def relative(self) -> float | None:
        """The change over what was before; None where that was nothing, and for shares and scores."""
        before = self.difference.before.value
        is_amount = self.unit in (Unit.DOLLARS, Unit.NUMBER, Unit.SECONDS)
        return self.difference.change / before if before and is_amount else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    key: str
    title: str
    unit: Unit
    values: Callable[[Run], Sequence[float]]
    estimate: Callable[[Runs], Estimate | None] = mean_of
    is_worse: Callable[[float], bool] = lambda change: change > 0


def compare(before: Sequence[Run], after: Sequence[Run]) -> list[Compared]:
    """Every measure that both sides have; those of fewer than ``LEAST_RUNS`` runs on a side without a verdict."""
    found: dict[str, Compared] = {}
    evaluated: dict[str, float] = {}
    for measure in (*_MEASURES, *_of_tools(before, after), *_of_scores(before, after)):
        sides = [[values for run in side if (values := measure.values(run))] for side in (before, after)]
        known = difference(measure.estimate(sides[0]), measure.estimate(sides[1]))
        if known is None:
            continue
        found[measure.title] = Compared(
            key=measure.key, title=measure.title, unit=measure.unit, difference=known, is_worse=measure.is_worse
        )
        if min(map(len, sides)) >= LEAST_RUNS:
            evaluated[measure.title] = known.pvalue
    adjusted = holm(evaluated)
    return [replace(one, adjusted=adjusted.get(title)) for title, one in found.items()]


def _cost(call: FactLine) -> float | None:
    return None if call.cost_usd is None else float(call.cost_usd)


def _of_calls(measure: Callable[[FactLine], float | None]) -> Callable[[Run], Sequence[float]]:
    return lambda run: run.of_calls(measure)


def _reviewed(run: Run) -> Sequence[float]:
    return [float(run.is_reviewed)] if run.has_trace else []


_SECONDS = _of_calls(lambda call: call.duration_seconds)
_MEASURES = (
    _Measure(key="cost", title="cost per call", unit=Unit.DOLLARS, values=_of_calls(_cost)),
    _Measure(
        key="tokens-in", title="tokens in per call", unit=Unit.NUMBER, values=_of_calls(lambda call: call.input_tokens)
    ),
    _Measure(
        key="tokens-out",
        title="tokens out per call",
        unit=Unit.NUMBER,
        values=_of_calls(lambda call: call.output_tokens),
    ),
    _Measure(
        key="latency-p50",
        title="latency p50",
        unit=Unit.SECONDS,
        values=_SECONDS,
        estimate=partial(percentile_of, quantile=0.5),
    ),
    _Measure(
        key="latency-p95",
        title="latency p95",
        unit=Unit.SECONDS,
        values=_SECONDS,
        estimate=partial(percentile_of, quantile=0.95),
    ),
    _Measure(key="errors", title="error share", unit=Unit.SHARE, values=Run.failures, estimate=share_of),
    _Measure(key="reviews", title="review share", unit=Unit.SHARE, values=_reviewed, estimate=share_of),
    _Measure(
        key="tools",
        title="tool calls per run",
        unit=Unit.NUMBER,
        values=lambda run: [float(len(run.tools))] if run.has_trace else [],
        is_worse=lambda _change: False,
    ),
)


def _of_tools(before: Sequence[Run], after: Sequence[Run]) -> Iterator[_Measure]:
    counted = Counter(tool for side in (before, after) for run in side for tool in set(run.tools))
    for tool, _ in counted.most_common(_MOST_NAMES):
        yield _Measure(
            key=f"tool:{tool}",
            title=f"runs with tool {tool}",
            unit=Unit.SHARE,
            values=partial(_uses, tool),
            estimate=share_of,
            is_worse=lambda _change: False,
        )


def _uses(tool: str, run: Run) -> Sequence[float]:
    return [float(tool in run.tools)] if run.has_trace else []


def _of_scores(before: Sequence[Run], after: Sequence[Run]) -> Iterator[_Measure]:
    counted = Counter(name for side in (before, after) for run in side for name in run.scores)
    for name, _ in counted.most_common(_MOST_NAMES):
        yield _Measure(
            key=f"score:{name}",
            title=f"score {name}",
            unit=Unit.SCORE,
            values=partial(_scores, name),
            is_worse=lambda change: change < 0,
        )


def _scores(name: str, run: Run) -> Sequence[float]:
    return run.scores.get(name, ())
