"""Every statistic equals that of scipy on the same bins."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats
from scipy.spatial import distance

from watchkeeper.analyzer.drift.chance import psi_pvalue, psi_quantile
from watchkeeper.analyzer.drift.chi_square import chi_square, degrees_of_freedom, g_test, pvalue
from watchkeeper.analyzer.drift.chi_square_tail import chi_square_quantile, chi_square_tail
from watchkeeper.analyzer.drift.ewma import L, ewma_deviation
from watchkeeper.analyzer.drift.false_discovery import adjusted
from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.analyzer.drift.jensen_shannon import jensen_shannon
from watchkeeper.analyzer.drift.kolmogorov_smirnov import kolmogorov_pvalue, kolmogorov_smirnov
from watchkeeper.analyzer.drift.kullback_leibler import kullback_leibler
from watchkeeper.analyzer.drift.psi import psi
from watchkeeper.analyzer.drift.wasserstein import deviation, mean, wasserstein, wasserstein_normalised
from watchkeeper.analyzer.drift.zscore import zscore

RANDOM = np.random.default_rng(7)
TABLES = [(tuple(map(float, RANDOM.poisson(60, 8))), tuple(map(float, RANDOM.poisson(20, 8)))) for _ in range(10)]
WITH_ZEROS = ((40.0, 0.0, 10.0, 0.0, 5.0), (9.0, 3.0, 0.0, 0.0, 8.0))

tables = pytest.mark.parametrize(("reference", "current"), [*TABLES, WITH_ZEROS])


@tables
def test_divergences(reference: tuple[float, ...], current: tuple[float, ...]) -> None:
    """KL and PSI of shares after half a value of the smaller sample was added to each bin, JS as the shares are."""
    more = 0.5 / min(sum(reference), sum(current))
    r = np.array(reference) / sum(reference) + more
    c = np.array(current) / sum(current) + more
    js = distance.jensenshannon(np.array(reference), np.array(current), base=2) ** 2

    assert kullback_leibler(reference, current) == pytest.approx(stats.entropy(c, r), abs=1e-9)
    assert psi(reference, current) == pytest.approx(stats.entropy(c, r) + stats.entropy(r, c), abs=1e-9)
    assert jensen_shannon(reference, current) == pytest.approx(js, abs=1e-9)


@tables
def test_kolmogorov_smirnov(reference: tuple[float, ...], current: tuple[float, ...]) -> None:
    """The statistic of values that are the number of their bin."""
    samples = [np.repeat(np.arange(len(counts)), np.array(counts, int)) for counts in (reference, current)]
    expected = stats.ks_2samp(*samples, method="asymp").statistic

    assert kolmogorov_smirnov(reference, current) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("d", [0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0])
def test_kolmogorov_pvalue(d: float) -> None:
    """Kolmogorov's limiting distribution, also with values that count for less."""
    for dispersion in (1.0, 2.5):
        expected = special.kolmogorov(math.sqrt(200 * 700 / 900 / dispersion) * d)
        assert kolmogorov_pvalue(d, (200, 700), dispersion) == pytest.approx(expected, abs=1e-9)
    assert kolmogorov_pvalue(d, (0, 700)) == 1.0


@tables
def test_chi_square_and_g(reference: tuple[float, ...], current: tuple[float, ...]) -> None:
    """Statistic and p-value of the table of both, without categories that neither has."""
    table = np.array([pair for pair in zip(reference, current, strict=True) if sum(pair)]).T
    freedom = degrees_of_freedom(reference, current)

    for of, name in ((chi_square, "pearson"), (g_test, "log-likelihood")):
        expected = stats.chi2_contingency(table, correction=False, lambda_=name)
        assert of(reference, current) == pytest.approx(expected.statistic, abs=1e-9)
        assert freedom == expected.dof
        assert pvalue(of(reference, current), freedom) == pytest.approx(expected.pvalue, abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 5, 9, 15, 60])
def test_chi_square_tail(freedom: int) -> None:
    """From everything to one in a billion, and back."""
    for x in (0.0, 0.1, 1.0, float(freedom), 3.0 * freedom, 10.0 * freedom):
        assert chi_square_tail(x, freedom) == pytest.approx(stats.chi2.sf(x, freedom), rel=1e-9, abs=1e-300)
    for tail in (0.5, 0.05, 1e-3, 1e-6, 1e-9):
        assert chi_square_quantile(tail, freedom) == pytest.approx(stats.chi2.isf(tail, freedom), rel=1e-8)


@pytest.mark.parametrize("first", [0.0, 0.1, -1.0], ids=["from a point", "from zero", "below zero"])
@tables
def test_wasserstein(first: float, reference: tuple[float, ...], current: tuple[float, ...]) -> None:
    """The integral of the distance of two distribution functions, by quadrature over each bucket."""
    bounds = (first, *(0.5 + n for n in range(3)), *(5.0 * 2**n for n in range(len(reference) - 5)))
    gap = np.cumsum(np.array(current) / sum(current)) - np.cumsum(np.array(reference) / sum(reference))
    # What is up to zero or less is all on the bound: the distance jumps there.
    edges, heights = ((0.0, *bounds), [0.0, *gap[:-1]]) if first > 0 else (bounds, gap[:-1])
    expected = sum(
        _area(left, right, before, after)
        for (left, right), (before, after) in zip(pairwise(edges), pairwise(heights), strict=True)
    )

    found = wasserstein(Histogram(bounds=bounds, counts=reference), Histogram(bounds=bounds, counts=current))

    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("first", [0.0, 0.1, -1.0], ids=["from a point", "from zero", "below zero"])
def test_mean_and_deviation(first: float) -> None:
    """Mean and deviation of values that lie as the distance takes them to lie, by quadrature."""
    bounds = (first, 0.5, 0.6, 2.0, 4.0, 40.0)
    histogram = Histogram(bounds=bounds, counts=(5.0, 1.0, 2.0, 9.0, 3.0, 2.0, 1.0))
    edges = [min(0.0, first), *bounds, bounds[-1]]
    powers = [
        sum(
            count / 23 * _mean(left, right, power)
            for count, (left, right) in zip(histogram.counts, pairwise(edges), strict=True)
        )
        for power in (1, 2)
    ]

    assert mean(histogram) == pytest.approx(powers[0], rel=1e-9)
    assert deviation(histogram) == pytest.approx(math.sqrt(powers[1] - powers[0] ** 2), rel=1e-9)


def test_wasserstein_moves_all_values_by_a_shift() -> None:
    """Values that all move up by 3 are 3 apart, over the deviation of an even distribution."""
    bounds = tuple(map(float, range(10, 30)))
    reference = Histogram(bounds=bounds, counts=(0.0,) + (10.0,) * 12 + (0.0,) * 8)
    current = Histogram(bounds=bounds, counts=(0.0,) * 4 + (10.0,) * 12 + (0.0,) * 5)

    assert wasserstein(reference, current) == pytest.approx(3)
    assert deviation(reference) == pytest.approx(12 / math.sqrt(12))
    assert wasserstein_normalised(reference, current) == pytest.approx(3 / (12 / math.sqrt(12)))


def test_false_discoveries() -> None:
    """As scipy adjusts p-values."""
    pvalues = RANDOM.uniform(size=50) ** 3

    assert adjusted(list(pvalues)) == pytest.approx(stats.false_discovery_control(pvalues), abs=1e-9)
    assert adjusted([]) == []


def test_psi_of_equal_samples_is_what_chance_says() -> None:
    """Its quantiles over 4,000 pairs of samples of 200 and 700 values in ten bins."""
    pairs = [(RANDOM.multinomial(700, [0.1] * 10), RANDOM.multinomial(200, [0.1] * 10)) for _ in range(4000)]
    found = [psi(list(r), list(c)) for r, c in pairs]

    for tail in (0.5, 0.1, 0.01):
        share = np.mean([value > psi_quantile(tail, 10, (700, 200)) for value in found])
        assert share == pytest.approx(tail, rel=0.3, abs=0.003)
    assert psi_pvalue(psi_quantile(0.01, 10, (700, 200), 3.0), 10, (700, 200), 3.0) == pytest.approx(0.01)


def test_ewma_is_its_recursion() -> None:
    """Beside the sum that it is, and rarely out of control without a shift."""
    values = RANDOM.normal(size=40)
    weights = 0.2 * 0.8 ** np.arange(39, -1, -1)
    expected = weights @ values / math.sqrt((weights**2).sum())

    assert ewma_deviation(list(values), 0.0, 1.0) == pytest.approx(expected, abs=1e-9)
    runs = [ewma_deviation(list(RANDOM.normal(size=30)), 0.0, 1.0) for _ in range(3000)]
    assert np.mean(np.abs(runs) > L) == pytest.approx(stats.norm.sf(L) * 2, abs=0.003)
    assert ewma_deviation([], 0.0, 1.0) == 0


def test_zscore() -> None:
    """Of the last hundred values; None of fewer than ten; no smaller sigma than what counts as a change."""
    values = list(RANDOM.normal(size=150))

    assert zscore(3.0, values, 1e-9) == pytest.approx((3.0 - np.mean(values[-100:])) / np.std(values[-100:], ddof=1))
    assert zscore(3.0, values[:9], 1e-9) is None
    assert zscore(1.5, [1.0] * 20, 0.25) == pytest.approx(2.0)


def _area(left: float, right: float, before: float, after: float) -> float:
    """Of |d| over a bucket: in a line over the logarithm of a wide one, else over the value."""
    scale = np.log if left > 0 and right > 1.5 * left else np.array
    ends = scale(np.array([left, right]))

    def distance_at(x: float) -> float:
        return abs(float(np.interp(scale(x), ends, [before, after])))

    root = ends[0] + (ends[1] - ends[0]) * before / (before - after) if before * after < 0 else None
    points = None if root is None else [float(np.exp(root) if scale is np.log else root)]
    return float(integrate.quad(distance_at, left, right, points=points, epsabs=1e-13)[0])


def _mean(left: float, right: float, power: int) -> float:
    """Of values, or their squares, that lie evenly, on a logarithmic scale in a wide bucket."""
    if left == right:
        return left**power
    if left > 0 and right > 1.5 * left:
        low, high = math.log(left), math.log(right)
        return float(integrate.quad(lambda u: math.exp(u) ** power, low, high)[0] / (high - low))
    return float(integrate.quad(lambda x: x**power, left, right)[0] / (right - left))
