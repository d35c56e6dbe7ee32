"""Projections show what whole vectors show: the shift of a mixture of topics."""

import numpy as np
import pytest
from tests.support.facts import make_context

from watchkeeper.analyzer.drift.centroid import (
    LARGE_SHIFT,
    SHIFT,
    Projections,
    centroid_pvalue,
    centroid_shift,
    outlier_ratio,
    scaled_centroid_shift,
    sliced_wasserstein,
)
from watchkeeper.analyzer.drift.histogram import of_values
from watchkeeper.exporter.normalise.embedding_sketch import sketched
from watchkeeper.metrics.catalogue import METRICS

BOUNDS = next(metric.buckets for metric in METRICS if metric.name == "llm_embedding_projection")
TOPICS, DIMENSION = 8, 256
NOW, BEFORE = 1500, 6000


class Mixture:
    """Vectors of eight topics around a common mean, as sentence embeddings are, with as much noise as signal."""

    def __init__(self, seed: int = 5) -> None:
        self._random = np.random.default_rng(seed)
        self._topics = self._unit(self._random.normal(size=(TOPICS, DIMENSION)))
        self._mean = self._unit(self._random.normal(size=(1, DIMENSION)))

    def vectors(self, count: int, moved: float = 0.0) -> np.ndarray:
        """Vectors of which a share of the traffic has moved to the first topic."""
        shares = np.full(TOPICS, (1 - moved) / TOPICS)
        shares[0] += moved
        topics = self._topics[self._random.choice(TOPICS, count, p=shares)]
        noise = self._random.normal(0, 0.7 / DIMENSION**0.5, (count, DIMENSION))
        return self._unit(self._mean + topics + noise)

    def clusters(self, vectors: np.ndarray) -> np.ndarray:
        """How many vectors are next to each topic: what k-means finds of whole vectors."""
        return np.bincount((vectors @ (self._topics + self._mean).T).argmax(axis=1), minlength=TOPICS)

    @staticmethod
    def _unit(vectors: np.ndarray) -> np.ndarray:
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def projections(vectors: np.ndarray) -> Projections:
    """The histograms of the exporter."""
    sketches = [sketched(list(map(float, vector)), make_context(), "query").projections for vector in vectors]
    return {
        str(number): of_values(BOUNDS, [value + 4 for value in values])
        for number, values in enumerate(zip(*sketches, strict=True))
    }


MIXTURE = Mixture()
PAST_VECTORS = MIXTURE.vectors(BEFORE)
PAST = projections(PAST_VECTORS)


def whole_shift(current: np.ndarray) -> float:
    """The centroid's shift of whole vectors, in their spread."""
    spread = np.sqrt(((PAST_VECTORS - PAST_VECTORS.mean(axis=0)) ** 2).sum(axis=1).mean())
    return float(np.linalg.norm(current.mean(axis=0) - PAST_VECTORS.mean(axis=0)) / spread)


@pytest.mark.parametrize("moved", [0.1, 0.2, 0.4])
def test_projections_see_what_whole_vectors_see(moved: float) -> None:
    """The centroid moves as far, up to chance and the angle of the shift, and no chance explains that."""
    current = MIXTURE.vectors(NOW, moved)
    found = projections(current)

    assert centroid_shift(PAST, found) == pytest.approx(whole_shift(current), rel=0.45)
    assert centroid_pvalue(PAST, found) < (1e-3 if moved == 0.1 else 1e-6)


def test_a_larger_shift_is_further() -> None:
    """By both measures; a fifth of the traffic is a shift, two fifths a large one."""
    found = [projections(MIXTURE.vectors(NOW, moved)) for moved in (0.0, 0.1, 0.2, 0.4)]
    shifts = [centroid_shift(PAST, one) for one in found]
    distances = [sliced_wasserstein(PAST, one) for one in found]

    assert shifts == sorted(shifts)
    assert distances == sorted(distances)
    assert shifts[1] < SHIFT < shifts[2] < LARGE_SHIFT < shifts[3]


def test_without_a_shift_chance_explains_it() -> None:
    """The p-values of forty windows are those of chance: half of them below a half, none tiny."""
    pvalues = [centroid_pvalue(PAST, projections(MIXTURE.vectors(100))) for _ in range(40)]

    assert 0.25 < np.mean([pvalue < 0.5 for pvalue in pvalues]) < 0.75
    assert min(pvalues) > 1e-4


def test_something_else_altogether_is_an_outlier() -> None:
    """Vectors along one direction of the projections; usual ones hardly ever are."""
    signs = [1.0 if value > 4 else -1.0 for value in (1, 5)] * (DIMENSION // 2)
    strange = np.array([signs] * 200) / DIMENSION**0.5

    assert outlier_ratio(PAST, projections(MIXTURE.vectors(NOW))) < 0.02
    assert centroid_shift(PAST, projections(strange)) > LARGE_SHIFT


def test_nothing_is_no_shift() -> None:
    """Of no vectors and of no directions."""
    empty = {number: of_values(BOUNDS, []) for number in PAST}

    assert centroid_shift(PAST, empty) == 0
    assert scaled_centroid_shift({}, {}) == (0.0, 0)
    assert centroid_pvalue(PAST, empty) == 1
    assert sliced_wasserstein({}, {}) == 0
    assert outlier_ratio(PAST, empty) == 0
