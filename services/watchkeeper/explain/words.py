"""Numbers and moments as people read them: few digits, with their unit."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

Value = TypeVar("Value")

_THOUSAND = 1000.0


def number(value: float) -> str:
    """Three digits, thousands in groups: 0.912, 4.5, 990, 12 300."""
    if abs(value) < _THOUSAND:
        return f"{value:.3g}"
    return f"{float(f'{value:.3g}'):,.0f}".replace(",", " ")


def dollars(value: float | Decimal) -> str:
    """US dollars, cents where they say something: $0.0021, $4.20, $41, $1 230."""
    value = float(value)
    if abs(value) >= 10:  # noqa: PLR2004  # cents of more than ten dollars are noise
        return f"${number(value)}"
    return f"${value:.2f}" if abs(value) >= 1 else f"${value:.2g}"


def seconds(value: float) -> str:
    """Seconds; a token's in milliseconds."""
    return f"{number(value)} s" if abs(value) >= 0.1 else f"{number(value * 1000)} ms"  # noqa: PLR2004  # as dashboards do


def duration(value: float) -> str:
    """Seconds beside each other, all in one unit."""
    return f"{number(value)} s"


def percent(value: float) -> str:
    """A share."""
    return f"{number(value * 100)} %"


def points(value: float) -> str:
    """The difference of two shares."""
    return f"{number(value * 100)} points"


def known(value: Value | None, say: Callable[[Value], str]) -> str:
    """A value in words; a dash where no one knows it."""
    return "-" if value is None else say(value)


def utc(at: float) -> str:
    """A moment in Unix seconds, to the second."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
