"""Both tables in their order: the first that knows a model prices it, and the second says where it disagrees."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec

from watchkeeper.model import Context
from watchkeeper.prices import genai
from watchkeeper.prices.genai import GenaiPrices
from watchkeeper.prices.litellm import LitellmFile, LitellmPrices
from watchkeeper.prices.rates import RatesBySize

# What is written to a cache costs what fresh input costs, unless a provider says otherwise: a gap says so too.
_FILLED = ("cached_input",)


class Found(msgspec.Struct, frozen=True):
    """What a table says of a model on one day.

    ``rates`` are None where they depend on more than the input's size. ``filled`` are the rates with the
    second table's for cached input, where the first does not know that; ``other`` are the second table's where they
    are noticeably different.
    """

    source: str
    rates: RatesBySize | None
    filled: RatesBySize | None = None
    other: RatesBySize | None = None


class PriceTables:
    """genai-prices first, then LiteLLM's table."""

    def __init__(self, first: GenaiPrices, second: LitellmPrices) -> None:
        self.first = first
        self.second = second
        # that both are in force, where a price has parts of both
        self.source = f"{first.source}, {second.source}"

    @property
    def published(self) -> date:
        """The day of the older of both."""
        return min(self.first.published, self.second.published)

    def find(self, provider: str, model: str, day: date, tier: str) -> Found | None:
        """What a model costs; None when neither table knows."""
        second = self.second.rates_by_size(provider, model, tier)
        try:
            first = self.first.rates_by_size(provider, model, day, tier)
        except LookupError:
            return Found(self.second.source, second) if second else None
        if second and not self.first.knows(provider):  # it has the price of whoever made the model
            return Found(self.second.source, second)
        if first is None or second is None:
            return Found(self.first.source, first)
        listed = self.second.listed(provider, model)
        other = None if listed is None or listed.varies else disagreement(first, second)
        return Found(self.first.source, first, _filled(first, second), other)

    def with_provider(self, context: Context) -> Context:
        """The context with the provider that the model's name gives away, where none was reported."""
        if context.provider:
            return context
        inferred = self.first.infer_provider(context.model or context.model_requested)
        return msgspec.structs.replace(context, provider=inferred) if inferred else context

    def context_window(self, provider: str, model: str) -> int | None:
        """How many tokens the model can read at once; None when no table knows."""
        info = self.first.find_model(provider, model)
        if info and info.context_window:
            return info.context_window
        listed = self.second.listed(provider, model)
        return listed.window if listed else None

    def model_names(self) -> Iterator[str]:
        """The names of all models, as the tables spell them."""
        for table in (self.first, self.second):
            yield from (model for _, model in table.names())


@cache
def shipped_litellm() -> LitellmPrices:
    """LiteLLM's table as it came with this version."""
    text = files("watchkeeper.prices").joinpath("litellm.json").read_bytes()
    return LitellmPrices(msgspec.json.decode(text, type=LitellmFile))


@cache
def shipped_tables() -> PriceTables:
    """The tables that came with this version."""
    return PriceTables(genai.shipped(), shipped_litellm())


def disagreement(first: RatesBySize, second: RatesBySize) -> RatesBySize | None:
    """The second table's rates, where the two disagree at some size of the input; the first's where it knows none."""
    pairs = list(first.beside(second))
    if all(one.agrees_with(other) for _, one, other in pairs):
        return None
    rates = tuple(other.completed_by(one) for _, one, other in pairs)
    return RatesBySize(rates=rates, steps=tuple(step for step, _, _ in pairs[1:]), price_date=second.price_date)


def _filled(first: RatesBySize, second: RatesBySize) -> RatesBySize | None:
    """The first table's rates with the second's for cached input, where it does not know that.

    Only where both agree on fresh input: else the second may speak of another model.
    """
    pairs = list(first.beside(second))
    if not all(one.agrees_with(other) for _, one, other in pairs):
        return None
    rates = tuple(one.completed_by(other, _FILLED) for _, one, other in pairs)
    if rates == tuple(one for _, one, _ in pairs):
        return None
    return RatesBySize(rates=rates, steps=tuple(step for step, _, _ in pairs[1:]), price_date=first.price_date)
