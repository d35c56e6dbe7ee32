"""The two-sample Kolmogorov-Smirnov test: the largest distance of two distribution functions, and its p-value.

``D = max |F_r - F_c|``, here over the bounds of buckets, so that it is at most that of the values. Under no drift
``sqrt(n m / (n + m)) D`` follows Kolmogorov's distribution, ``Q(x) = 2 sum (-1)^(k-1) exp(-2 k^2 x^2)``; on buckets
the p-value is larger than that, never smaller.

Source: Press et al., Numerical Recipes, 14.3; Kolmogorov (1933), Smirnov (1948).
"""

from itertools import accumulate
from math import exp, sqrt

from watchkeeper.analyzer.drift.histogram import Counts, Histogram
from watchkeeper.analyzer.drift.shares import shares

# Below it the series converges slowly, and Q is 1 to sixteen digits.
_LEAST = 0.2
_TERMS = 101


def kolmogorov_smirnov(reference: Counts, current: Counts) -> float:
    """The distance D of counts on the same ordered bins, in 0..1; 0 where one of them is empty."""
    if not sum(reference) or not sum(current):
        return 0.0
    pairs = zip(accumulate(shares(reference)), accumulate(shares(current)), strict=True)
    return min(1.0, max((abs(r - c) for r, c in pairs), default=0.0))


def kolmogorov_smirnov_of(reference: Histogram, current: Histogram) -> float:
    """The distance of histograms on the same bounds."""
    return kolmogorov_smirnov(reference.counts, current.counts)


def kolmogorov_pvalue(distance: float, sizes: tuple[float, float], dispersion: float = 1.0) -> float:
    """How often samples of these sizes differ as much by chance; ``dispersion`` divides what their sizes are worth."""
    n, m = sizes
    if not n or not m:
        return 1.0
    x = distance * sqrt(n * m / (n + m) / dispersion)
    if x < _LEAST:
        return 1.0
    return min(1.0, max(0.0, 2 * sum((1 if k % 2 else -1) * exp(-2 * k * k * x * x) for k in range(1, _TERMS))))
