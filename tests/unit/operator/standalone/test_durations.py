"""Dividing durations and the ranges in queries."""

import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.standalone.durations import seconds_since, shorten, shorten_ranges


@pytest.mark.parametrize(
    ("duration", "scale", "expected"),
    [
        pytest.param("5m", 60, "5s", id="minutes become seconds"),
        pytest.param("1h30m", 60, "90s", id="parts are added up"),
        pytest.param("1d", 1000, "86400ms", id="what is no whole second is reported in milliseconds"),
        pytest.param("30s", 60, "1s", id="nothing gets shorter than a second"),
        pytest.param("500ms", 60, "500ms", id="what was shorter than a second stays"),
        pytest.param("0s", 60, "0s", id="zero means at once and stays"),
        pytest.param("5m", 1, "5m", id="scale one changes nothing"),
    ],
)
def test_shorten(duration: str, scale: float, expected: str) -> None:
    """Durations are divided, with a floor."""
    assert shorten(duration, scale) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("rate(a[5m])", "rate(a[5s])", id="range"),
        pytest.param("a[1h:5m]", "a[60s:5s]", id="subquery with a step"),
        pytest.param("a[1h:]", "a[60s:]", id="subquery without a step"),
        pytest.param("a offset 1h", "a offset 60s", id="offset"),
        pytest.param("a offset -1h", "a offset -60s", id="offset into the future"),
        pytest.param("increase(a[1d] anchored)", "increase(a[1440s] anchored)", id="modifier after the range"),
        pytest.param('a{b="[5m]"}', 'a{b="[5m]"}', id="a quoted range is text"),
        pytest.param('a{b=~"[0-9]m"}', 'a{b=~"[0-9]m"}', id="a regular expression is no range"),
        pytest.param("sum by (x) (a) > 5", "sum by (x) (a) > 5", id="nothing to shorten"),
        pytest.param('{a="b"} |= `x [5m]` | json', '{a="b"} |= `x [5m]` | json', id="LogQL in backquotes"),
    ],
)
def test_shorten_ranges(expression: str, expected: str) -> None:
    """Ranges, steps and offsets are divided; text is left alone."""
    assert shorten_ranges(expression, 60) == expected


@pytest.mark.parametrize(("since", "expected"), [("12h", 43_200), ("14d", 1_209_600), ("4w", 2_419_200)])
def test_how_far_back_in_seconds(since: str, expected: int) -> None:
    """As options of commands are given."""
    assert seconds_since(since, "14d") == expected


@pytest.mark.parametrize("since", ["", "14", "d", "0d", "1.5d", "14m", "-1d"])
def test_what_is_no_time_back_is_refused_with_an_example(since: str) -> None:
    """The sentence shows what to write instead."""
    with pytest.raises(WatchkeeperError, match="--since must be a number with h, d or w, as in 14d, got "):
        seconds_since(since, "14d")
