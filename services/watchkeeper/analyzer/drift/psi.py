"""PSI, the population stability index: how far shares have moved, in both directions.

``PSI = sum (c - r) * ln(c / r)`` over the shares r of the reference and c of the current values: the symmetric
Kullback-Leibler divergence (Jeffreys, 1946). From 0.1 a shift, from 0.25 a large one, on ten bins of the reference's
deciles; on other bins these limits mean something else.

Source: Siddiqi, Credit Risk Scorecards, 2006; Yurdakul and Naranjo, Statistical properties of the population
stability index, Journal of Risk Model Validation 14 (2020).
"""

from math import log

from watchkeeper.analyzer.drift.histogram import Counts, Histogram, cuts, merged
from watchkeeper.analyzer.drift.shares import smoothed

SHIFT = 0.1
LARGE_SHIFT = 0.25


def psi(reference: Counts, current: Counts) -> float:
    """PSI of counts on the same bins, from 0; 0 where one of them is empty, because nothing can be said."""
    if not sum(reference) or not sum(current):
        return 0.0
    pairs = zip(*smoothed(reference, current), strict=True)
    return sum([(c - r) * log(c / r) for r, c in pairs])


def psi_by_deciles(reference: Histogram, current: Histogram) -> float:
    """PSI of histograms on the same bounds, merged to bins of the reference's deciles."""
    ends = cuts(reference.counts)
    return psi(merged(reference.counts, ends), merged(current.counts, ends))


def psi_of(reference: Histogram, current: Histogram) -> float:
    """PSI of histograms on the same bounds, each bucket a bin, as categories are."""
    return psi(reference.counts, current.counts)
