"""How busy a time is, as a factor of what is usual. Pure; the demo and its history follow it."""

from datetime import UTC, datetime
from math import cos, pi

# Most in the early afternoon, least at night; two thirds at weekends.
_BUSIEST_HOUR, _SWING = 14.0, 0.35
_SATURDAY, _WEEKEND = 5, 0.7


def season(at: float) -> float:
    """The factor at a Unix time, by UTC."""
    date = datetime.fromtimestamp(at, UTC)
    hour = date.hour + date.minute / 60
    of_day = 1 + _SWING * cos((hour - _BUSIEST_HOUR) / 24 * 2 * pi)
    return of_day * (_WEEKEND if date.weekday() >= _SATURDAY else 1.0)
