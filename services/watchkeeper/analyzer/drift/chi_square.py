"""Pearson's chi-square test and the G-test of whether two samples have the same categories in the same shares.

``chi2 = sum (o - e)^2 / e`` and ``G = 2 sum o ln(o / e)`` over both samples, with the expected counts e of the two
taken together; both follow the chi-square distribution with (categories - 1) degrees of freedom.

Source: Pearson (1900); Woolf (1957); Sokal and Rohlf, Biometry, chapter 17.
"""

from collections.abc import Iterator
from math import log

from watchkeeper.analyzer.drift.chi_square_tail import chi_square_tail
from watchkeeper.analyzer.drift.histogram import Counts, Histogram


def chi_square(reference: Counts, current: Counts) -> float:
    """Pearson's statistic of counts by category, from 0; 0 where one of them is empty."""
    return sum((o - e) ** 2 / e for o, e in _cells(reference, current))


def g_test(reference: Counts, current: Counts) -> float:
    """The statistic G of counts by category, from 0; 0 where one of them is empty."""
    return max(0.0, 2 * sum(o * log(o / e) for o, e in _cells(reference, current) if o > 0))


def chi_square_of(reference: Histogram, current: Histogram) -> float:
    """Pearson's statistic of histograms on the same bounds."""
    return chi_square(reference.counts, current.counts)


def g_test_of(reference: Histogram, current: Histogram) -> float:
    """The statistic G of histograms on the same bounds."""
    return g_test(reference.counts, current.counts)


def degrees_of_freedom(reference: Counts, current: Counts) -> int:
    """Categories that either sample has, less one."""
    return max(0, sum(1 for r, c in zip(reference, current, strict=True) if r + c > 0) - 1)


def pvalue(statistic: float, freedom: int, dispersion: float = 1.0) -> float:
    """How often chance alone gives a statistic as large; ``dispersion`` is how much more than chance varies."""
    return chi_square_tail(statistic / dispersion, freedom)


def _cells(reference: Counts, current: Counts) -> Iterator[tuple[float, float]]:
    """What was observed in each cell of the table, and what is expected there."""
    n, m = sum(reference), sum(current)
    if not n or not m:
        return
    for r, c in zip(reference, current, strict=True):
        if r + c > 0:
            yield r, (r + c) * n / (n + m)
            yield c, (r + c) * m / (n + m)
