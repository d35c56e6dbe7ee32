"""Means, shares and percentiles of two samples against what scipy and the textbook say of them."""

from random import Random

import numpy as np
import pytest
from scipy import stats

from watchkeeper.operator.versions.statistics import difference, holm, mean_of, percentile_of, share_of


def test_a_mean_of_runs_of_one_value_is_the_usual_one() -> None:
    """Standard error and p-value of Welch's test, which is near the normal distribution at this size."""
    random = np.random.default_rng(5)
    a, b = random.lognormal(0, 0.5, 400), random.lognormal(0.08, 0.5, 500)

    found = difference(mean_of([[x] for x in a]), mean_of([[x] for x in b]))

    assert found is not None
    assert found.before.error == pytest.approx(a.std(ddof=1) / 20, rel=1e-9)
    assert found.pvalue == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=0.1)


def test_values_of_one_run_are_not_independent() -> None:
    """The same value four times in each run is no more than once; taken as independent it would be half as wide."""
    random = Random(2)
    once = [[random.gauss(10, 2)] for _ in range(200)]

    single, repeated = mean_of(once), mean_of([run * 4 for run in once])

    assert single is not None
    assert repeated is not None
    assert repeated.error == pytest.approx(single.error)
    assert repeated.value == pytest.approx(single.value)


def test_a_share_of_none_is_not_sure_to_be_none() -> None:
    """Of 100 runs of which none failed some percent may fail."""
    found = share_of([[0.0]] * 100)

    assert found is not None
    assert found.value == 0.0
    assert 0.005 < found.error < 0.02


def test_an_interval_of_a_percentile_holds_it_95_times_of_100() -> None:
    """Of a thousand samples of a known distribution."""
    random, true = np.random.default_rng(1), float(stats.lognorm(0.5).ppf(0.95))

    held = 0
    for _ in range(400):
        found = percentile_of([[x] for x in random.lognormal(0, 0.5, 300)], 0.95)
        assert found is not None
        held += abs(found.value - true) <= 1.96 * found.error

    assert 0.91 <= held / 400 <= 0.99


def test_holms_example() -> None:
    """Four p-values by hand; none becomes smaller, and the order stays."""
    found = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})

    assert found == pytest.approx({"d": 0.02, "a": 0.03, "c": 0.06, "b": 0.06})


@pytest.mark.parametrize(
    ("before", "after", "pvalue"),
    [([[1.0]] * 5, [[1.0]] * 5, 1.0), ([[1.0]] * 5, [[2.0]] * 5, 0.0)],
    ids=["the same", "another"],
)
def test_what_never_varies(before: list[list[float]], after: list[list[float]], pvalue: float) -> None:
    """No division by nothing."""
    found = difference(mean_of(before), mean_of(after))

    assert found is not None
    assert found.pvalue == pvalue


@pytest.mark.parametrize("runs", [[], [[]], [[1.0]]], ids=["none", "empty", "one"])
def test_too_little_for_anything(runs: list[list[float]]) -> None:
    """One run has no variance."""
    assert mean_of(runs) is None
    assert percentile_of(runs, 0.5) is None
    assert difference(mean_of(runs), mean_of([[1.0]] * 9)) is None
