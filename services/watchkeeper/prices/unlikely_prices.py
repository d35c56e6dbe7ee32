"""Prices of watchkeeper.yml that are a thousand times off: most often they are in another unit. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fnmatch import fnmatchcase

from watchkeeper.config.prices import Price
from watchkeeper.config.schema import ConfigFile
from watchkeeper.prices.genai import GenaiPrices

# Between the cheapest and the dearest model of a family lies a factor of a hundred at most; units differ by thousands.
_FAR = 300
# What a number would be per million tokens, were it in another unit.
_UNITS = (
    ("per token", Decimal(1_000_000)),
    ("per thousand tokens", Decimal(1000)),
    ("in cents per thousand tokens", Decimal(10)),
    ("per billion tokens", Decimal("0.001")),
)


def unlikely_prices(file: ConfigFile, table: GenaiPrices) -> list[str]:
    """Return one sentence for each price that no one asks for such a model, with the unit that it is likely in."""
    return [said for place, price in enumerate(file.prices) for said in _of_price(place, price, table)]


def _of_price(place: int, price: Price, table: GenaiPrices) -> Iterator[str]:
    for field in ("input", "output"):
        amount: Decimal = getattr(price, field)
        least, most, what = _known(price.model, table.token_prices(field))
        if not amount or least / _FAR < amount < most * _FAR:
            continue
        unit = next((f", is it {unit}?" for unit, factor in _UNITS if least <= amount * factor <= most), "")
        known = f"{what} cost {least.normalize():f} to {most.normalize():f} US dollars per million tokens"
        got = f"got {amount.normalize():f} for {price.model}{unit}"
        yield f"watchkeeper.yml: prices[{place}].{field}: {known}, {got}"


def _known(pattern: str, prices: Iterable[tuple[str, Decimal]]) -> tuple[Decimal, Decimal, str]:
    """The lowest and the highest price of the models that a pattern fits, or of all where the table has none."""
    every = {(name, amount) for name, amount in prices if amount}
    fitting = [amount for name, amount in every if fnmatchcase(name, pattern)]
    amounts = fitting or [amount for _, amount in every]
    return min(amounts), max(amounts), "such models" if fitting else "models"
