"""What every measure of drift claims holds for all histograms: one suite over the whole catalogue."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.analyzer.drift.catalogue import MEASURES, Measure
from watchkeeper.analyzer.drift.categories import aligned, binned
from watchkeeper.analyzer.drift.choice import Kind
from watchkeeper.analyzer.drift.false_discovery import adjusted
from watchkeeper.analyzer.drift.histogram import Histogram, cuts, merged, of_cumulative, of_values, on_bounds, together

BOUNDS = tuple(float(2**n) for n in range(11))
COUNTS = st.lists(st.integers(0, 10_000).map(float), min_size=12, max_size=12)

every = pytest.mark.parametrize("measure", MEASURES, ids=lambda m: f"{m.method}-{'-'.join(sorted(m.kinds))}")


def _histogram(counts: Sequence[float]) -> Histogram:
    return Histogram(bounds=BOUNDS, counts=tuple(counts))


@every
@given(counts=COUNTS)
def test_equal_histograms_are_at_zero(measure: Measure, counts: list[float]) -> None:
    """Whatever they hold."""
    assert measure.of(_histogram(counts), _histogram(counts)) == pytest.approx(0, abs=1e-12)


@every
@given(reference=COUNTS, current=COUNTS)
def test_a_measure_is_within_its_bounds(measure: Measure, reference: list[float], current: list[float]) -> None:
    """Never below zero, never above what it claims, always a number."""
    found = measure.of(_histogram(reference), _histogram(current))

    assert 0 <= found <= measure.highest
    assert math.isfinite(found)


@every
@given(reference=COUNTS, current=COUNTS)
def test_what_claims_to_be_symmetric_is(measure: Measure, reference: list[float], current: list[float]) -> None:
    """The two windows may change places."""
    there = measure.of(_histogram(reference), _histogram(current))
    back = measure.of(_histogram(current), _histogram(reference))

    assert not measure.is_symmetric or there == pytest.approx(back, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("measure", [m for m in MEASURES if Kind.CATEGORICAL in m.kinds], ids=lambda m: m.method.value)
@given(reference=COUNTS, current=COUNTS, order=st.permutations(range(12)))
def test_categories_have_no_order(
    measure: Measure, reference: list[float], current: list[float], order: list[int]
) -> None:
    """What is said of categories does not depend on how they are listed."""
    shuffled = measure.of(_histogram([reference[n] for n in order]), _histogram([current[n] for n in order]))

    assert shuffled == pytest.approx(measure.of(_histogram(reference), _histogram(current)), rel=1e-9, abs=1e-12)


@every
@given(spread=st.floats(0.3, 1.5), place=st.floats(2.0, 4.0))
def test_a_growing_shift_is_never_less_drift(measure: Measure, spread: float, place: float) -> None:
    """Normal values over the bins, moved further and further to the right."""
    reference = _histogram(_normal(place, spread))
    found = [measure.of(reference, _histogram(_normal(place + shift, spread))) for shift in (0, 0.5, 1, 2, 3, 4)]

    assert all(before <= after + 1e-9 for before, after in pairwise(found))
    assert found[-1] > found[0]


@every
@pytest.mark.parametrize(
    ("reference", "current"),
    [((0.0, 0.0), (0.0, 0.0)), ((0.0, 0.0), (3.0, 4.0)), ((3.0, 4.0), (0.0, 0.0))],
    ids=["both are empty", "no reference", "nothing current"],
)
def test_of_nothing_there_is_no_drift(
    measure: Measure, reference: tuple[float, ...], current: tuple[float, ...]
) -> None:
    """Zero and not an error: the sample size says that it means nothing."""
    assert measure.of(Histogram(bounds=(1.0,), counts=reference), Histogram(bounds=(1.0,), counts=current)) == 0


@every
def test_one_bin_is_always_equal(measure: Measure) -> None:
    """All values are in it."""
    assert measure.of(Histogram(bounds=(), counts=(7.0,)), Histogram(bounds=(), counts=(90.0,))) == 0


@given(counts=COUNTS)
def test_bins_of_deciles_hold_all_values_in_order(counts: list[float]) -> None:
    """Merging loses nothing and ends at the last bucket; a bin of several buckets could not do with one less."""
    ends = cuts(counts)
    share = sum(counts) / 10

    assert ends[-1] == len(counts)
    assert list(ends) == sorted(set(ends))
    assert sum(merged(counts, ends)) == sum(counts)
    for start, end in pairwise((0, *ends)):
        assert sum(counts[start : end - 1]) < share or not share


@given(counts=COUNTS, kept=st.sets(st.sampled_from(BOUNDS)))
def test_fewer_bounds_hold_the_same_values(counts: list[float], kept: set[float]) -> None:
    """On the bounds that two versions share, nothing is lost, and what is below a bound stays below it."""
    fewer = on_bounds(_histogram(counts), tuple(sorted(kept)))

    assert fewer.total == sum(counts)
    for place, bound in enumerate(fewer.bounds):
        assert sum(fewer.counts[: place + 1]) == sum(counts[: BOUNDS.index(bound) + 1])


@given(values=st.lists(st.floats(0, 2000), max_size=200), at=st.integers(0, 200))
def test_values_make_the_same_histogram_in_any_portions(values: list[float], at: int) -> None:
    """Also those of Prometheus, which counts cumulatively."""
    whole = of_values(BOUNDS, values)
    cumulative = {bound: float(sum(value <= bound for value in values)) for bound in (*BOUNDS, math.inf)}

    assert together([of_values(BOUNDS, values[:at]), of_values(BOUNDS, values[at:])]) == whole
    assert of_cumulative(cumulative) == whole


@given(
    reference=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 500).map(float)),
    current=st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 500).map(float)),
)
def test_categories_keep_every_value(reference: dict[str, float], current: dict[str, float]) -> None:
    """Rare ones together, none lost."""
    names = aligned(reference, current)

    for categories in (reference, current):
        counts = binned(categories, names).counts
        assert sum(counts) == pytest.approx(sum(categories.values()))
        assert all(count >= 0 for count in counts)


@given(pvalues=st.lists(st.floats(0, 1), max_size=30))
def test_adjusted_pvalues_are_no_smaller_and_keep_their_order(pvalues: list[float]) -> None:
    """Controlling for many series never makes one more significant."""
    found = adjusted(pvalues)

    assert all(before <= after <= 1 for before, after in zip(pvalues, found, strict=True))
    ranked = [q for _, q in sorted(zip(pvalues, found, strict=True))]
    assert ranked == sorted(ranked)


def _normal(mean: float, spread: float) -> list[float]:
    """Ten thousand normal values by bin, the bins a unit wide."""
    edges = [-math.inf, *range(11), math.inf]
    below = [0.5 * (1 + math.erf((edge - mean) / spread / math.sqrt(2))) for edge in edges]
    return [10_000 * (high - low) for low, high in pairwise(below)]
