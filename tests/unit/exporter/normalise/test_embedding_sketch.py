"""Vectors become projections, and what is no vector says why."""

import math
import random

import pytest
from tests.support.facts import make_context

from watchkeeper.exporter.normalise.embedding_sketch import MAX_DIMENSION, PROJECTIONS, of_span, sketched

CONTEXT = make_context(model="")
# Of 1, 2, 3, 4.
PINNED = (
    -0.730297,
    0.730297,
    0.365148,
    -0.730297,
    0.730297,
    1.825742,
    -1.460593,
    0.730297,
    -0.365148,
    0.000000,
    -1.825742,
    0.000000,
)


def vector(seed: int, dimension: int = 300) -> list[float]:
    """A vector of normal coordinates."""
    drawn = random.Random(seed)
    return [drawn.gauss(0, 1) for _ in range(dimension)]


def test_projections_do_not_depend_on_length() -> None:
    """Only on the direction of a vector; they are some of the length 1."""
    one = vector(1)

    found, longer = sketched(one, CONTEXT, "query"), sketched([3 * value for value in one], CONTEXT, "query")

    assert found.outcome == "ok"
    assert len(found.projections) == PROJECTIONS
    assert found.projections == pytest.approx(longer.projections)
    assert all(abs(value) < 4 for value in found.projections)


def test_projections_keep_distances() -> None:
    """Over many pairs the mean square of their difference is that of the vectors."""
    ratios = []
    for seed in range(60):
        one, other = vector(seed), vector(seed + 1000)
        first, second = (sketched(values, CONTEXT, "query").projections for values in (one, other))
        lengths = [math.hypot(*values) for values in (one, other)]
        exact = sum((a / lengths[0] - b / lengths[1]) ** 2 for a, b in zip(one, other, strict=True))
        ratios.append(sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / PROJECTIONS / exact)

    assert sum(ratios) / len(ratios) == pytest.approx(1, abs=0.15)


def test_projections_never_change() -> None:
    """Whatever process or version makes them: windows of a week are compared with each other."""
    assert sketched([1.0, 2.0, 3.0, 4.0], CONTEXT, "query").projections == pytest.approx(PINNED, abs=1e-6)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        pytest.param([], "empty", id="nothing"),
        pytest.param([0.0] * 8, "zero", id="no direction"),
        pytest.param([1.0, math.nan], "not_finite", id="NaN"),
        pytest.param([1.0, -math.inf], "not_finite", id="an infinity"),
        pytest.param([1e300, 1e300], "too_large", id="large coordinates"),
        pytest.param([10**400, 1.0], "not_finite", id="an integer that no float can be"),
        pytest.param([1.0] * (MAX_DIMENSION + 1), "too_long", id="too many coordinates"),
        pytest.param([1.0, "2"], "no_numbers", id="text"),
        pytest.param([1.0, True], "no_numbers", id="a boolean"),
    ],
)
def test_what_is_no_vector_says_why(given: list[object], outcome: str) -> None:
    """It is counted, and has no projections."""
    found = sketched(given, CONTEXT, "query")

    assert (found.outcome, found.dimension, found.projections) == (outcome, len(given), ())


def test_negative_coordinates_are_as_good_as_others() -> None:
    """A vector and its opposite have opposite projections."""
    one = vector(3)
    found, opposite = (sketched(values, CONTEXT, "query").projections for values in (one, [-value for value in one]))

    assert found == pytest.approx([-value for value in opposite])


def test_a_span_has_vectors_of_its_model() -> None:
    """At most four of them; attributes that are no list are left alone."""
    key = "embedding.embeddings.{}.embedding.vector"
    attributes = {key.format(place): vector(place, 16) for place in range(40)} | {"embedding.model_name": "e-3"}

    found = of_span(attributes, CONTEXT)

    assert len(found) == 4
    assert {one.context.model for one in found} == {"e-3"}
    assert of_span({key.format(0): "[1, 2]"}, CONTEXT) == []
    assert of_span({}, CONTEXT) == []
