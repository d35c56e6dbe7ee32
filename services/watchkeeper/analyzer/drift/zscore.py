"""The rolling z-score: how far a value is from those before it, in their standard deviations.

``z = (x - mean) / sigma`` over the last 100 values, of at least ten; unusual beyond 3 (Shewhart's limits).

Source: Shewhart (1931); NIST e-Handbook, 6.3.1.
"""

from collections.abc import Sequence
from statistics import fmean, stdev

WINDOW = 100
LEAST = 10
LIMIT = 3.0


def baseline(values: Sequence[float], least_sigma: float) -> tuple[float, float] | None:
    """Mean and sigma of the last values; None of too few.

    ``least_sigma``, above 0, is the smallest change that counts.
    """
    window = values[-WINDOW:]
    if len(window) < LEAST:
        return None
    return fmean(window), max(stdev(window), least_sigma)


def zscore(value: float, before: Sequence[float], least_sigma: float) -> float | None:
    """The score of a value after those before it; None while these are too few."""
    found = baseline(before, least_sigma)
    return None if found is None else (value - found[0]) / found[1]
