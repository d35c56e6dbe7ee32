"""A past for services that were never there: samples of the days before, as Prometheus would have scraped them."""

import time
from collections.abc import Mapping, Sequence

from tests.e2e.support.endpoints import Endpoints

from watchkeeper.operator.drills.remote_write import HEADERS, encode

_DAY = 86_400
_STEP = 10
_BEFORE, _AFTER = 300, 900


def write_days(stack: Endpoints, counters: Mapping[tuple[tuple[str, str], ...], float], days: Sequence[int]) -> None:
    """Write counters that grow by so much in every ten seconds, around the same time of each of the days before."""
    now = int(time.time())
    for day in days:
        times = range(now - day * _DAY - _BEFORE, now - day * _DAY + _AFTER, _STEP)
        write_samples(
            stack,
            {
                labels: [(at * 1000, growth * number) for number, at in enumerate(times)]
                for labels, growth in counters.items()
            },
        )


def write_hours(stack: Endpoints, gauges: Mapping[tuple[tuple[str, str], ...], float], seconds: int) -> None:
    """Write values that were the same for so long, until now."""
    now = int(time.time())
    times = range(now - seconds, now, _STEP)
    write_samples(stack, {labels: [(at * 1000, value) for at in times] for labels, value in gauges.items()})


def write_samples(stack: Endpoints, series: Mapping[tuple[tuple[str, str], ...], list[tuple[int, float]]]) -> None:
    """Write samples as they are: milliseconds and values, the oldest first."""
    body = encode((dict(labels), samples) for labels, samples in series.items())
    answer = stack.client.post(stack.url("prometheus", "/api/v1/write"), content=body, headers=HEADERS)
    assert answer.status_code in (200, 204), answer.text
