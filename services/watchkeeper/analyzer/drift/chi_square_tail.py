"""The upper tail of the chi-square distribution, and its quantile: importing scipy for them costs 61 MB and 0.6 s.

``P(X > x) = Q(k / 2, x / 2)``, the regularised upper incomplete gamma function, by its series below k / 2 + 1 and by
its continued fraction above (Lentz).

Source: Press et al., Numerical Recipes, 6.2.
"""

from functools import lru_cache
from math import exp, lgamma, log

_TINY = 1e-300
_PRECISION = 1e-15
_STEPS = 2000


def chi_square_tail(x: float, freedom: int) -> float:
    """The probability of more than ``x`` with so many degrees of freedom; with none of them everything is 0."""
    if freedom <= 0:
        return 1.0
    if x <= 0:
        return 1.0
    a, half = freedom / 2, x / 2
    scale = exp(a * log(half) - half - lgamma(a))
    return min(1.0, max(0.0, 1 - scale * _series(a, half) if half < a + 1 else scale * _fraction(a, half)))


@lru_cache(maxsize=1024)
def chi_square_quantile(tail: float, freedom: int) -> float:
    """The value that chance exceeds with the probability ``tail``, in 0..1, by halving; few are asked for."""
    if freedom <= 0:
        return 0.0
    low, high = 0.0, float(freedom)
    while chi_square_tail(high, freedom) > tail:
        low, high = high, high * 2
    while high - low > 1e-10 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if chi_square_tail(middle, freedom) > tail else (low, middle)
    return high


def _series(a: float, x: float) -> float:
    term = total = 1 / a
    for step in range(1, _STEPS):
        term *= x / (a + step)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    total = d
    for step in range(1, _STEPS):
        factor = -step * (step - a)
        b += 2
        d = 1 / _far_from_zero(factor * d + b)
        c = _far_from_zero(b + factor / c)
        total *= d * c
        if abs(d * c - 1) < _PRECISION:
            break
    return total


def _far_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
