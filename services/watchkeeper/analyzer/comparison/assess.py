"""The statistics of one series: its current window beside its reference, and how much that varies by itself."""

from collections.abc import Iterator, Sequence

from watchkeeper.analyzer.comparison.embedding import assess_embedding
from watchkeeper.analyzer.comparison.significance import ALPHA
from watchkeeper.analyzer.comparison.verdict import Reason, Statistics, Verdict
from watchkeeper.analyzer.comparison.windows import Windows
from watchkeeper.analyzer.drift.catalogue import MEASURES
from watchkeeper.analyzer.drift.chance import dispersion, expected_psi, psi_pvalue, psi_quantile
from watchkeeper.analyzer.drift.chi_square import chi_square, degrees_of_freedom, pvalue
from watchkeeper.analyzer.drift.choice import Kind, Method, method_for
from watchkeeper.analyzer.drift.histogram import Histogram, cuts, merged, together
from watchkeeper.analyzer.drift.kolmogorov_smirnov import kolmogorov_pvalue, kolmogorov_smirnov
from watchkeeper.analyzer.drift.psi import SHIFT, psi

# Fewer windows say nothing about how much the series varies by itself.
_LEAST_WINDOWS = 3


def missing(windows: Windows) -> tuple[Verdict, Reason] | None:
    """What keeps a series from being compared; None when nothing does."""
    least, size = windows.settings.least_values, windows.current.total
    if size < least:
        return Verdict.NO_DATA, Reason.FEW_VALUES if size > 0 else Reason.NO_VALUES
    if len(usable(windows)) < _LEAST_WINDOWS:
        return Verdict.LEARNING, Reason.ACCEPTED if windows.is_accepted else Reason.SHORT_HISTORY
    weekday = windows.settings.weekday_offset
    if weekday is not None and (weekday not in windows.reference or windows.reference[weekday].total < least / 2):
        return Verdict.LEARNING, Reason.ACCEPTED if windows.is_accepted else Reason.NO_SAME_WEEKDAY
    if len(windows.bins) == 1 and windows.has_changed_buckets:
        return Verdict.NO_DATA, Reason.CHANGED_BUCKETS
    return None


def usable(windows: Windows) -> list[Histogram]:
    """The windows of the reference that have enough values to be compared with each other."""
    return [one for one in windows.reference.values() if one.total >= windows.settings.least_values / 2]


def assess(windows: Windows) -> Statistics:
    """Compare a series from which nothing is missing."""
    if windows.slices:
        return assess_embedding(windows)
    parts = usable(windows)
    reference, kind = together(parts), windows.feature.kind
    method = method_for(kind, windows.current.total)
    varies = dispersion(_variation(parts, kind))
    distances = [_Comparison(reference, windows.current, kind)]
    if windows.settings.weekday_offset is not None:
        distances.append(_Comparison(windows.reference[windows.settings.weekday_offset], windows.current, kind))
    psis, pvalues = [one.psi for one in distances], [one.pvalue(method, varies) for one in distances]
    scores = {one.method: one.of(reference, windows.current) for one in MEASURES if kind in one.kinds}
    return Statistics(
        method=method,
        scores={**scores, Method.PSI: min(psis)},
        distance=min(psis),
        pvalue=max(pvalues),
        chance_psi=psi_quantile(ALPHA, distances[0].bins, distances[0].sizes, varies),
        dispersion=varies,
        season_only=psis[0] >= SHIFT and pvalues[0] <= ALPHA and (min(psis) < SHIFT or max(pvalues) > ALPHA),
    )


class _Comparison:
    """One reference and the current window on bins, with sizes."""

    def __init__(self, reference: Histogram, current: Histogram, kind: Kind) -> None:
        self.sizes = reference.total, current.total
        self._counts = on_bins = reference.counts, current.counts
        if kind is Kind.NUMERIC:
            ends = cuts(reference.counts)
            on_bins = merged(reference.counts, ends), merged(current.counts, ends)
        self.bins = len(on_bins[0])
        self.psi = psi(*on_bins)

    def pvalue(self, method: Method, varies: float) -> float:
        """How often chance gives as much, by a method."""
        if method is Method.KOLMOGOROV_SMIRNOV:
            return kolmogorov_pvalue(kolmogorov_smirnov(*self._counts), self.sizes, varies)
        if method is Method.CHI_SQUARE:
            return pvalue(chi_square(*self._counts), degrees_of_freedom(*self._counts), varies)
        return psi_pvalue(self.psi, self.bins, self.sizes, varies)


def _variation(parts: Sequence[Histogram], kind: Kind) -> Iterator[float]:
    """Of each window of the reference beside all others: its PSI over that which chance makes of it."""
    for place, one in enumerate(parts):
        rest = _Comparison(together([*parts[:place], *parts[place + 1 :]]), one, kind)
        expected = expected_psi(rest.bins, rest.sizes)
        if expected:
            yield rest.psi / expected
