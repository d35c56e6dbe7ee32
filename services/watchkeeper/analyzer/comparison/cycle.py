"""One cycle: asks Prometheus for the windows of every feature and concludes about all series together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from watchkeeper.analyzer.accepted.change import Accepted, accepted_since
from watchkeeper.analyzer.comparison.conclude import conclude
from watchkeeper.analyzer.comparison.features import FEATURES, SIDE_BY_SIDE, Feature
from watchkeeper.analyzer.comparison.prometheus import Points, Prometheus
from watchkeeper.analyzer.comparison.queries import current_query, own_history_query, parts_query, reference_query
from watchkeeper.analyzer.comparison.settings import Settings, settings_in_use, settings_of
from watchkeeper.analyzer.comparison.side_by_side import PARTS, busiest, read_pairs
from watchkeeper.analyzer.comparison.timeseries import (
    CHARTED_SECONDS,
    HOUR,
    RANGE_SECONDS,
    SERIES,
    WRONGLY_RECORDED,
    Series,
    WrongHours,
    conclude_hours,
)
from watchkeeper.analyzer.comparison.verdict import Conclusion
from watchkeeper.analyzer.comparison.windows import Windows, after, read_windows
from watchkeeper.config.drift import Drift
from watchkeeper.errors import JobError

_HISTORY_DAYS = 30
# A week: less does not know the series' own weekend.
_LEAST_HOURS = 168


@dataclass(frozen=True, slots=True)
class Result:
    """What a cycle found, and what kept it from finding more: a sentence for each feature that could not be asked."""

    conclusions: Sequence[Conclusion]
    problems: Sequence[str] = field(default=())


class Cycle:
    """Runs cycles over one Prometheus. It keeps for an hour what changes once an hour, and nothing else."""

    def __init__(self, prometheus: Prometheus, config: Drift, accepted: Callable[[], Accepted] = tuple) -> None:
        self._prometheus = prometheus
        self._accepted = accepted
        self._config = config
        self._own_limits: Mapping[tuple[str, str], float] = {}
        self._own_limits_at = float("-inf")
        self._wrong: tuple[float, WrongHours] = (0.0, {})
        self._hours: dict[str, tuple[tuple[float, Accepted], Sequence[Conclusion]]] = {}

    def run(self, now: float) -> Result:
        """Compare everything as it was at ``now`` (Unix seconds); what fails is a problem of the result."""
        if not self._config.enabled:
            return Result(())
        problems: dict[str, str] = {}
        accepted = self._accepted()
        windows = [after_accepted(one, accepted, now) for one in self._tried_all(now, problems)]
        own_limits = self._history(now, problems)
        conclusions = conclude(windows, own_limits)
        pairs = [one for feature in SIDE_BY_SIDE for one in self._tried_pairs(feature, now, problems)]
        conclusions += conclude(busiest(pairs), {})
        conclusions += [
            one for series in SERIES for one in self._of_hour(series, now // HOUR * HOUR, accepted, problems)
        ]
        return Result(conclusions, tuple(f"{name}: {problem}" for name, problem in problems.items()))

    def _tried_all(self, now: float, problems: dict[str, str]) -> Iterator[Windows]:
        for feature in FEATURES:
            yield from self._tried(feature, now, problems)

    def _tried(self, feature: Feature, now: float, problems: dict[str, str]) -> list[Windows]:
        try:
            return list(self._windows(feature, now))
        except JobError as error:
            problems[feature.name] = str(error)
            return []

    def _tried_pairs(self, feature: Feature, now: float, problems: dict[str, str]) -> list[Windows]:
        seconds, least = self._config.window_seconds, self._config.least_values
        try:
            answer = self._prometheus.instant(parts_query(feature, seconds, PARTS), now)
            pairs = read_pairs(feature, Settings(seconds, "all_hours", least), answer)
            return [one for one in pairs if settings_of(self._config, one.service, one.title)]
        except JobError as error:
            problems[f"{feature.name} side by side"] = str(error)
            return []

    def _windows(self, feature: Feature, now: float) -> Iterator[Windows]:
        for settings in settings_in_use(self._config, feature.name):
            current = self._prometheus.instant(current_query(feature, settings), now)
            reference = self._prometheus.instant(reference_query(feature, settings), now)
            for windows in read_windows(feature, settings, current, reference):
                if settings_of(self._config, windows.service, windows.title) == settings:
                    yield windows

    def _history(self, now: float, problems: dict[str, str]) -> Mapping[tuple[str, str], float]:
        """The own limits, asked for once an hour: they move by a thirtieth in a day."""
        if now - self._own_limits_at < HOUR:
            return self._own_limits
        query = own_history_query(_HISTORY_DAYS, _LEAST_HOURS, self._config.window_seconds)
        try:
            found = list(self._prometheus.instant(query, now))
        except JobError as error:
            problems["own history"] = str(error)
            return self._own_limits
        self._own_limits = {(labels.get("service", ""), labels.get("feature", "")): value for labels, value in found}
        self._own_limits_at = now
        return self._own_limits

    def _of_hour(
        self, series: Series, hour: float, accepted: Accepted, problems: dict[str, str]
    ) -> Sequence[Conclusion]:
        """The verdicts on the last full hour, asked for once, and again after a change was accepted."""
        known_for, found = self._hours.get(series.name, ((0.0, ()), ()))
        if known_for != (hour, accepted):
            try:
                wrong = self._wrong_hours(hour)
                answer = list(self._prometheus.over_time(series.query, hour - RANGE_SECONDS, hour, HOUR))
            except JobError as error:
                self._hours.pop(series.name, None)
                problems[series.name] = str(error)
                return ()
            found = [
                conclude_hours(series, service, values, hour, since=accepted_since(accepted, service, series.name))
                for service, values in _without(wrong, answer)
                if service and settings_of(self._config, service, series.name)
            ]
            self._hours[series.name] = (hour, accepted), found
        return found

    def _wrong_hours(self, hour: float) -> WrongHours:
        """Of the hours that are charted, asked for once an hour. Raises: JobError as Prometheus does."""
        if self._wrong[0] != hour:
            found = self._prometheus.over_time(WRONGLY_RECORDED, hour - CHARTED_SECONDS, hour, HOUR)
            self._wrong = hour, {labels.get("service", ""): frozenset(values) for labels, values in found}
        return self._wrong[1]


def _without(wrong: WrongHours, answer: Iterable[Points]) -> Iterator[tuple[str, Mapping[float, float]]]:
    """Each service with its values by time, without those of hours that were recorded wrongly."""
    for labels, values in answer:
        service = labels.get("service", "")
        left_out = wrong.get(service, frozenset())
        yield service, {at: value for at, value in values.items() if at not in left_out}


def after_accepted(windows: Windows, accepted: Accepted, now: float) -> Windows:
    """The same without what was before a change that was accepted."""
    since = accepted_since(accepted, windows.service, windows.title)
    return windows if since is None else after(windows, now - since)
