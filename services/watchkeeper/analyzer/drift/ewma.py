"""The EWMA control chart: small shifts of a series that last, which single values do not show.

``z_i = lambda x_i + (1 - lambda) z_(i-1)`` from ``z_0 = mean``; out of control where z is further than
``L sigma sqrt(lambda / (2 - lambda) (1 - (1 - lambda)^(2 i)))`` from the mean. Mean and sigma are those of a baseline.

Source: Roberts, Control chart tests based on geometric moving averages (1959); NIST e-Handbook, 6.3.2.4.
"""

from collections.abc import Sequence
from math import sqrt

LAMBDA = 0.2
# Lucas and Saccucci (1990): one false signal in about 560 values.
L = 2.962


def ewma_deviation(values: Sequence[float], mean: float, sigma: float, weight: float = LAMBDA) -> float:
    """How far the average is from ``mean`` after all values, in its own standard deviations; 0 without values.

    ``sigma`` is above 0, ``weight`` (lambda) in 0..1. Beyond ``L`` the series is out of control.
    """
    average = mean
    for value in values:
        average = weight * value + (1 - weight) * average
    spread = weight / (2 - weight) * (1 - (1 - weight) ** (2 * len(values)))
    return (average - mean) / (sigma * sqrt(spread)) if spread > 0 else 0.0
