"""Durations of Prometheus, Alertmanager and Loki (``1h30m``), and dividing them so that a test need not wait."""

import re

from watchkeeper.errors import WatchkeeperError

# Below one second the engines' own timers blur.
FLOOR_MILLISECONDS = 1000

_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_PART = r"\d+(?:ms|[smhdwy])"
DURATION = re.compile(rf"(?:{_PART})+")
# Quoted strings first, so that nothing inside a matcher's value is taken for a range.
_RANGE_OR_OFFSET = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)"""
    rf"|\[(?P<range>(?:{_PART})+)(?P<colon>:)?(?P<step>(?:{_PART})+)?\]"
    rf"|\b(?P<offset>offset\s+-?)(?P<by>(?:{_PART})+)"
)


def seconds_since(since: str, example: str) -> int:
    """The seconds of an option --since, as ``12h``, ``14d`` or ``4w``; ``example`` is what the error shows.

    Raises: WatchkeeperError for anything else.
    """
    found = re.fullmatch(r"(\d+)([hdw])", since)
    if not found or not int(found[1]):
        raise WatchkeeperError(f"--since must be a number with h, d or w, as in {example}, got {since!r}")
    return int(found[1]) * _UNITS[found[2]] // 1000


def shorten(duration: str, time_scale: float) -> str:
    """``5m`` at scale 60 is ``5s``; never under one second, and zero stays zero."""
    milliseconds = sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdwy])", duration))
    if milliseconds == 0 or time_scale == 1:
        return duration
    shortened = max(round(milliseconds / time_scale), min(FLOOR_MILLISECONDS, milliseconds))
    return f"{shortened // 1000}s" if shortened % 1000 == 0 else f"{shortened}ms"


def shorten_ranges(expression: str, time_scale: float) -> str:
    """Shorten every range selector, subquery step and offset of a PromQL or LogQL expression."""

    def replace(found: re.Match[str]) -> str:
        if found["quoted"] is not None:
            return found[0]
        if found["offset"] is not None:
            return found["offset"] + shorten(found["by"], time_scale)
        step = shorten(found["step"], time_scale) if found["step"] else ""
        return f"[{shorten(found['range'], time_scale)}{found['colon'] or ''}{step}]"

    return _RANGE_OR_OFFSET.sub(replace, expression)
