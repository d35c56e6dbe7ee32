"""The analyzer's own code over simulated series, hour by hour: what it would have said at each."""

from collections.abc import Iterator, Sequence

import numpy as np

from drift_measured.traffic import Simulated, windows_at
from watchkeeper.analyzer.comparison.conclude import conclude
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.verdict import Conclusion
from watchkeeper.config.drift import Drift

DEFAULT = Settings(Drift().window_seconds, Drift().compare_with, Drift().least_values)
_WINDOW_HOURS = 6
# As of the analyzer: the own history counts from a week on, and reaches back 30 days.
_LEAST_HOURS, _MOST_HOURS = 168, 720


def looks(series: Sequence[Simulated], first: int, last: int) -> Iterator[tuple[int, list[Conclusion]]]:
    """The conclusions about all series at each hour, with their own histories as they come to be."""
    cumulative = [_cumulative(one.hours(last + 1)) for one in series]
    histories: list[dict[int, float]] = [{} for _ in series]
    for hour in range(first, last + 1):
        windows = [windows_at(one, counts, hour, DEFAULT) for one, counts in zip(series, cumulative, strict=True)]
        limits = {
            (one.service, one.title): limit
            for one, history in zip(windows, histories, strict=True)
            if (limit := _own_limit(history, hour)) is not None
        }
        conclusions = conclude(windows, limits)
        for history, conclusion in zip(histories, conclusions, strict=True):
            if conclusion.statistics is not None:
                history[hour] = conclusion.statistics.distance
        yield hour, conclusions


def _cumulative(hours: np.ndarray) -> np.ndarray:
    return np.vstack([np.zeros(hours.shape[1]), np.cumsum(hours, axis=0)])


def _own_limit(history: dict[int, float], hour: int) -> float | None:
    past = [psi for at, psi in history.items() if hour - _MOST_HOURS - _WINDOW_HOURS < at <= hour - _WINDOW_HOURS]
    return float(np.quantile(past, 0.95)) if len(past) >= _LEAST_HOURS else None
