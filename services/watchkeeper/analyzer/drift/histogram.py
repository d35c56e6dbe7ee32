"""What drift is computed of: counts by bucket, and the same counts on fewer buckets."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

Counts = Sequence[float]

# The textbook limits of PSI were found on ten bins.
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Values counted by bucket. ``counts[i]`` are those up to ``bounds[i]``, the last one those above all bounds.

    Bounds ascend. Counts are not cumulative, and fractional where Prometheus extrapolates.
    """

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def total(self) -> float:
        """How many values it holds."""
        return sum(self.counts)


def of_cumulative(by_bound: Mapping[float, float]) -> Histogram:
    """The histogram of Prometheus' cumulative buckets by upper bound, of which one is +Inf.

    Extrapolation lets the sum up to a bound exceed that of a higher one by a little; then nothing lies between.
    """
    bounds = sorted(by_bound)
    return Histogram(bounds=tuple(bounds[:-1]), counts=_steps(accumulate([by_bound[bound] for bound in bounds], max)))


def of_values(bounds: tuple[float, ...], values: Sequence[float]) -> Histogram:
    """The histogram of single values."""
    counts = [0.0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    return Histogram(bounds=bounds, counts=tuple(counts))


def on_bounds(histogram: Histogram, bounds: tuple[float, ...]) -> Histogram:
    """The same values on some of its bounds."""
    if bounds == histogram.bounds:
        return histogram
    cumulative = dict(zip(histogram.bounds, accumulate(histogram.counts), strict=False))
    return Histogram(bounds=bounds, counts=_steps([*(cumulative[bound] for bound in bounds), histogram.total]))


def _steps(rising: Iterable[float]) -> tuple[float, ...]:
    """How much each is above the one before it, the first above 0."""
    return tuple([high - low for low, high in pairwise([0.0, *rising])])


def together(histograms: Sequence[Histogram]) -> Histogram:
    """The values of all of them; they have the same bounds."""
    counts = tuple(map(sum, zip(*(one.counts for one in histograms), strict=True)))
    return Histogram(bounds=histograms[0].bounds, counts=counts)


def cuts(reference: Counts, bins: int = BINS) -> tuple[int, ...]:
    """Where to end bins, so that each has about its share of the reference: indices behind the last bucket of each.

    A bucket that holds more than one share is a bin of its own, and so is what lies before it or after all others,
    however little that is: a shift out of a single bucket would not be seen if it were merged with its neighbours.
    """
    # A hair less: shares of a tenth do not add up to exactly 1.
    share = sum(reference) / bins * (1 - 1e-9)
    ends, held, start = [], 0.0, 0
    for place, count in enumerate(reference):
        if count >= share > 0 and place > start:
            ends.append(place)
            held, start = 0.0, place
        held += count
        if held >= share > 0:
            ends.append(place + 1)
            held, start = 0.0, place + 1
    return (*ends, len(reference)) if start < len(reference) else tuple(ends)


def merged(counts: Counts, ends: Sequence[int]) -> tuple[float, ...]:
    """Counts by bin; ``ends`` as ``cuts`` gives them."""
    return tuple([sum(counts[start:end]) for start, end in zip([0, *ends], ends, strict=False)])
