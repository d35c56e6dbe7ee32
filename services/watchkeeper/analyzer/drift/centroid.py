"""How far the centroid of embeddings has moved, by their projections on fixed directions.

``S = sqrt(mean over directions of ((mean_c - mean_r) / sigma_r)^2)``: in standard deviations of the reference, the
same unit in every direction. Random projections keep distances, so that S follows the shift of the whole vectors.
Without drift ``n m / (n + m) * directions * S^2`` follows the chi-square distribution with as many degrees of freedom
as there are directions.

Source: Johnson and Lindenstrauss (1984); Hotelling, The generalization of Student's ratio (1931).
"""

from collections.abc import Mapping
from math import sqrt

from watchkeeper.analyzer.drift.chi_square_tail import chi_square_tail
from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.analyzer.drift.wasserstein import deviation, mean, wasserstein_normalised

# Moved by 20 and 40 % of the traffic between topics (tests/unit/analyzer/drift/test_embeddings.py).
SHIFT = 0.1
LARGE_SHIFT = 0.2
_FAR = 3.0

Projections = Mapping[str, Histogram]


def centroid_shift(reference: Projections, current: Projections) -> float:
    """The shift of histograms by direction, from 0; 0 where one of them is empty."""
    shifts = [_shift(reference[direction], current[direction]) for direction in reference.keys() & current.keys()]
    return sqrt(sum(shift * shift for shift in shifts) / len(shifts)) if shifts else 0.0


def scaled_centroid_shift(reference: Projections, current: Projections) -> tuple[float, int]:
    """The shift as a chi-square statistic, and its degrees of freedom."""
    directions = reference.keys() & current.keys()
    n, m = (max((one[direction].total for direction in directions), default=0.0) for one in (reference, current))
    freedom = len(directions)
    return (n * m / (n + m) * freedom * centroid_shift(reference, current) ** 2 if n and m else 0.0), freedom


def centroid_pvalue(reference: Projections, current: Projections, dispersion: float = 1.0) -> float:
    """How often chance alone moves the centroid as far."""
    statistic, freedom = scaled_centroid_shift(reference, current)
    return chi_square_tail(statistic / dispersion, freedom)


def sliced_wasserstein(reference: Projections, current: Projections) -> float:
    """The mean of the normalised Wasserstein distance over all directions."""
    directions = reference.keys() & current.keys()
    found = [wasserstein_normalised(reference[direction], current[direction]) for direction in directions]
    return sum(found) / len(found) if found else 0.0


def outlier_ratio(reference: Projections, current: Projections) -> float:
    """The largest share, of all directions, of current values beyond three standard deviations of the reference."""
    return max((_beyond(reference[one], current[one]) for one in reference.keys() & current.keys()), default=0.0)


def _shift(reference: Histogram, current: Histogram) -> float:
    sigma = deviation(reference)
    return (mean(current) - mean(reference)) / sigma if sigma and current.total and reference.total else 0.0


def _beyond(reference: Histogram, current: Histogram) -> float:
    """Whole buckets only: what lies in one with an edge inside is not counted."""
    centre, far = mean(reference), _FAR * deviation(reference)
    edges = list(zip((float("-inf"), *current.bounds), (*current.bounds, float("inf")), strict=True))
    outside = sum(
        c for c, (low, high) in zip(current.counts, edges, strict=True) if high <= centre - far or low >= centre + far
    )
    return outside / current.total if current.total else 0.0
