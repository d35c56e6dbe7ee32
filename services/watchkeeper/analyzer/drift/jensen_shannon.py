"""The Jensen-Shannon divergence: how far both are from their mean, between 0 and 1.

``JS = (KL(r, m) + KL(c, m)) / 2`` with ``m = (r + c) / 2`` and logarithms to the base 2. Symmetric, and defined where
shares are 0. Its square root is a distance; scipy.spatial.distance.jensenshannon gives that one.

Source: Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37 (1991).
"""

from math import log2

from watchkeeper.analyzer.drift.histogram import Counts, Histogram
from watchkeeper.analyzer.drift.shares import shares


def jensen_shannon(reference: Counts, current: Counts) -> float:
    """The divergence of counts on the same bins, in 0..1; 0 where one of them is empty."""
    if not sum(reference) or not sum(current):
        return 0.0
    pairs = zip(shares(reference), shares(current), strict=True)
    return min(1.0, max(0.0, sum(_part(r, (r + c) / 2) + _part(c, (r + c) / 2) for r, c in pairs) / 2))


def jensen_shannon_of(reference: Histogram, current: Histogram) -> float:
    """The divergence of histograms on the same bounds."""
    return jensen_shannon(reference.counts, current.counts)


def _part(share: float, mean: float) -> float:
    return share * log2(share / mean) if share > 0 else 0.0
