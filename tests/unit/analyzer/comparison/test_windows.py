"""What Prometheus answers becomes windows on the same bins."""

import pytest

from watchkeeper.analyzer.comparison.features import FEATURES, Feature
from watchkeeper.analyzer.comparison.settings import Settings
from watchkeeper.analyzer.comparison.windows import Windows, read_windows

Samples = list[tuple[dict[str, str], float]]

SETTINGS = Settings(3600.0, "same_hours", 100)
DAY = 86_400.0


def _feature(name: str) -> Feature:
    return next(feature for feature in FEATURES if feature.name == name)


def _read(name: str, current: Samples, reference: Samples) -> list[Windows]:
    return list(read_windows(_feature(name), SETTINGS, current, reference))


def _buckets(counts: dict[str, float], **labels: str) -> Samples:
    return [({"service": "bot", **labels, "le": le}, value) for le, value in counts.items()]


def test_cumulative_buckets_become_counts() -> None:
    """Extrapolation that lets a bucket exceed the next one loses nothing."""
    (found,) = _read("input_tokens", _buckets({"1.0": 2, "4.0": 5.01, "16.0": 5, "+Inf": 9}), [])

    assert found.current.bounds == (1, 4, 16)
    assert found.current.counts == pytest.approx((2, 3.01, 0, 3.99))
    assert found.bins == ("1", "4", "16", "+Inf")


def test_windows_with_other_buckets_are_compared_on_those_that_both_have() -> None:
    """And say so."""
    old = _buckets({"4.0": 5, "64.0": 8, "+Inf": 10}, reference_offset="86400")

    (found,) = _read("input_tokens", _buckets({"1.0": 2, "4.0": 3, "16.0": 4, "64.0": 6, "+Inf": 6}), old)

    assert found.has_changed_buckets
    assert found.current.counts == (3, 3, 0)
    assert found.reference[DAY].counts == (5, 3, 2)


def test_an_empty_window_changes_no_bounds() -> None:
    """A gap of Prometheus is not an upgrade."""
    past = _buckets({"4.0": 5, "+Inf": 9}, reference_offset="86400")

    (found,) = _read("input_tokens", _buckets({"1.0": 0, "+Inf": 0}), past)

    assert not found.has_changed_buckets
    assert (found.current.total, found.reference[DAY].total) == (0, 9)


def test_what_is_no_count_is_left_out() -> None:
    """NaN, below zero, and what has no service."""
    bad = [
        ({"service": "bot", "node": "router", "branch": "a"}, float("nan")),
        ({"service": "bot", "node": "router", "branch": "b"}, -1.0),
        ({"node": "router", "branch": "c"}, 5.0),
        ({"service": "bot", "node": "router", "branch": "d"}, 40.0),
    ]

    (found,) = _read("branch", bad, [])

    assert (found.title, found.bins, found.current.counts) == ("branch/router", ("d",), (40.0,))


def test_rare_categories_are_one() -> None:
    """A new one that is not rare is a bin that the reference does not fill."""
    now = {"new": 60.0, "a": 90.0, "r1": 1.0}
    current = [({"service": "bot", "node": "n", "branch": name}, value) for name, value in now.items()]
    past = [
        ({"service": "bot", "node": "n", "branch": name, "reference_offset": "86400"}, value)
        for name, value in {"a": 500.0, "b": 90.0, "r2": 2.0}.items()
    ]

    (found,) = _read("branch", current, past)

    assert found.bins == ("a", "b", "new", "(rare)")
    assert found.current.counts == (90, 0, 60, 1)
    assert found.reference[DAY].counts == (500, 90, 0, 2)


def test_a_service_that_is_gone_or_new_is_a_series_too() -> None:
    """Both get a verdict with a reason."""
    gone = _buckets({"1.0": 5, "+Inf": 9}, service="gone", reference_offset="86400")

    found = _read("input_tokens", _buckets({"1.0": 5, "+Inf": 9}, service="new"), gone)

    assert [(one.service, one.current.total, len(one.reference)) for one in found] == [("gone", 0, 1), ("new", 9, 0)]
