"""The exact share of each factor in the change of a value that they make together."""

from collections.abc import Callable, Sequence
from functools import cache
from math import factorial

Factors = Sequence[float]


def shapley(value: Callable[[Factors], float], before: Factors, after: Factors) -> tuple[float, ...]:
    """Return what each factor adds to ``value(after) - value(before)``; the parts add up to it.

    Each part is the mean, over all orders in which factors could have changed one after the other, of what the value
    changed by when that factor did: no order is preferred, a factor that stays adds nothing, and going back gives the
    same parts with the other sign. Zeros need no special case, as they do in log-mean (LMDI) decomposition, which is
    why new and vanished labels are no problem. Needs two to the power of the factors that changed values.

    Source: L. S. Shapley, A Value for n-Person Games (1953); for decomposing a change J. Albrecht, D. Francois,
    K. Schoors, A Shapley decomposition of carbon emissions without residuals, Energy Policy 30 (2002).
    """
    moved = [place for place in range(len(before)) if before[place] != after[place]]
    count = len(moved)
    values = [value(_mixed(before, after, moved, chosen)) for chosen in range(1 << count)]
    parts = [0.0] * len(before)
    for bit, place in enumerate(moved):
        parts[place] = sum(
            weight * (values[chosen | 1 << bit] - values[chosen]) for chosen, weight in _orders(count, bit)
        )
    return tuple(parts)


def _mixed(before: Factors, after: Factors, moved: Sequence[int], chosen: int) -> Factors:
    """The factors as they were, with those of ``moved`` that the bits of ``chosen`` name as they are."""
    mixed = list(before)
    for bit, place in enumerate(moved):
        if chosen >> bit & 1:
            mixed[place] = after[place]
    return mixed


@cache
def _orders(count: int, bit: int) -> tuple[tuple[int, float], ...]:
    """The sets of factors that may have changed before one, each with the share of orders in which just they have."""
    return tuple(
        (chosen, factorial(chosen.bit_count()) * factorial(count - chosen.bit_count() - 1) / factorial(count))
        for chosen in range(1 << count)
        if not chosen >> bit & 1
    )
