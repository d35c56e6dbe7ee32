"""The statistics of embeddings: how far their centroid has moved, by the projections of the exporter."""

from collections.abc import Iterator

from watchkeeper.analyzer.comparison.significance import ALPHA
from watchkeeper.analyzer.comparison.verdict import Statistics
from watchkeeper.analyzer.comparison.windows import Windows
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
from watchkeeper.analyzer.drift.chance import dispersion
from watchkeeper.analyzer.drift.choice import Method
from watchkeeper.analyzer.drift.histogram import together


def assess_embedding(windows: Windows) -> Statistics:
    """Compare embeddings from which nothing is missing, against all of the reference and the same weekday."""
    current = {direction: one.current for direction, one in windows.slices.items()}
    offsets = [at for at, one in windows.reference.items() if one.total >= windows.settings.least_values / 2]
    reference = _pooled(windows, offsets)
    varies = dispersion(_variation(windows, offsets))
    against = [reference]
    weekday = windows.settings.weekday_offset
    if weekday is not None:
        against.append(_pooled(windows, [weekday]))
    shifts = [centroid_shift(one, current) for one in against]
    pvalues = [centroid_pvalue(one, current, varies) for one in against]
    return Statistics(
        method=Method.CENTROID,
        scores={
            Method.CENTROID: min(shifts),
            Method.WASSERSTEIN_NORMALISED: sliced_wasserstein(reference, current),
            Method.OUTLIERS: outlier_ratio(reference, current),
        },
        distance=min(shifts),
        limits=(SHIFT, LARGE_SHIFT),
        pvalue=max(pvalues),
        dispersion=varies,
        season_only=shifts[0] >= SHIFT and pvalues[0] <= ALPHA and (min(shifts) < SHIFT or max(pvalues) > ALPHA),
    )


def _pooled(windows: Windows, offsets: list[float]) -> Projections:
    """All values of some windows, by direction; a direction that one of them lacks is left out."""
    return {
        direction: together([one.reference[at] for at in offsets])
        for direction, one in windows.slices.items()
        if offsets and all(at in one.reference for at in offsets)
    }


def _variation(windows: Windows, offsets: list[float]) -> Iterator[float]:
    """Of each window of the reference beside all others: its shift over that which chance makes of it."""
    for at in offsets:
        rest = _pooled(windows, [other for other in offsets if other != at])
        statistic, freedom = scaled_centroid_shift(rest, _pooled(windows, [at]))
        if freedom:
            yield statistic / freedom
