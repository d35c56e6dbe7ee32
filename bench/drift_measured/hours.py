"""Hourly values of services in which nothing changes, or something does: what the analyzer says of each hour."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from docs.reference.drift_figures import Hours

from drift_measured.traffic import busy_hours
from watchkeeper.analyzer.comparison.timeseries import HOUR, RANGE_SECONDS, SERIES, conclude_hours
from watchkeeper.analyzer.comparison.verdict import Verdict

_BY_NAME = {series.name: series for series in SERIES}
# Of a model with tools: 3 of 100 calls fail, a quarter of answers come from the cache.
_SHARES = {
    "error_ratio": 0.03,
    "tool_failure_ratio": 0.05,
    "cache_hit_ratio": 0.25,
    "retrieval_empty_ratio": 0.08,
    "gate_pass_ratio": 0.93,
}
_GOLDEN = ("golden_recall", "golden_hit_rate")
_BUSY, _MANY = 20, 100
# What the analyzer reads behind an hour.
_PAST_HOURS = int(RANGE_SECONDS // HOUR)
_SHIFT_HOUR = 10
_FOUND_WITHIN = 24
# Times as much as usual of what is bad: dollars, tokens, failures, answers that fail, queries without their documents.
SHIFTS = (1.25, 1.5, 2.0, 3.0)


@dataclass(frozen=True, slots=True)
class _Service:
    """Calls in an hour, a season from none to strong, and how much hours differ by more than chance."""

    calls: float
    season: float
    unrest: float
    seed: int


def hours(count: int, days: int) -> list[Hours]:
    """Every hourly feature, of so many services."""
    random = np.random.default_rng(5)
    services = [
        _Service(float(10 ** random.uniform(1.5, 4)), random.uniform(0, 1), random.uniform(0, 0.2), 500 + number)
        for number in range(count)
    ]
    return [_hours(name, services, days) for name in _BY_NAME]


def _hours(name: str, services: Sequence[_Service], days: int) -> Hours:
    said: Counter[str] = Counter()
    found = dict.fromkeys((f"{shift:g}" for shift in SHIFTS), 0)
    for service in services:
        values = _values(name, service, _PAST_HOURS + days * 24, lambda _hour: 1.0)
        for hour in range(_PAST_HOURS, _PAST_HOURS + days * 24):
            said[_verdict(name, values, hour)] += 1
        for shift in SHIFTS:
            found[f"{shift:g}"] += _is_found(name, service, shift)
    shares = {shift: number / len(services) for shift, number in found.items()}
    return Hours(name, len(services), days, dict(sorted(said.items())), shares)


def _is_found(name: str, service: _Service, shift: float) -> bool:
    """Whether a change that begins at ten and stays has drifted within a day."""
    first = _PAST_HOURS - _PAST_HOURS % 24 + _SHIFT_HOUR
    values = _values(name, service, first + _FOUND_WITHIN, lambda hour: shift if hour >= first else 1.0)
    drifted = Verdict.DRIFTED.value
    return any(_verdict(name, values, hour) == drifted for hour in range(first, first + _FOUND_WITHIN))


def _verdict(name: str, values: Mapping[int, float], hour: int) -> str:
    window = {at * HOUR: values[at] for at in range(hour - _PAST_HOURS, hour + 1) if at in values}
    return conclude_hours(_BY_NAME[name], "bot", window, hour * HOUR).verdict.value


def _values(name: str, service: _Service, count: int, factor: Callable[[int], float]) -> dict[int, float]:
    """Values by hour; an hour with fewer calls than the analyzer asks for has none."""
    random = np.random.default_rng(service.seed)
    calls = random.poisson(service.calls * busy_hours(np.arange(count), service.season))
    found: dict[int, float] = {}
    for hour in range(count):
        restless = float(np.exp(random.normal(0, service.unrest)))
        if name in _GOLDEN:
            found[hour] = _golden(random, factor(hour))
        elif calls[hour] >= (_MANY if name in _SHARES else _BUSY):
            found[hour] = _value(name, random, int(calls[hour]), restless, factor(hour))
    return found


def _value(name: str, random: np.random.Generator, calls: int, restless: float, factor: float) -> float:
    """The value of an hour with so many calls; ``factor`` is how many times as bad it is as usual."""
    if name not in _SHARES:
        # The mean of as many values as there are calls, of which one is as far from it as it is large.
        mean = max(0.0, factor * restless * float(random.normal(1, 1 / np.sqrt(calls))))
        return mean * (0.01 * calls if name == "cost_per_hour" else 1200)
    usual = _SHARES[name]
    if name == "gate_pass_ratio":
        wanted = 1 - (1 - usual) * factor * restless
    elif name == "cache_hit_ratio":
        wanted = usual / factor * restless
    else:
        wanted = usual * factor * restless
    return float(random.binomial(calls, min(max(wanted, 0.0), 1.0)) / calls)


def _golden(random: np.random.Generator, factor: float) -> float:
    """Of forty queries, asked every six hours; one more or less is found now and then."""
    return float(random.binomial(40, min(1.0, max(0.0, 1 - 0.1 * factor))) / 40)
