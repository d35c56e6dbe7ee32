"""The Kullback-Leibler divergence: what it costs to take the current values for those of the reference, in nats.

``KL = sum c * ln(c / r)``. It is not symmetric, and has no upper bound.

Source: Kullback and Leibler, On information and sufficiency, Annals of Mathematical Statistics 22 (1951).
"""

from math import log

from watchkeeper.analyzer.drift.histogram import Counts, Histogram
from watchkeeper.analyzer.drift.shares import smoothed


def kullback_leibler(reference: Counts, current: Counts) -> float:
    """The divergence of counts on the same bins, from 0; 0 where one of them is empty."""
    if not sum(reference) or not sum(current):
        return 0.0
    pairs = zip(*smoothed(reference, current), strict=True)
    # Rounding makes it -1e-17 of what is equal.
    return max(0.0, sum(c * log(c / r) for r, c in pairs))


def kullback_leibler_of(reference: Histogram, current: Histogram) -> float:
    """The divergence of histograms on the same bounds."""
    return kullback_leibler(reference.counts, current.counts)
