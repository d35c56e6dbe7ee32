"""The windows that a person compares: a time back from now, and one before it."""

import re

from watchkeeper.engines.windows import Window
from watchkeeper.errors import WatchkeeperError

_SECONDS = {"m": 60.0, "h": 3_600.0, "d": 86_400.0, "w": 604_800.0}
# Several scrapes: less is chance.
_LEAST = 300.0


def seconds(option: str, text: str) -> float:
    """Return a time as 30m, 2h, 1d or 4w in seconds.

    Raises: WatchkeeperError for anything else.
    """
    found = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
    length = int(found[1]) * _SECONDS[found[2]] if found else 0.0
    if length < _LEAST:
        raise WatchkeeperError(f"{option} must be 5m or longer, as in 30m, 2h, 1d or 4w, got {text!r}")
    return length


def windows(since: str, against: str, now: float) -> tuple[Window, Window]:
    """Return the window before and the one that ends now; without ``against`` the one directly before.

    Raises: WatchkeeperError when they are no times, or overlap.
    """
    length = seconds("--since", since)
    back = seconds("--against", against) if against else length
    if back < length:
        raise WatchkeeperError(f"--against must be at least as long as --since ({since}), got {against!r}")
    return Window(start=now - back - length, end=now - back), Window(start=now - length, end=now)
