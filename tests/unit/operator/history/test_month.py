"""The month of the demo: counters that only grow, versions one after the other, and one bad afternoon."""

from pathlib import Path

import numpy as np
import pytest

from watchkeeper.demo.assistant.desk import DESKS
from watchkeeper.demo.season import season
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.operator.history.month import DAY_MINUTES, Month, counters
from watchkeeper.operator.history.shape import Shapes, read_shapes
from watchkeeper.operator.history.store import Array, Labels

# A Monday at midnight.
UNTIL = 1_756_684_800
MONTH = Month(
    until=UNTIL,
    minutes=30 * DAY_MINUTES,
    per_second={desk.service: desk.conversations_per_second for desk in DESKS},
    season=season,
)


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    """What conversations of the demo counted."""
    return read_shapes()


@pytest.fixture(scope="module")
def month(shapes: Shapes) -> list[tuple[Labels, Array]]:
    """Every counter of the month."""
    return list(counters(MONTH, shapes))


def of(month: list[tuple[Labels, Array]], name: str, **labels: str) -> Array:
    """The sum of the series that have these labels."""
    found = [values for own, values in month if {**labels, "__name__": name}.items() <= own.items()]
    return np.sum(found, axis=0)


def test_the_metrics_and_labels_are_those_of_the_exporter(shapes: Shapes) -> None:
    """A shape that is older than the catalogue is measured again by bench/demo_shape.py."""
    known = {metric.name: set(metric.labels) for metric in METRICS}

    for one in [*shapes.steady.counted, *shapes.outage.counted]:
        assert one.labels.keys() <= known[one.name], one.name


def test_counters_only_grow(month: list[tuple[Labels, Array]]) -> None:
    """And each has a sample for every minute."""
    for labels, values in month:
        assert values.size == MONTH.minutes
        assert (np.diff(values) >= 0).all(), labels


def test_a_day_is_busier_than_its_night_and_a_weekend_quieter(month: list[tuple[Labels, Array]]) -> None:
    """The season of the running demo."""
    requests = of(month, "llm_requests_total", service="demo-support")
    days = np.diff(requests[:: DAY_MINUTES // 2])
    hour = np.diff(requests[-7 * DAY_MINUTES :: 60])

    assert days.max() > 1.2 * days.min()
    assert hour[14] > 1.5 * hour[2]


def test_each_version_of_the_prompt_follows_the_one_before(month: list[tuple[Labels, Array]]) -> None:
    """A deployment nineteen days ago, and one nine days ago."""
    grew = {
        version: np.flatnonzero(np.diff(of(month, "llm_requests_total", prompt_version=version), prepend=0))
        for version in ("v0.8", "v0.9", "v1")
    }

    assert grew["v0.8"][-1] < 11 * DAY_MINUTES + 2 <= grew["v0.9"][0] + 5
    assert grew["v0.9"][-1] < 21 * DAY_MINUTES + 2 <= grew["v1"][0] + 5
    assert grew["v1"][-1] > 30 * DAY_MINUTES - 5


def test_on_one_afternoon_the_provider_fails(month: list[tuple[Labels, Array]]) -> None:
    """Nearly all calls for two hours, and hardly any before and after."""
    failed = np.diff(of(month, "llm_errors_total", service="demo-support"), prepend=0)
    begins = int((30 - 12.4) * DAY_MINUTES)

    assert failed[begins : begins + 120].mean() > 15 * failed[:begins].mean()
    assert failed[begins + 120 :].mean() < 2 * failed[:begins].mean()


def test_the_shape_is_small_enough_to_be_committed() -> None:
    """A hundred kilobytes."""
    from watchkeeper.operator.history import shape

    assert Path(shape.__file__).with_name("shape.json").stat().st_size < 150_000
