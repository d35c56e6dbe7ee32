"""What buckets make of single values: histograms of the exporter see what all values together see."""

import numpy as np
import pytest
from scipy import stats
from tests.support.shapes import SHAPES, samples

from watchkeeper.analyzer.drift.histogram import Histogram, of_values
from watchkeeper.analyzer.drift.kolmogorov_smirnov import kolmogorov_smirnov_of
from watchkeeper.analyzer.drift.psi import psi, psi_by_deciles
from watchkeeper.analyzer.drift.wasserstein import wasserstein
from watchkeeper.metrics.catalogue import METRICS

TOKENS = next(metric.buckets for metric in METRICS if metric.name == "llm_request_tokens")
# How far KS and Wasserstein may be off. Where a bucket holds a third of all values, its shape is not known.
CLOSE = (0.035, 0.07)
FAR = (0.11, 0.5)
HELD_BY_FEW = {"normal", "lognormal, sigma 0.4", "uniform", "heavy tail", "discrete"}


def _histograms(name: str) -> tuple[Histogram, Histogram]:
    reference, current = samples(name, 20_000)
    return of_values(TOKENS, list(reference)), of_values(TOKENS, list(current))


@pytest.mark.parametrize("name", SHAPES)
def test_ks_from_buckets(name: str) -> None:
    """Never more than that of the values, and close to it where buckets are finer than the distribution."""
    expected = stats.ks_2samp(*samples(name, 20_000)).statistic

    found = kolmogorov_smirnov_of(*_histograms(name))

    assert found <= expected + 1e-9
    assert found >= expected - (FAR if name in HELD_BY_FEW else CLOSE)[0]


@pytest.mark.parametrize("name", SHAPES)
def test_wasserstein_from_buckets(name: str) -> None:
    """Close to that of the values where buckets are finer than the distribution."""
    expected = stats.wasserstein_distance(*samples(name, 20_000))

    found = wasserstein(*_histograms(name))

    assert found == pytest.approx(expected, rel=(FAR if name in HELD_BY_FEW else CLOSE)[1])


@pytest.mark.parametrize("sigma", ["0.4", "0.8", "1.2"])
def test_psi_from_buckets(sigma: str) -> None:
    """At least four fifths of PSI on the deciles of the values: enough for the same limits."""
    reference, current = samples(f"lognormal, sigma {sigma}", 20_000)
    deciles = np.quantile(reference, np.linspace(0.1, 0.9, 9))
    fine = psi(*(of_values(tuple(deciles), list(values)).counts for values in (reference, current)))

    assert 0.8 * fine <= psi_by_deciles(*_histograms(f"lognormal, sigma {sigma}")) <= 1.1 * fine
