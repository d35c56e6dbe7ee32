"""The Benjamini-Hochberg procedure: of what is reported as drift, at most a share q is chance.

Of m p-values in ascending order the k-th is worth ``min over j >= k of p_j m / j``; what is at most q is a discovery.

Source: Benjamini and Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57
(1995).
"""

from collections.abc import Sequence

# Of ten alerts about drift, not one is chance.
Q = 0.05


def adjusted(pvalues: Sequence[float]) -> list[float]:
    """Each p-value as the smallest q at which it is a discovery, in the order given."""
    order = sorted(range(len(pvalues)), key=pvalues.__getitem__, reverse=True)
    found, lowest = [1.0] * len(pvalues), 1.0
    for rank, place in zip(range(len(pvalues), 0, -1), order, strict=True):
        lowest = min(lowest, pvalues[place] * len(pvalues) / rank)
        # Rounding must not make it smaller than it was.
        found[place] = max(lowest, pvalues[place])
    return found
