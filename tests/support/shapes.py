"""Samples of ten shapes that values have, and a shift of each: what buckets must not hide."""

from collections.abc import Callable, Mapping

import numpy as np

Sample = np.ndarray
Draw = Callable[[np.random.Generator, int], Sample]

# The shift of every shape that the tables of docs/reference/drift.md are about.
SHIFT = 1.4

SHAPES: Mapping[str, Draw] = {
    "normal": lambda random, n: np.maximum(random.normal(800, 150, n), 1),
    "lognormal, sigma 0.4": lambda random, n: random.lognormal(6.5, 0.4, n),
    "lognormal, sigma 0.8": lambda random, n: random.lognormal(6.5, 0.8, n),
    "lognormal, sigma 1.2": lambda random, n: random.lognormal(6.5, 1.2, n),
    "exponential": lambda random, n: random.exponential(700, n) + 1,
    "uniform": lambda random, n: random.uniform(100, 3000, n),
    "bimodal": lambda random, n: np.where(
        random.random(n) < 0.5, random.lognormal(5, 0.3, n), random.lognormal(8, 0.3, n)
    ),
    "zero-inflated": lambda random, n: np.where(random.random(n) < 0.3, 0.0, random.lognormal(6.5, 0.8, n)),
    "heavy tail": lambda random, n: 200 * (1 + random.pareto(2.2, n)),
    "discrete": lambda random, n: np.ceil(random.poisson(6, n) * 100.0),
}


def samples(name: str, size: int, seed: int = 11) -> tuple[Sample, Sample]:
    """Values of a shape, and as many of it ``SHIFT`` times as large."""
    random = np.random.default_rng(seed)
    return SHAPES[name](random, size), SHAPES[name](random, size) * SHIFT
