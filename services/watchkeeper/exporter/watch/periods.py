"""When the periods of budgets begin and end."""

from datetime import datetime
from zoneinfo import ZoneInfo

from watchkeeper.config.budgets import Period

_DAY = 86_400
ROLLING_SECONDS: dict[Period, int] = {"day": _DAY, "week": 7 * _DAY, "30d": 30 * _DAY}
_MONTHS = 12


def month_around(now: float, zone: ZoneInfo) -> tuple[float, float]:
    """Return begin and end (Unix seconds) of the calendar month of a time zone that holds ``now``."""
    begin = datetime.fromtimestamp(now, zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    year, month = divmod(begin.month, _MONTHS)
    end = begin.replace(year=begin.year + year, month=month + 1)
    return begin.timestamp(), end.timestamp()
