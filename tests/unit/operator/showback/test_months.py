"""Months as windows of time, in the zone of who pays."""

from datetime import UTC, datetime

import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.showback.months import month_window

NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC).timestamp()


def at(text: str) -> float:
    """Return Unix seconds of a time in ISO form."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("month", "zone", "start", "end"),
    [
        ("2026-10", "UTC", "2026-10-01T00:00+00:00", "2026-11-01T00:00+00:00"),
        ("2025-12", "UTC", "2025-12-01T00:00+00:00", "2026-01-01T00:00+00:00"),
        ("2026-10", "Europe/Berlin", "2026-10-01T00:00+02:00", "2026-11-01T00:00+01:00"),
        ("2026-11", "UTC", "2026-11-01T00:00+00:00", "2026-11-29T22:00+00:00"),
        ("", "Asia/Tokyo", "2026-11-01T00:00+09:00", "2026-11-29T22:00+00:00"),
    ],
)
def test_a_month_begins_and_ends_at_midnight_of_the_zone(month: str, zone: str, start: str, end: str) -> None:
    """Also where the clocks change in it; the month that goes on ends now."""
    named, window = month_window(month, zone, NOW)

    assert (window.start, window.end) == (at(start), at(end))
    assert named == (month or "2026-11")


@pytest.mark.parametrize(
    ("month", "zone", "said"),
    [
        ("2026-13", "UTC", "--month must be a month like 2026-11, got '2026-13'"),
        ("November", "UTC", "--month must be a month like 2026-11, got 'November'"),
        ("2026-12", "UTC", "--month must have begun, got '2026-12'"),
        ("2026-11", "Berlin", "--timezone must be a name like Europe/Berlin, got 'Berlin'"),
        ("2026-11", "../etc/passwd", "--timezone must be a name like Europe/Berlin, got '../etc/passwd'"),
    ],
)
def test_what_is_no_month_is_reported(month: str, zone: str, said: str) -> None:
    """With what would be one."""
    with pytest.raises(WatchkeeperError) as problem:
        month_window(month, zone, NOW)

    assert str(problem.value) == said
