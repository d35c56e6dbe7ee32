"""The Wasserstein distance: how far values must be moved on average to turn one distribution into the other.

``W = integral |F_r(x) - F_c(x)| dx``, in the unit of the values. Inside a bucket values are taken to lie evenly on a
logarithmic scale where it is wide (doubling buckets halve the error so), else evenly; those above the last bound lie
on it, and those of a first bucket that ends at 0 or below on its bound. Normalised it is in standard deviations of the
reference, so that features can be compared.

Source: Vallender, Calculation of the Wasserstein distance between probability distributions on the line (1973).
"""

from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import exp, log, sqrt

from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.analyzer.drift.shares import shares

# Narrower buckets are the same on either scale to a hundredth.
_WIDE = 1.5


def wasserstein(reference: Histogram, current: Histogram) -> float:
    """The distance of histograms on the same bounds, in the unit of the bounds; 0 where one of them is empty."""
    if not reference.total or not current.total or not reference.bounds:
        return 0.0
    below = (accumulate(shares(one.counts)) for one in (reference, current))
    gaps = [0.0, *(r - c for r, c in zip(*below, strict=True))]
    buckets = zip(pairwise(_edges(reference)), pairwise(gaps), strict=False)
    return sum(_area(left, right, before, after) for (left, right), (before, after) in buckets)


def wasserstein_normalised(reference: Histogram, current: Histogram) -> float:
    """The distance in standard deviations of the reference; in its own unit where the reference has none."""
    return wasserstein(reference, current) / (deviation(reference) or 1.0)


def mean(histogram: Histogram) -> float:
    """The mean of its values; 0 of an empty one."""
    return sum(share * _power_mean(left, right, 1) for share, left, right in _pieces(histogram))


def deviation(histogram: Histogram) -> float:
    """The standard deviation of its values; 0 of an empty one."""
    square = sum(share * _power_mean(left, right, 2) for share, left, right in _pieces(histogram))
    return sqrt(max(0.0, square - mean(histogram) ** 2))


def _pieces(histogram: Histogram) -> Iterator[tuple[float, float, float]]:
    """The share of each bucket, and between which values it lies."""
    edges = _edges(histogram)
    yield from zip(shares(histogram.counts), edges, [*edges[1:], edges[-1]], strict=True)


def _edges(histogram: Histogram) -> list[float]:
    lowest = min(0.0, histogram.bounds[0]) if histogram.bounds else 0.0
    return [lowest, *histogram.bounds]


def _is_wide(left: float, right: float) -> bool:
    return left > 0 and right > _WIDE * left


def _power_mean(left: float, right: float, power: int) -> float:
    """The mean of values between two, or of their squares."""
    if _is_wide(left, right):
        return float(right**power - left**power) / (power * log(right / left))
    return (left + right) / 2 if power == 1 else (left * left + left * right + right * right) / 3


def _area(left: float, right: float, before: float, after: float) -> float:
    """The integral of |d| between two values, where d goes from ``before`` to ``after``."""
    if right <= left:
        return 0.0
    if not _is_wide(left, right):
        return (right - left) * _mean_height(before, after)
    slope = (after - before) / log(right / left)
    if before * after >= 0:
        return abs(right * (after - slope) - left * (before - slope))
    crossing = left * exp(-before / slope)
    return abs(crossing * slope + left * (before - slope)) + abs(right * (after - slope) + crossing * slope)


def _mean_height(before: float, after: float) -> float:
    """The mean of |d| where d goes from one value to another in a line."""
    if before * after >= 0:
        return (abs(before) + abs(after)) / 2
    return (before * before + after * after) / (2 * (abs(before) + abs(after)))
