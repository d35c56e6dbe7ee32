"""Hours beside the same hours of the weeks before."""

import math
import random
from collections.abc import Callable

import pytest

from watchkeeper.analyzer.comparison.timeseries import HOUR, RANGE_SECONDS, SERIES, Series, conclude_hours
from watchkeeper.analyzer.drift.choice import Method

END = 1_795_248_000.0 // HOUR * HOUR
COST = next(series for series in SERIES if series.name == "cost_per_hour")
ERRORS = next(series for series in SERIES if series.name == "error_ratio")
DAY = 24 * HOUR
WEEK = 7 * DAY


def seasonal(at: float) -> float:
    """A day and a week of a service, with noise that depends on the hour alone."""
    day = math.sin(2 * math.pi * at / 86_400)
    weekend = 0.4 if (at // 86_400) % 7 >= 5 else 1.0
    return weekend * (10 + 8 * day) * math.exp(random.Random(at).gauss(0, 0.1))


def verdict(value_at: Callable[[float], float | None], series: Series = COST) -> tuple[str, str]:
    """What is said of the last hour."""
    times = [END - HOUR * back for back in range(int(RANGE_SECONDS // HOUR) + 1)]
    values = {at: value for at in times if (value := value_at(at)) is not None}
    found = conclude_hours(series, "bot", values, END)
    return found.verdict.value, found.reason.value


def test_seasons_are_steady() -> None:
    """Twenty times as much at noon as at night, every day."""
    assert verdict(seasonal) == ("steady", "below_limit")


@pytest.mark.parametrize("factor", [3.0, 0.3])
def test_an_hour_far_off_has_drifted(factor: float) -> None:
    """Up or down."""
    assert verdict(lambda at: seasonal(at) * (factor if at == END else 1)) == ("drifted", "large_shift")


def test_what_is_a_little_off_for_hours_is_found_by_the_chart() -> None:
    """No single hour is unusual, six in a row are."""
    times = [END - HOUR * back for back in range(int(RANGE_SECONDS // HOUR) + 1)]
    found = conclude_hours(COST, "bot", {at: seasonal(at) * (1.25 if END - at < 6 * HOUR else 1) for at in times}, END)

    assert found.statistics
    assert abs(found.statistics.scores[Method.ZSCORE]) < 3 < found.statistics.scores[Method.EWMA]
    assert found.verdict.value == "shifting"


def test_an_unusual_hour_does_not_return_a_week_later() -> None:
    """Usual is the median of three weeks."""
    assert verdict(lambda at: seasonal(at) * (5 if at == END - WEEK else 1)) == ("steady", "below_limit")


def test_one_error_of_a_service_that_never_fails_is_no_anomaly() -> None:
    """The least change that counts keeps a constant past from making everything far."""
    assert verdict(lambda at: 0.02 if at == END else 0.0, ERRORS) == ("steady", "below_limit")
    assert verdict(lambda at: 0.3 if at == END else 0.0, ERRORS) == ("drifted", "large_shift")


@pytest.mark.parametrize(
    ("value_at", "expected"),
    [
        pytest.param(lambda at: None if at == END else 1.0, ("no_data", "no_values"), id="nothing in the last hour"),
        pytest.param(lambda at: math.nan if at == END else 1.0, ("no_data", "no_values"), id="no number"),
        pytest.param(lambda at: 1.0 if END - at < 12 * DAY else None, ("learning", "short_history"), id="12 days"),
    ],
)
def test_too_little_is_said(value_at: Callable[[float], float | None], expected: tuple[str, str]) -> None:
    """And never steady."""
    assert verdict(value_at) == expected


def test_what_was_before_an_accepted_change_is_no_past() -> None:
    """It is learnt again, and the reason says so."""
    values = {END - HOUR * back: 30.0 if back < 5 else 10.0 for back in range(int(RANGE_SECONDS // HOUR) + 1)}

    found = conclude_hours(COST, "bot", values, END, since=END - 5 * HOUR)

    assert (found.verdict.value, found.reason.value) == ("learning", "accepted")


@pytest.mark.parametrize(
    ("name", "usual", "now"),
    [("gate_pass_ratio", 0.95, 0.8), ("golden_recall", 0.9, 0.7), ("golden_hit_rate", 1.0, 0.8)],
)
def test_a_share_that_falls_has_drifted(name: str, usual: float, now: float) -> None:
    """By more than six times two points; by ten it shifts."""
    series = next(series for series in SERIES if series.name == name)

    assert verdict(lambda at: now if at == END else usual, series) == ("drifted", "large_shift")
    assert verdict(lambda at: usual - 0.1 if at == END else usual, series) == ("shifting", "shift")
    assert verdict(lambda _: usual, series) == ("steady", "below_limit")


@pytest.mark.parametrize("gone", [4, 8, 15], ids=lambda days: f"{days} days")
@pytest.mark.parametrize("back", [1, 4, 24, 72], ids=lambda hours: f"for {hours} hours")
def test_a_service_that_returns_has_not_drifted(gone: int, back: int) -> None:
    """Its series had ended: hours without values are no past."""
    returned = END - back * HOUR

    said = verdict(lambda at: None if returned - gone * DAY < at <= returned else seasonal(at))

    assert said in {("steady", "below_limit"), ("learning", "short_history")}


def test_a_service_that_returned_and_then_changes_has_drifted() -> None:
    """Once some hours have a past of two weeks again, which is at once where it was gone for days."""
    returned = END - DAY

    def value_at(at: float) -> float | None:
        return None if returned - 4 * DAY < at <= returned else seasonal(at) * (3 if at == END else 1)

    assert verdict(value_at) == ("drifted", "large_shift")
