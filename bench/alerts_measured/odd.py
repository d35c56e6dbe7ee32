"""What is no fault of a service and may look like one: it begins, ends, is renamed, its counters restart."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from alerts_measured.calls import Labels, simulate
from alerts_measured.shapes import DAYS_A_WEEK, MINUTES_A_DAY, MINUTES_A_WEEK, Array, Service

# Two weeks of past, and a Tuesday at ten; the exporter ends series that counted nothing for three days.
KNOWN_DAYS = 15
EVENT = KNOWN_DAYS * MINUTES_A_DAY + 600
_IDLE = 3 * MINUTES_A_DAY
_MONTH = 30 * MINUTES_A_DAY
_DOLLARS = 300

Samples = list[tuple[Labels, Array]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A case: what becomes of the counters of a service after each minute; where there is no sample it is NaN."""

    title: str
    change: Callable[[Samples], Samples] = list
    seed: int
    kind: str = "clock"
    days: int = KNOWN_DAYS + DAYS_A_WEEK
    event: int = EVENT
    is_down: bool = False

    @property
    def service(self) -> Service:
        """A service of two thousand calls and ten dollars a day."""
        return Service(kind=self.kind, calls_a_day=2_000, dollars_a_day=10, days=self.days, seed=self.seed)

    @property
    def down(self) -> tuple[int, int]:
        """The minutes in which Prometheus does not run: six hours, or none."""
        return (self.event, self.event + 360) if self.is_down else (0, 0)

    @property
    def together(self) -> tuple[int, tuple[int, int]]:
        """What cases have in common that one Prometheus can take."""
        return self.days, self.down

    def samples(self) -> Samples:
        """Its series."""
        changed = self.change(list(simulate(self.service)))
        first, last = self.down
        return [(labels, _without(values, first, last)) for labels, values in changed]


def _without(values: Array, first: int, last: int) -> Array:
    left = values.astype(float)
    left[first:last] = np.nan
    return left


def _each(change: Callable[[Array], Array]) -> Callable[[Samples], Samples]:
    return lambda samples: [(labels, change(values)) for labels, values in samples]


def _begun(values: Array) -> Array:
    return _without(values - values[EVENT - 1], 0, EVENT)


def _ended(values: Array) -> Array:
    """Nothing more is counted, and after three days the series end."""
    still = np.where(np.arange(values.size) < EVENT, values, values[EVENT - 1])
    return _without(still, EVENT + _IDLE, values.size)


def _renamed(samples: Samples) -> Samples:
    return [*_each(_ended)(samples), *_each(_begun)([(_other_name(labels), values) for labels, values in samples])]


def _other_name(labels: Labels) -> Labels:
    return {**labels, "service": f"{labels['service']}-renamed"}


def _returned(values: Array) -> Array:
    """A month without a sample, and counters that begin anew."""
    back = EVENT + _MONTH
    return np.concatenate([_ended(values)[:back], values[back:] - values[back - 1]])


def _an_hour_earlier(values: Array) -> Array:
    return np.concatenate([values[:EVENT], values[EVENT + 60 :], np.full(60, values[-1])])


def _restarted(values: Array) -> Array:
    return np.concatenate([values[:EVENT], values[EVENT:] - values[EVENT - 1]])


def _rested(values: Array) -> Array:
    """No calls from Monday to Friday."""
    monday = 14 * MINUTES_A_DAY
    friday = monday + 5 * MINUTES_A_DAY
    still = np.where(np.arange(values.size) < monday, values, values[monday - 1])
    return np.concatenate([still[:friday], values[friday:] - values[friday - 1] + values[monday - 1]])


def _with_one_expensive_call(samples: Samples) -> Samples:
    cost = next(place for place, (labels, _) in enumerate(samples) if labels["__name__"] == "llm_cost_dollars_total")
    labels, values = samples[cost]
    samples[cost] = labels, values + np.where(np.arange(values.size) >= EVENT, _DOLLARS, 0)
    return samples


ODD = (
    Odd(seed=3, title="a service begins", change=_each(_begun)),
    Odd(seed=4, title="a service ends", change=_each(_ended)),
    Odd(seed=5, title="a service is renamed", change=_renamed),
    Odd(seed=6, title="a service returns after a month", change=_each(_returned), days=49, event=EVENT + _MONTH),
    Odd(seed=7, title="the clock is put forward by an hour", change=_each(_an_hour_earlier), kind="office"),
    Odd(seed=8, title="Prometheus is down for six hours", is_down=True),
    Odd(seed=9, title="the counters restart at zero", change=_each(_restarted)),
    Odd(seed=10, title="a week of holidays", change=_each(_rested), kind="office", event=14 * MINUTES_A_DAY),
    Odd(seed=11, title="one call of $300, in a service of $10 a day", change=_with_one_expensive_call),
)


def up(minutes: int, down: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """First and last minute of each week, or of what is left of one while Prometheus runs."""
    for first in range(0, minutes, MINUTES_A_WEEK):
        last = min(first + MINUTES_A_WEEK, minutes) - 1
        yield from ((a, b) for a, b in ((first, min(last, down[0] - 1)), (max(first, down[1]), last)) if a <= b)
