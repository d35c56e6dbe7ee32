"""Categories as histograms: every category a bin, and those too rare to compare one bin together."""

from collections.abc import Mapping, Sequence

from watchkeeper.analyzer.drift.histogram import Histogram

# Below five expected values the chi-square distribution is a bad approximation (Cochran, 1954).
_LEAST_EXPECTED = 5.0
OTHER = "(rare)"

ByCategory = Mapping[str, float]


def aligned(reference: ByCategory, current: ByCategory) -> tuple[str, ...]:
    """The names of the bins of both: categories in order, at the end one for all that are too rare."""
    n, m = sum(reference.values()), sum(current.values())
    share = m / (n + m) if n + m else 0.0
    names = sorted({*reference, *current})
    kept = [name for name in names if _together(name, reference, current) * share >= _LEAST_EXPECTED]
    return (*kept, OTHER) if len(kept) < len(names) else tuple(kept)


def binned(categories: ByCategory, names: Sequence[str]) -> Histogram:
    """The values by bin; whatever has no bin of its own is in the last one."""
    counts = [categories.get(name, 0.0) for name in names]
    if names and names[-1] == OTHER:
        counts[-1] = sum(categories.values()) - sum(counts[:-1])
    return Histogram(bounds=tuple(float(place) for place in range(len(counts) - 1)), counts=tuple(counts))


def _together(name: str, reference: ByCategory, current: ByCategory) -> float:
    return reference.get(name, 0.0) + current.get(name, 0.0)
