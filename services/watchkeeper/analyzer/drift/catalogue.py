"""Every measure of two histograms, one line each, with what it claims; one suite of laws holds for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from watchkeeper.analyzer.drift.chi_square import chi_square_of, g_test_of
from watchkeeper.analyzer.drift.choice import Kind, Method
from watchkeeper.analyzer.drift.combined import combined_of
from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.analyzer.drift.jensen_shannon import jensen_shannon_of
from watchkeeper.analyzer.drift.kolmogorov_smirnov import kolmogorov_smirnov_of
from watchkeeper.analyzer.drift.kullback_leibler import kullback_leibler_of
from watchkeeper.analyzer.drift.psi import psi_by_deciles, psi_of
from watchkeeper.analyzer.drift.wasserstein import wasserstein, wasserstein_normalised

_BOTH = frozenset({Kind.NUMERIC, Kind.CATEGORICAL})
_NUMERIC = frozenset({Kind.NUMERIC})
_CATEGORICAL = frozenset({Kind.CATEGORICAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How far a current histogram is from a reference on the same bounds: 0 when they are equal, else above.

    ``kinds`` are the values it makes sense of; ``is_symmetric`` and ``highest`` are what it claims.
    """

    method: Method
    of: Callable[[Histogram, Histogram], float]
    kinds: frozenset[Kind] = _BOTH
    is_symmetric: bool = False
    highest: float = inf


MEASURES = (
    # By deciles of the reference, hence not symmetric where these differ.
    Measure(method=Method.PSI, of=psi_by_deciles, kinds=_NUMERIC),
    Measure(method=Method.PSI, of=psi_of, kinds=_CATEGORICAL, is_symmetric=True),
    Measure(method=Method.KULLBACK_LEIBLER, of=kullback_leibler_of),
    Measure(method=Method.JENSEN_SHANNON, of=jensen_shannon_of, is_symmetric=True, highest=1.0),
    Measure(method=Method.KOLMOGOROV_SMIRNOV, of=kolmogorov_smirnov_of, kinds=_NUMERIC, is_symmetric=True, highest=1.0),
    Measure(method=Method.WASSERSTEIN, of=wasserstein, kinds=_NUMERIC, is_symmetric=True),
    Measure(method=Method.WASSERSTEIN_NORMALISED, of=wasserstein_normalised, kinds=_NUMERIC),
    Measure(method=Method.CHI_SQUARE, of=chi_square_of, kinds=_CATEGORICAL, is_symmetric=True),
    Measure(method=Method.G_TEST, of=g_test_of, kinds=_CATEGORICAL, is_symmetric=True),
    Measure(method=Method.COMBINED, of=combined_of, kinds=_NUMERIC),
)
