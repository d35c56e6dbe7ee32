"""A month as a window of time."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from watchkeeper.engines.windows import Window
from watchkeeper.errors import WatchkeeperError


def month_window(text: str, timezone: str, now: float) -> tuple[str, Window]:
    """Return a month as 2026-11, and from its first midnight in the zone to its end, or to now; empty is this month.

    Raises: WatchkeeperError for what is no month, one that has not begun, or no zone.
    """
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WatchkeeperError(f"--timezone must be a name like Europe/Berlin, got {timezone!r}") from error
    text = text or f"{datetime.fromtimestamp(now, UTC).astimezone(zone):%Y-%m}"
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", text):
        raise WatchkeeperError(f"--month must be a month like 2026-11, got {text!r}")
    year, month = (int(part) for part in text.split("-"))
    start = datetime(year, month, 1, tzinfo=zone)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
    if start.timestamp() >= now:
        raise WatchkeeperError(f"--month must have begun, got {text!r}")
    return text, Window(start=start.timestamp(), end=min(end.timestamp(), now))
