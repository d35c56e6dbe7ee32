"""What is known of the models in use: calls, price, context window and retirement. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
from rich.table import Table
from rich.text import Text

from watchkeeper.model import Usage
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.explain import asked_call
from watchkeeper.prices.retirements import RetirementBook, shipped_table

_MILLION = 1_000_000
# Prices of many models depend on the size of the input: this is the one of short requests.
_SMALL = 1_000
_CENT_OF_A_CENT = Decimal("0.0001")
_DATE_WIDTH = len("2026-11-29")
# As often as the table should be looked at.
_OLD_DAYS = 31


class ModelInUse(msgspec.Struct, frozen=True, kw_only=True):
    """A model of a provider, the services that call it, and how often they do in a day."""

    provider: str
    model: str
    services: Sequence[str]
    calls_per_day: float


def models_table(used: Iterable[ModelInUse], prices: PriceBook, retirements: RetirementBook, now: float) -> Table:
    """One line for each model: those first that are retired first, then those with most calls."""
    table = Table(title="Models in use; prices in US dollars per million tokens, input / output")
    for name in ("model", "services"):
        table.add_column(name, overflow="fold")
    for name in ("calls a day", "price", "context"):
        table.add_column(name, justify="right")
    table.add_column("retired on", min_width=_DATE_WIDTH)
    for one in sorted(used, key=lambda one: (_day(one, retirements), -one.calls_per_day, one.model, one.provider)):
        window = prices.tables.context_window(one.provider, one.model)
        table.add_row(
            Text(f"{one.provider} {one.model}".strip()),
            Text(", ".join(one.services)),
            f"{one.calls_per_day:,.0f}",
            _prices(one, prices, now),
            f"{window:,}" if window else "?",
            Text(_retired(one, retirements, now)),
        )
    return table


def table_note(now: float) -> str:
    """Where the days come from, and whether they are old."""
    table = shipped_table()
    age = (datetime.fromtimestamp(now, UTC).date() - table.published).days
    note = f"Retirements are those of watchkeeper.yml, else of {table.source} ({table.published})."
    return f"{note} That is {age} days old: look at the providers' own pages." if age > _OLD_DAYS else note


def _day(one: ModelInUse, retirements: RetirementBook) -> str:
    found = retirements.of(one.provider, one.model)
    return found.day.isoformat() if found else "9999"


def _retired(one: ModelInUse, retirements: RetirementBook, now: float) -> str:
    found = retirements.of(one.provider, one.model)
    if found is None:
        return "not known"
    days = (found.day - datetime.fromtimestamp(now, UTC).date()).days
    when = f"in {days} days" if days > 0 else f"{-days} days ago" if days < 0 else "today"
    return f"{found.day} ({when})" + (f", successor {found.successor}" if found.successor else "")


def _prices(one: ModelInUse, prices: PriceBook, now: float) -> str:
    usages = (Usage(input=_SMALL, output=0), Usage(input=0, output=_SMALL))
    return " / ".join(_price(one, prices, usage, now) for usage in usages)


def _price(one: ModelInUse, prices: PriceBook, usage: Usage, now: float) -> str:
    """Dollars of a million tokens of the kind that the usage has."""
    at = datetime.fromtimestamp(now, UTC)
    cost = prices.price(asked_call(one.model, one.provider, usage, priced_at=at, tier="")).cost
    if cost is None:
        return "?"
    dollars = (cost.usd * _MILLION / _SMALL).quantize(_CENT_OF_A_CENT).normalize()
    return f"{dollars:f}"
