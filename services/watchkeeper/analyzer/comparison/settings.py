"""How one series is compared: watchkeeper.yml for all, with the first override that fits it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from watchkeeper.config.drift import CompareWith, Drift, DriftOverride

_DAY = 86_400.0
_WEEK = 7 * _DAY
# As many six-hour windows as a week has: no query has more terms.
_MOST_WINDOWS = 28


@dataclass(frozen=True, slots=True)
class Settings:
    """The length of windows in seconds, which ones are compared, and how many values are enough."""

    window_seconds: float
    compare_with: CompareWith
    least_values: float

    @property
    def offsets(self) -> tuple[float, ...]:
        """How long before the current window each of the reference ended, in seconds; none overlap."""
        if self.compare_with == "same_weekday":
            return tuple(_WEEK * week for week in range(1, 5))
        if self.compare_with == "all_hours":
            count = max(1, min(_MOST_WINDOWS, int(_WEEK // self.window_seconds)))
            return tuple(self.window_seconds * number for number in range(1, count + 1))
        step = _DAY * max(1, -(-self.window_seconds // _DAY))
        return tuple(step * day for day in range(1, 8))

    @property
    def weekday_offset(self) -> float | None:
        """The window of the same weekday, where it is one of the reference that must differ by itself."""
        return self.offsets[-1] if self.compare_with == "same_hours" else None


def settings_of(config: Drift, service: str, feature: str) -> Settings | None:
    """The settings of a feature of a service; None where drift is not looked for."""
    override = next(
        (o for o in config.overrides if fnmatchcase(service, o.service) and fnmatchcase(feature, o.feature)), None
    )
    if not config.enabled or (override is not None and not override.enabled):
        return None
    return _settings(config, override)


def settings_in_use(config: Drift, feature: str) -> Iterator[Settings]:
    """Every one that some service may have for a feature: each is one query, however many services there are."""
    if not config.enabled:
        return
    fitting = (o for o in config.overrides if o.enabled and _may_be_of(o, feature))
    yield from dict.fromkeys([_settings(config, None), *(_settings(config, o) for o in fitting)])


def _may_be_of(override: DriftOverride, feature: str) -> bool:
    """Whether it may fit a series of the feature: all of them, or one by its subject, as in ``score/faithfulness``."""
    return fnmatchcase(feature, override.feature) or override.feature.startswith(f"{feature}/")


def _settings(config: Drift, override: DriftOverride | None) -> Settings:
    if override is None:
        return Settings(config.window_seconds, config.compare_with, config.least_values)
    return Settings(
        override.window_seconds or config.window_seconds,
        override.compare_with or config.compare_with,
        override.least_values or config.least_values,
    )
