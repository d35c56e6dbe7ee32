"""Latency, errors and scores, as accounts: means over calls, with what they are made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.explain.cells import Account, Cell, Factor, Side, Value
from watchkeeper.explain.samples import Row, Sample, Samples, row_of, sums
from watchkeeper.explain.shapley import Factors

_Sides = Callable[[Sequence[Sample]], Mapping[Row, Side]]

ERROR_LEVELS = ("service", "tenant", "prompt", "model", "prompt_version")
LATENCY_LEVELS = ("service", "prompt", "model", "prompt_version")
SCORE_LEVELS = ("service", "score", "prompt", "model", "prompt_version")
_STATUSES = {"error": Factor.ERRORS, "rate_limited": Factor.RATE_LIMITS, "timeout": Factor.TIMEOUTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Formula:
    """The factors of a value, the value, and how cells of one group are put together."""

    factors: tuple[Factor, ...]
    value: Value
    merge: Callable[[Value, Sequence[Side]], Side]


def error_accounts(samples: Samples) -> Iterator[Account]:
    """The share of calls that fail, by how they do."""

    def side(found: Sequence[Sample]) -> Mapping[Row, Side]:
        calls = sums(found, "requests", row_of(ERROR_LEVELS))
        failed = sums(found, "requests", row_of((*ERROR_LEVELS, "status")))
        return {
            row: Side(weight=count, factors=[failed.get((*row, status), 0.0) / count for status in _STATUSES])
            for row, count in calls.items()
            if count > 0
        }

    formula = _Formula(factors=tuple(_STATUSES.values()), value=sum, merge=_mean_factors)
    yield from _account(samples, ERROR_LEVELS, formula, side)


def latency_accounts(samples: Samples) -> Iterator[Account]:
    """Seconds of a call: its output tokens times seconds per token, or just seconds where it has no output."""

    def side(found: Sequence[Sample]) -> Mapping[Row, Side]:
        key = row_of(LATENCY_LEVELS)
        calls, seconds = sums(found, "timed", key), sums(found, "seconds", key)
        counted, tokens = sums(found, "requests", key), sums(found, "tokens_out", key)
        known = {
            row: (count, seconds.get(row, 0.0) / count, tokens.get(row, 0.0) / (counted.get(row) or count))
            for row, count in calls.items()
            if count > 0
        }
        return {
            row: Side(weight=count, factors=(out, mean / out, 0.0) if out > 0 and _answers(row) else (0.0, 0.0, mean))
            for row, (count, mean, out) in known.items()
        }

    def _answers(row: Row) -> bool:
        return row[:-1] in answering

    answering = _groups_with_output(samples)
    factors = (Factor.TOKENS_OUT, Factor.SECONDS_PER_TOKEN, Factor.SECONDS)
    formula = _Formula(factors=factors, value=_seconds, merge=_merge_seconds)
    yield from _account(samples, LATENCY_LEVELS, formula, side)


def score_accounts(samples: Samples) -> Iterator[Account]:
    """The mean of scores."""

    def side(found: Sequence[Sample]) -> Mapping[Row, Side]:
        key = row_of(SCORE_LEVELS)
        count, total = sums(found, "scores", key), sums(found, "score_sum", key)
        return {
            row: Side(weight=number, factors=(total.get(row, 0.0) / number,))
            for row, number in count.items()
            if number > 0
        }

    formula = _Formula(factors=(Factor.SCORE,), value=sum, merge=_mean_factors)
    yield from _account(samples, SCORE_LEVELS, formula, side)


def _account(samples: Samples, levels: tuple[str, ...], formula: _Formula, side: _Sides) -> Iterator[Account]:
    value, merge, factors = formula.value, formula.merge, formula.factors
    before, after = (side(found) for found in samples.both)
    cells = tuple(
        Cell(labels=row, before=before.get(row), after=after.get(row), value=value)
        for row in sorted(before.keys() | after.keys())
    )
    services = samples.services()
    if cells:
        service = services[0] if len(services) == 1 else ""
        yield Account(service=service, levels=levels, factors=factors, merge=merge, cells=cells)


def _groups_with_output(samples: Samples) -> set[Row]:
    """The groups of calls, versions apart, whose calls all have output tokens in both windows."""
    key = row_of(LATENCY_LEVELS)
    with_output: set[Row] = set()
    without: set[Row] = set()
    for found in samples.both:
        tokens = sums(found, "tokens_out", key)
        for row, count in sums(found, "timed", key).items():
            if count > 0:
                (with_output if tokens.get(row, 0.0) > 0 else without).add(row[:-1])
    return with_output - without


def _seconds(factors: Factors) -> float:
    return factors[0] * factors[1] + factors[2]


def _merge_seconds(_value: Value, sides: Sequence[Side]) -> Side:
    weight = sum(side.weight for side in sides)
    tokens = sum(side.weight * side.factors[0] for side in sides)
    seconds = sum(side.weight * side.factors[0] * side.factors[1] for side in sides)
    rest = sum(side.weight * side.factors[2] for side in sides)
    return Side(weight=weight, factors=(tokens / weight, seconds / tokens if tokens else 0.0, rest / weight))


def _mean_factors(_value: Value, sides: Sequence[Side]) -> Side:
    """Where the value is the sum of the factors, their means have the mean value."""
    weight = sum(side.weight for side in sides)
    columns = zip(*(side.factors for side in sides), strict=True)
    means = tuple(
        sum(side.weight * one for side, one in zip(sides, column, strict=True)) / weight for column in columns
    )
    return Side(weight=weight, factors=means)
