"""Both price tables held against each other: what they say of every model that the second one knows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import yaml

from watchkeeper.prices.rates import Rates
from watchkeeper.prices.tables import PriceTables

_VERDICTS = Path(__file__).parent / "price_verdicts.yml"


class Same(StrEnum):
    """What the tables say of one model, one beside the other."""

    EQUAL = "equal"
    OTHER = "other"
    RETIRED = "other, withdrawn"
    NOT_COMPARED = "not compared"
    SECOND_ONLY = "LiteLLM's alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One model: ``first`` and ``second`` are the rates where the tables begin to differ, ``above`` which size."""

    provider: str
    model: str
    same: Same
    above: int = 0
    first: Rates | None = None
    second: Rates | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which table is right about the models that match, and why."""

    models: tuple[str, ...]
    right: str
    why: str

    def fits(self, one: Compared) -> bool:
        """Whether it is about this model."""
        return any(fnmatchcase(f"{one.provider}/{one.model}", pattern) for pattern in self.models)


def as_of(tables: PriceTables) -> date:
    """The day of the comparison: the last on which a table was published."""
    return max(tables.first.published, tables.second.published)


def compare(tables: PriceTables) -> Iterator[Compared]:
    """Compare every model of the second table."""
    for provider, model in tables.second.names():
        yield _compared(tables, provider, model)


def _compared(tables: PriceTables, provider: str, model: str) -> Compared:
    day = as_of(tables)
    found, listed = tables.find(provider, model, day, ""), tables.second.listed(provider, model)
    if found is None or found.source == tables.second.source:
        return Compared(provider=provider, model=model, same=Same.SECOND_ONLY)
    if found.rates is None or (listed and listed.varies):
        return Compared(provider=provider, model=model, same=Same.NOT_COMPARED)
    if found.other is None:
        return Compared(provider=provider, model=model, same=Same.EQUAL)
    above, first, second = next(pair for pair in found.rates.beside(found.other) if not pair[1].agrees_with(pair[2]))
    # on the next day it is offered no more
    is_retired = listed is not None and listed.retired is not None and listed.retired <= day + timedelta(days=1)
    same = Same.RETIRED if is_retired else Same.OTHER
    return Compared(provider=provider, model=model, same=same, above=above, first=first, second=second)


@cache
def verdicts() -> tuple[Verdict, ...]:
    """The verdicts, in the order in which they are looked up."""
    entries = yaml.safe_load(_VERDICTS.read_text("utf-8"))
    return tuple(Verdict(tuple(one["models"]), one["right"], one["why"]) for one in entries)


def verdict_on(one: Compared) -> Verdict | None:
    """The first verdict that fits."""
    return next((verdict for verdict in verdicts() if verdict.fits(one)), None)
