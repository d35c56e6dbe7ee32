"""Traffic by hour and bucket: what the exporter's counters of one feature of one service would have gained."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from watchkeeper.analyzer.comparison.features import FEATURES, Feature
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.windows import Windows
from watchkeeper.analyzer.drift.categories import aligned, binned
from watchkeeper.analyzer.drift.choice import Kind
from watchkeeper.analyzer.drift.histogram import Histogram
from watchkeeper.metrics.catalogue import METRICS

TOKENS = next(metric.buckets for metric in METRICS if metric.name == "llm_request_tokens")
_BY_NAME = {feature.name: feature for feature in FEATURES}
_CATEGORIES = 6
_DAY, _SATURDAY = 24, 5
# Office hours are busy, nights and weekends are not; of most services also the questions differ then.
_BUSY = np.array([0.15] * 7 + [0.5, 1.0, 1.6, 1.9, 1.9, 1.5, 1.7, 1.9, 1.8, 1.5, 1.2, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2])
_WEEKEND = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A series of a service with ``values_a_day``, with patterns of day and week as strong as ``season`` (0..1).

    Values of one hour have something in common, as strong as ``unrest``: users come in sessions.
    ``shift`` multiplies values from ``shift_hour`` on; of categories it moves that share of the first to the second.
    """

    kind: Kind
    values_a_day: float
    season: float
    unrest: float
    seed: int
    shift: float = 0.0
    shift_hour: int = 0

    @property
    def feature(self) -> Feature:
        """The feature of the analyzer that stands for it."""
        return _BY_NAME["input_tokens" if self.kind is Kind.NUMERIC else "branch"]

    def hours(self, count: int) -> np.ndarray:
        """Counts by hour and bin."""
        random = np.random.default_rng(self.seed)
        at = np.arange(count)
        volume = self.values_a_day / _DAY * busy_hours(at, self.season)
        sizes = random.poisson(volume * random.lognormal(0, 0.15, count))
        jitter = random.normal(0, self.unrest, count)
        draw = self._tokens if self.kind is Kind.NUMERIC else self._branches
        return np.array([draw(random, hour, sizes[hour], jitter[hour]) for hour in range(count)], dtype=float)

    def _tokens(self, random: np.random.Generator, hour: int, size: int, jitter: float) -> np.ndarray:
        """Longer questions at night and at weekends."""
        season = 0.5 * self.season * (np.cos(2 * np.pi * (hour % _DAY) / _DAY) + _is_weekend(hour))
        moved = np.log1p(self.shift) if self.shift and hour >= self.shift_hour else 0.0
        values = random.lognormal(6.5 + season + jitter * 0.8 + moved, 0.8, size)
        return np.bincount(np.searchsorted(TOKENS, values), minlength=len(TOKENS) + 1)

    def _branches(self, random: np.random.Generator, hour: int, size: int, jitter: float) -> np.ndarray:
        weights = np.array([0.4, 0.25, 0.15, 0.1, 0.07, 0.03])
        season = 0.3 * self.season * (np.cos(2 * np.pi * (hour % _DAY) / _DAY) + _is_weekend(hour))
        weights = weights * np.exp(np.array([1, -1, 0, 0, 0, 0]) * (season + jitter))
        weights = weights / weights.sum()
        if self.shift and hour >= self.shift_hour:
            moved = weights[0] * min(1.0, self.shift)
            weights = weights + np.array([-moved, moved, 0, 0, 0, 0])
        return random.multinomial(size, weights)


def busy_hours(at: np.ndarray, season: float) -> np.ndarray:
    """How much busier each hour is than the mean, with a pattern as strong as ``season`` (0..1)."""
    return np.where(_is_weekend(at), _WEEKEND, 1.0) * (1 - season + season * _BUSY[at % _DAY])


def _is_weekend(hour: Any) -> Any:
    """Of one hour or of many; the first day is a Monday."""
    return hour // _DAY % 7 >= _SATURDAY


def windows_at(simulated: Simulated, cumulative: np.ndarray, hour: int, settings: Settings) -> Windows:
    """The windows of the analyzer that end with the hour; ``cumulative`` has a first row of zeros."""
    length = int(settings.window_seconds // 3600)

    def window(end: int) -> np.ndarray:
        return cumulative[end] - cumulative[end - length]

    past = {offset: hour - int(offset // 3600) for offset in settings.offsets}
    reference = {offset: window(end) for offset, end in past.items() if end >= length}
    bins, current, others = _binned(simulated.kind, window(hour), reference)
    return Windows(
        service=f"s{simulated.seed}",
        title=simulated.feature.name,
        feature=simulated.feature,
        settings=settings,
        bins=bins,
        current=current,
        reference=others,
    )


def _binned(
    kind: Kind, current: np.ndarray, reference: dict[float, np.ndarray]
) -> tuple[tuple[str, ...], Histogram, dict[float, Histogram]]:
    if kind is Kind.NUMERIC:
        bins = (*map(str, TOKENS), "+Inf")
        found = {at: Histogram(bounds=TOKENS, counts=tuple(counts.tolist())) for at, counts in reference.items()}
        return bins, Histogram(bounds=TOKENS, counts=tuple(current.tolist())), found
    named = {at: _named(counts) for at, counts in {**reference, 0.0: current}.items()}
    together = _named(sum(reference.values(), np.zeros(_CATEGORIES)))
    names = aligned(together, named[0.0])
    histograms = {at: binned(counts, names) for at, counts in named.items()}
    return names, histograms.pop(0.0), histograms


def _named(counts: np.ndarray) -> dict[str, float]:
    return {f"branch {number}": float(count) for number, count in enumerate(counts)}
