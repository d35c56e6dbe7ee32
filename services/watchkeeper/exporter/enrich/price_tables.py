"""Explained prices as tables for a terminal."""

from collections.abc import Sequence
from decimal import Decimal

from rich.table import Table

from watchkeeper.exporter.enrich.explain import ExplainedPrice, Repriced

# Dollars of one call are reported whole; sums of many to a hundredth of a cent.
_SUMS = Decimal("0.0001")
_SOURCES = {"override": "watchkeeper.yml"}


def price_table(model: str, price: ExplainedPrice) -> Table:
    """One line per kind of token, and the sum."""
    table = _table(f"{model} at {price.provider or 'no known provider'}", "tokens", "number", "US dollars")
    for part in price.parts:
        table.add_row(part.kind, str(part.tokens), f"{part.usd.normalize():f}")
    table.add_section()
    table.add_row("all", str(sum(part.tokens for part in price.parts)), f"{(price.usd or Decimal(0)).normalize():f}")
    return table


def price_origin(price: ExplainedPrice) -> str:
    """Where a price comes from, in one line."""
    return f"The price is of {_SOURCES.get(price.source, price.source)}, as of {price.price_date}."


def reprice_table(models: Sequence[Repriced]) -> Table:
    """One line per model, the most expensive first, and the sum; calls without a price are counted, not added."""
    table = _table("", "model", "calls", "cost then", "unpriced", "cost now", "unpriced", "change")
    for repriced in models:
        table.add_row(*_row(repriced))
    table.add_section()
    table.add_row(*_row(sum(models, Repriced(model="all"))))
    return table


def _row(repriced: Repriced) -> tuple[str, ...]:
    return (
        repriced.model,
        str(repriced.calls),
        f"{repriced.usd_before.quantize(_SUMS):f}",
        str(repriced.unpriced_before),
        f"{repriced.usd_now.quantize(_SUMS):f}",
        str(repriced.unpriced_now),
        f"{(repriced.usd_now - repriced.usd_before).quantize(_SUMS):+f}",
    )


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title or None, title_justify="left")
    table.add_column(first, overflow="fold")
    for number in numbers:
        table.add_column(number, justify="right")
    return table
