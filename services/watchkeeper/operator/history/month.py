"""The month that the demo's history is made of: seasons, two versions of a prompt before this one, one incident."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from watchkeeper.operator.history.past import Series
from watchkeeper.operator.history.shape import Shapes
from watchkeeper.operator.history.store import Array
from watchkeeper.operator.history.synth import Phase, conversations, together

MINUTE, DAY_MINUTES = 60, 1_440
# What was before version 1, and until how many days before the end.
_VERSIONS = (("v0.8", 19), ("v0.9", 9))
# An outage of the provider, two hours in the afternoon of a working day nearly two weeks ago.
_INCIDENT_DAYS_AGO, _INCIDENT_MINUTES = 12.4, 120
_SOURCE = {"job": "exporter", "instance": "demo-history"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """When it ends (Unix seconds), how many minutes it has, and how busy each service is.

    ``per_second`` are conversations of each service in a second of a usual hour.
    """

    until: int
    minutes: int
    per_second: Mapping[str, float]
    season: Callable[[float], float]

    @property
    def since(self) -> int:
        """When it begins."""
        return self.until - self.minutes * MINUTE

    @property
    def incident(self) -> tuple[int, int]:
        """When the provider fails, from the first second on and until the last; before the month if that is short."""
        began = self.until - round(_INCIDENT_DAYS_AGO * DAY_MINUTES) * MINUTE
        return began, began + _INCIDENT_MINUTES * MINUTE

    @property
    def deployments(self) -> list[tuple[int, str]]:
        """When each version of the prompts was deployed, in order; that of the demo has no name of its own here."""
        versions = [*(version for version, _ in _VERSIONS[1:]), ""]
        times = [self.until - days_ago * DAY_MINUTES * MINUTE for _, days_ago in _VERSIONS]
        return [(at, version) for at, version in zip(times, versions, strict=True) if at > self.since]

    def version_at(self, at: float) -> str:
        """The version of the prompts at a time; that of the demo has no name of its own here."""
        days_ago = (self.until - at) / MINUTE / DAY_MINUTES
        return next((version for version, until_days_ago in _VERSIONS if days_ago > until_days_ago), "")


def counters(month: Month, shapes: Shapes) -> Series:
    """What the exporter would have counted after each minute."""
    return together(_phases(month, shapes), _SOURCE)


def _phases(month: Month, shapes: Shapes) -> Iterator[Phase]:
    times = range(month.since, month.until, MINUTE)
    is_outage = _between(month, _INCIDENT_DAYS_AGO, _INCIDENT_DAYS_AGO - _INCIDENT_MINUTES / DAY_MINUTES)
    for number, (service, per_second) in enumerate(sorted(month.per_second.items())):
        made = conversations(times, per_second * MINUTE, month.season, number)
        for version, is_its in _versions(month):
            renamed = {"prompt_version": version} if version else {}
            for shape, is_here in ((shapes.steady, ~is_outage), (shapes.outage, is_outage)):
                if (is_its & is_here).any():
                    counted = made * (is_its & is_here)
                    yield Phase(shape=shape, service=service, conversations=counted, renamed=renamed)


def _versions(month: Month) -> Iterator[tuple[str, Array]]:
    """Each version of the prompts and the minutes in which it was there; the last is that of the demo."""
    earlier = float("inf")
    for version, days_ago in _VERSIONS:
        yield version, _between(month, earlier, days_ago)
        earlier = days_ago
    yield "", _between(month, earlier, 0)


def _between(month: Month, days_ago: float, until_days_ago: float) -> Array:
    minutes_ago = np.arange(month.minutes, 0, -1)
    return (minutes_ago <= days_ago * DAY_MINUTES) & (minutes_ago > until_days_ago * DAY_MINUTES)
