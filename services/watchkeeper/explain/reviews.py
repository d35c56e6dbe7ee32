"""The share of runs that people review, as an account: by the branch that leads to review, where one does."""

from collections.abc import Iterator, Mapping, Sequence
from math import prod

from watchkeeper.explain.cells import Account, Cell, Factor, Side, Value
from watchkeeper.explain.samples import Row, Sample, Samples, row_of, sums
from watchkeeper.explain.shapley import Factors

LEVELS = ("service", "branch")
FACTORS = (Factor.DECISIONS, Factor.BRANCH_SHARE, Factor.REVIEWS, Factor.REVIEWS_PER_RUN)
# A branch leads to reviews where it was taken about as often as there were reviews, in both windows.
_ALIKE = 0.15


def review_accounts(samples: Samples) -> Iterator[Account]:
    """Reviews per run: decisions per run, times the share of the branch, times reviews per time it was taken.

    Without such a branch, reviews per run alone. Reviews have no other labels than the service.
    """
    cells = [cell for service in samples.services() if (cell := _cell(samples.of(service), service))]
    if cells:
        service = cells[0].labels[0] if len(cells) == 1 else ""
        yield Account(service=service, levels=LEVELS, factors=FACTORS, merge=_only, cells=tuple(cells))


def _cell(samples: Samples, service: str) -> Cell | None:
    runs = [_runs(side) for side in samples.both]
    reviews = [_reviews(side) for side in samples.both]
    branch = _branch(samples, reviews)
    before, after = (
        _side(found, run, review, branch) for found, run, review in zip(samples.both, runs, reviews, strict=True)
    )
    label = ": ".join(branch) if branch else ""
    return Cell(labels=(service, label), before=before, after=after, value=_value) if before or after else None


def _runs(side: Sequence[Sample]) -> float:
    """Traces; for applications without traces, their calls."""
    runs = sum(one.per_hour for one in side if one.amount == "runs")
    return runs or sum(one.per_hour for one in side if one.amount == "requests")


def _reviews(side: Sequence[Sample]) -> float:
    """Reviews that were requested; where only their outcomes are reported, these."""
    by_outcome = sums(side, "reviews", row_of(("outcome",)))
    return by_outcome.get(("requested",)) or sum(by_outcome.values())


def _branch(samples: Samples, reviews: Sequence[float]) -> Row | None:
    """The node and branch whose number is nearest to that of reviews in both windows."""
    if min(reviews) <= 0:
        return None
    taken = [sums(side, "decisions", row_of(("node", "branch"))) for side in samples.both]

    def distance(row: Row) -> float:
        return max(abs(found.get(row, 0.0) / review - 1.0) for found, review in zip(taken, reviews, strict=True))

    nearest = min(sorted(taken[0].keys() & taken[1].keys()), key=distance, default=None)
    return nearest if nearest and distance(nearest) <= _ALIKE else None


def _side(found: Sequence[Sample], runs: float, reviews: float, branch: Row | None) -> Side | None:
    if runs <= 0:
        return None
    if branch is None:
        return Side(weight=runs, factors=(1.0, 1.0, 1.0, reviews / runs))
    taken: Mapping[Row, float] = sums(found, "decisions", row_of(("node", "branch")))
    decisions = sum(count for row, count in taken.items() if row[0] == branch[0])
    each = (decisions / runs, taken[branch] / decisions, reviews / taken[branch])
    return Side(weight=runs, factors=(*each, 1.0))


def _value(factors: Factors) -> float:
    return prod(factors)


def _only(_value: Value, sides: Sequence[Side]) -> Side:
    """A group is one cell: a service has one branch that leads to reviews."""
    return sides[0]
