"""What a bill says of days. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

_DAY = timedelta(days=1)
# No line of a day is more: what is, is no amount.
_MOST_USD = Decimal(10) ** 9
_MOST_TEXT = 64
_CURRENCY = "usd"


class ForeignCurrencyError(ValueError):
    """An amount is in no US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of a bill: ``model`` is empty for what is of no model; ``tier`` where the bill names one."""

    model: str
    what: str
    tier: str
    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledDay:
    """A day of UTC; ``is_whole`` is false where a line of it could not be read, so that its sum is not known."""

    day: date
    items: Sequence[Item]
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BillPage:
    """Days as they came, and how many lines were ``read``, ``foreign_currency`` or ``malformed``.

    ``following`` is the cursor of the next page, empty at the end.
    """

    days: Sequence[BilledDay]
    lines: Mapping[str, int] = field(default_factory=dict)
    following: str = ""


def dollars(value: float | str, currency: str = _CURRENCY, *, per_unit: int = 1) -> Decimal:
    """An amount in US dollars; ``per_unit`` is how many of its units a dollar has.

    Raises: ForeignCurrencyError for another currency, ValueError for what is no amount.
    """
    if currency.lower() != _CURRENCY:
        raise ForeignCurrencyError(currency)
    try:
        usd = Decimal(str(value)) / per_unit
    except InvalidOperation as error:
        raise ValueError("no amount") from error
    if not usd.is_finite() or abs(usd) > _MOST_USD:
        raise ValueError("no amount")
    return usd


def day_of(start: datetime, end: datetime) -> date:
    """The day of UTC from its first to its last moment. Raises: ValueError when it is not exactly one."""
    first = start.astimezone(UTC)
    if end - start != _DAY or (first.hour, first.minute, first.second, first.microsecond) != (0, 0, 0, 0):
        raise ValueError("not a day of UTC")
    return first.date()


def text_of(value: str | None) -> str:
    """A text that may become a label: short, printable and whole."""
    printable = "".join(char if char.isprintable() else " " for char in (value or "")[:_MOST_TEXT])
    return " ".join(printable.split())
