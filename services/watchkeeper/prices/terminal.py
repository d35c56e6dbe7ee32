"""Explained prices as tables for a terminal."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.table import Table

from watchkeeper.prices.explain import ExplainedPrice, Repriced
from watchkeeper.prices.rates import agree

# Dollars of one call are reported whole; sums of many to a hundredth of a cent.
_SUMS = Decimal("0.0001")
_NOTHING = Decimal(0)
_SOURCES = {"override": "watchkeeper.yml"}


def price_table(model: str, price: ExplainedPrice, second: ExplainedPrice | None = None) -> Table:
    """One line per kind of token, and the sum; what the second table says stands beside where it differs."""
    others = [second] if second and not agree(price.usd or _NOTHING, second.usd or _NOTHING) else []
    columns = ["US dollars", *(f"by {other.source}" for other in others)]
    table = _table(f"{model} at {price.provider or 'no known provider'}", "tokens", "number", *columns)
    said = [price, *others]
    for place, part in enumerate(price.parts):
        table.add_row(part.kind, str(part.tokens), *(_exactly(one.parts[place].usd) for one in said))
    table.add_section()
    tokens = str(sum(part.tokens for part in price.parts))
    table.add_row("all", tokens, *(_exactly(one.usd or _NOTHING) for one in said))
    return table


def price_origin(price: ExplainedPrice, second: ExplainedPrice | None = None) -> Iterator[str]:
    """Where a price comes from, and whether the second table agrees, a line each."""
    yield f"The price is of {_SOURCES.get(price.source, price.source)}, as of {price.price_date}."
    if second is None:
        return
    if agree(price.usd or _NOTHING, second.usd or _NOTHING):
        yield f"{second.source} says the same."
        return
    yield f"{second.source}, as of {second.price_date}, says {_exactly(second.usd or _NOTHING)}."
    yield "docs/reference/prices.md says which is right; `prices` in watchkeeper.yml comes before both."


def _exactly(usd: Decimal) -> str:
    return f"{usd.normalize():f}"


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
