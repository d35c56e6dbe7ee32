"""Two samples: how far apart their means, shares and percentiles are, and how often chance does that. Pure.

Calls of one run resemble each other, so a run is what is drawn: a mean over calls is the ratio of two sums over runs,
with the variance of that. Source: Cochran, Sampling Techniques, 6.3 (ratio), and Woodruff, Confidence intervals for
medians and other position measures, JASA 47, 1952 (percentiles).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

# Runs of each side; of fewer the normal distribution is a bad one for means of tokens and cost, whose tails are heavy.
LEAST_RUNS = 100
_NORMAL = NormalDist()
_Z95 = 1.959964

# The values of each run.
Runs = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A number and its standard error; ``values`` is over how many it is."""

    value: float
    error: float
    values: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """After less before, with half the width of its 95 % confidence interval, and its p-value."""

    before: Estimate
    after: Estimate
    pvalue: float

    @property
    def change(self) -> float:
        """After less before."""
        return self.after.value - self.before.value

    @property
    def margin(self) -> float:
        """Half the width of the 95 % confidence interval."""
        return _Z95 * _error(self.before, self.after)


def mean_of(runs: Runs) -> Estimate | None:
    """The mean of all values; None of fewer than two runs."""
    with_values = [run for run in runs if run]
    if len(with_values) < 2:  # noqa: PLR2004  # one run has no variance
        return None
    sums = [(sum(run), len(run)) for run in with_values]
    count = sum(size for _, size in sums)
    mean = sum(total for total, _ in sums) / count
    squares = sum((total - mean * size) ** 2 for total, size in sums)
    variance = squares * len(sums) / (len(sums) - 1) / count**2
    return Estimate(value=mean, error=sqrt(variance), values=count)


def share_of(runs: Runs) -> Estimate | None:
    """The share of values that are 1, of 1 and 0.

    With a run of each added, so that a share of 0 is not sure to be 0. Source: Agresti and Caffo, Simple and effective
    confidence intervals for proportions, The American Statistician 54, 2000.
    """
    found, careful = mean_of(runs), mean_of([*runs, [1.0], [0.0]])
    return Estimate(value=found.value, error=careful.error, values=found.values) if found and careful else None


def percentile_of(runs: Runs, quantile: float) -> Estimate | None:
    """The value that a share of the values does not exceed, ``quantile`` in 0..1."""
    values = sorted(value for run in runs for value in run)
    if not values:
        return None
    at = _at(values, quantile)
    below = mean_of([[float(value <= at) for value in run] for run in runs])
    if below is None:
        return None
    low, high = (_at(values, quantile + side * _Z95 * below.error) for side in (-1, 1))
    return Estimate(value=at, error=(high - low) / (2 * _Z95), values=len(values))


def difference(before: Estimate | None, after: Estimate | None) -> Difference | None:
    """How far apart they are, and how often chance alone does as much; None where one of them is."""
    if before is None or after is None:
        return None
    error, change = _error(before, after), abs(after.value - before.value)
    # What never varied and differs is not chance; what never varied and is the same shows nothing.
    pvalue = 2 * _NORMAL.cdf(-change / error) if error > 0 else float(change == 0)
    return Difference(before=before, after=after, pvalue=pvalue)


def holm(pvalues: Mapping[str, float]) -> dict[str, float]:
    """Each p-value so much larger that, of all together, one is below a limit by chance no more often than the limit.

    Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    found, highest = {}, 0.0
    for rank, name in enumerate(sorted(pvalues, key=pvalues.__getitem__)):
        highest = max(highest, min(1.0, pvalues[name] * (len(pvalues) - rank)))
        found[name] = highest
    return found


def _error(before: Estimate, after: Estimate) -> float:
    return sqrt(before.error**2 + after.error**2)


def _at(values: Sequence[float], quantile: float) -> float:
    return values[min(max(int(quantile * len(values)), 0), len(values) - 1)]
