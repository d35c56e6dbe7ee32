"""What Prometheus answered, as the windows of every series: counts by bucket or by category."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from watchkeeper.analyzer.comparison.features import Feature
from watchkeeper.analyzer.comparison.queries import OFFSET
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.drift.categories import aligned, binned
from watchkeeper.analyzer.drift.choice import Kind
from watchkeeper.analyzer.drift.histogram import Histogram, of_cumulative, on_bounds

Samples = Iterable[tuple[Mapping[str, str], float]]
# Counts by the text of a bound or by a category.
Counts = dict[str, float]
_INFINITE = "+Inf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Which two are compared that run at the same time: versions of ``prompt``, or models.

    ``prompt_version`` or ``model`` is the one, ``against`` the other, which is the reference. All are empty where a
    series is compared with its own past.
    """

    prompt: str = ""
    prompt_version: str = ""
    model: str = ""
    against: str = ""


PAST = Sides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """One series: its current window and those of its reference by offset, all on the same bins.

    ``bins`` are the upper bounds or the categories as text; ``has_changed_buckets`` says that windows had others, and
    are compared on the bounds that all have. ``slices`` are the projections of embeddings, each with the same number of
    values; the windows themselves are those of the first. What was before an accepted
    change is left out where ``is_accepted``. With ``sides`` the reference is the other side, by parts of one window.
    """

    service: str
    title: str
    feature: Feature
    settings: Settings
    bins: tuple[str, ...]
    current: Histogram
    reference: Mapping[float, Histogram]
    has_changed_buckets: bool = False
    slices: Mapping[str, "Windows"] = field(default_factory=dict)
    is_accepted: bool = False
    sides: Sides = PAST


def read_windows(feature: Feature, settings: Settings, current: Samples, reference: Samples) -> Iterator[Windows]:
    """Every series of a feature that either window knows."""
    every = _read_each(feature, settings, current, reference)
    return _sliced(every) if feature.kind is Kind.EMBEDDING else every


def after(windows: Windows, seconds: float) -> Windows:
    """The same without what began more than so many seconds ago in the reference, and marked where that is accepted."""
    longest = seconds - windows.settings.window_seconds
    return replace(
        windows,
        reference={at: one for at, one in windows.reference.items() if at <= longest},
        slices={direction: after(one, seconds) for direction, one in windows.slices.items()},
        is_accepted=True,
    )


def _sliced(projections: Iterable[Windows]) -> Iterator[Windows]:
    """The series of embeddings: all projections of one are its slices."""
    found: dict[tuple[str, str], dict[str, Windows]] = defaultdict(dict)
    for windows in projections:
        title, _, direction = windows.title.rpartition("/")
        found[windows.service, title][direction] = windows
    for (_, title), slices in found.items():
        yield replace(next(iter(slices.values())), title=title, slices=slices)


def _read_each(feature: Feature, settings: Settings, current: Samples, reference: Samples) -> Iterator[Windows]:
    labels = ("service", *feature.labels)
    now, past = by_series(feature, labels, current), by_series(feature, labels, reference)
    for key in sorted(now.keys() | past.keys()):
        service, *subjects = key
        bins, histograms, has_changed = on_same_bins(feature, now.get(key, {}).get(0.0, {}), past.get(key, {}))
        yield Windows(
            service=service,
            title=feature.title(tuple(subjects)),
            feature=feature,
            settings=settings,
            bins=bins,
            current=histograms.pop(0.0),
            reference=histograms,
            has_changed_buckets=has_changed,
        )


def on_same_bins(
    feature: Feature, current: Counts, reference: Mapping[float, Counts]
) -> tuple[tuple[str, ...], dict[float, Histogram], bool]:
    """The names of bins, the histograms by offset with the current one at 0, and whether some had other buckets."""
    return (_numeric if feature.is_histogram else _categorical)({0.0: current, **reference})


def by_series(
    feature: Feature, labels: tuple[str, ...], samples: Samples
) -> dict[tuple[str, ...], dict[float, Counts]]:
    """Counts by the values of labels, the first of them the service, and offset; what does not count is left out."""
    bin_label = "le" if feature.is_histogram else feature.category
    found: dict[tuple[str, ...], dict[float, Counts]] = defaultdict(lambda: defaultdict(dict))
    missing = ("",) * len(labels)
    for named, value in samples:
        # Without a loop in Python: there are some hundred thousand samples.
        key = tuple(map(named.get, labels, missing))
        if key[0] and isfinite(value) and value >= 0:
            found[key][float(named.get(OFFSET, 0))][named.get(bin_label, "")] = value
    return found


def _numeric(windows: Mapping[float, Counts]) -> tuple[tuple[str, ...], dict[float, Histogram], bool]:
    """Histograms on the bounds that all windows have; one without values has every bound."""
    whole = {at: of_cumulative(_bounds(counts)) for at, counts in windows.items() if counts.get(_INFINITE)}
    every = [set(one.bounds) for one in whole.values()]
    common = tuple(sorted(set.intersection(*every))) if every else ()
    empty = Histogram(bounds=common, counts=(0.0,) * (len(common) + 1))
    found = {at: on_bounds(whole[at], common) if at in whole else empty for at in windows}
    bins = (*(f"{bound:g}" for bound in common), _INFINITE)
    return bins, found, any(bounds != set(common) for bounds in every)


def _bounds(counts: Counts) -> dict[float, float]:
    return {float(bound): value for bound, value in counts.items()}


def _categorical(windows: Mapping[float, Counts]) -> tuple[tuple[str, ...], dict[float, Histogram], bool]:
    together: Counts = defaultdict(float)
    for at, counts in windows.items():
        for category, value in counts.items():
            together[category] += value if at else 0.0
    names = aligned(together, windows[0.0])
    return names, {at: binned(counts, names) for at, counts in windows.items()}, False
