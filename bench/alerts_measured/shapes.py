"""When calls come: the share of a day's calls in each minute of some weeks, by the kind of service."""

import zlib
from dataclasses import dataclass

import numpy as np

MINUTES_A_DAY = 1440
DAYS_A_WEEK = 7
# A range query has 11,000 points at most.
MINUTES_A_WEEK = DAYS_A_WEEK * MINUTES_A_DAY
WEEKLY_GROWTH = 0.05
WEEKEND = (5, 6)

Array = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A simulated service: when it is used, calls and US dollars of an ordinary working day, and in how many days."""

    kind: str
    calls_a_day: int
    dollars_a_day: float
    days: int
    seed: int
    holidays: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What its series are labelled with."""
        return f"{self.kind}-{self.calls_a_day}-{self.seed}"

    def random(self, purpose: str) -> np.random.Generator:
        """Numbers of its own for each purpose: what one draws changes nothing for another."""
        return np.random.default_rng([zlib.crc32(f"{self.name} {purpose}".encode()), self.seed])


def expected_calls(service: Service) -> Array:
    """The expected number of calls in each minute; the first minute is midnight of a Monday."""
    day = _DAY[service.kind]()
    minutes = np.concatenate([day * _of_day(service, number) for number in range(service.days)])
    minutes *= (1 + WEEKLY_GROWTH) ** (np.arange(minutes.size) / (DAYS_A_WEEK * MINUTES_A_DAY))
    if service.kind == "batch":
        minutes = _with_batches(service, minutes)
    return _with_bursts(service, minutes * service.calls_a_day)


def _office() -> Array:
    """Ten hours with two humps and a dip at noon; nothing at night."""
    hour = np.arange(MINUTES_A_DAY) / 60
    humps = np.exp(-((hour - 10.5) ** 2) / 4) + np.exp(-((hour - 15) ** 2) / 5)
    return _normal(np.where((hour >= 8) & (hour < 18), humps + 0.15, 0.0))  # noqa: PLR2004 eight to six


def _around_the_clock() -> Array:
    """Most in the evening, a quarter of that at four in the morning."""
    hour = np.arange(MINUTES_A_DAY) / 60
    return _normal(1 + 0.6 * np.cos((hour - 16) / 24 * 2 * np.pi))


def _normal(weights: Array) -> Array:
    return weights / weights.sum()


_DAY = {"office": _office, "clock": _around_the_clock, "batch": _around_the_clock}


def _of_day(service: Service, number: int) -> float:
    """What an ordinary day has of its calls: weekends and holidays have fewer, where there is an office none."""
    rests = number % DAYS_A_WEEK in WEEKEND or number in service.holidays
    if not rests:
        return 1.0
    return 0.0 if service.kind == "office" else 0.6


def _with_batches(service: Service, minutes: Array) -> Array:
    """A job that begins at about two every night and makes a fifth of a day's calls in forty minutes."""
    random = service.random("batches")
    for day in range(service.days):
        begins = day * MINUTES_A_DAY + 120 + int(random.normal(0, 6))
        minutes[begins : begins + 40] += 0.2 / 40
    return minutes


def _with_bursts(service: Service, minutes: Array) -> Array:
    """Twice a week, for 5 to 20 minutes, two to three times the calls."""
    random = service.random("bursts")
    for begins in np.flatnonzero(random.random(minutes.size) < 2 / (DAYS_A_WEEK * MINUTES_A_DAY)):
        minutes[begins : begins + random.integers(5, 21)] *= random.uniform(2, 3)
    return minutes
