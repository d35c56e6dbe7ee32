"""The second table: prices from LiteLLM's, in the few words that ``condense`` leaves of them.

A model's prices are read when someone asks for them: as text the whole table takes 1 MiB.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

import msgspec

from watchkeeper.model.providers import provider_named
from watchkeeper.prices.rates import PartRates, Rates, RatesBySize

_MILLION = Decimal(1_000_000)
# Providers that offer one another's models, at the same price: clients name either.
_SAME_OFFER = {
    "azure.ai.openai": "azure.ai.inference",
    "azure.ai.inference": "azure.ai.openai",
    "gcp.gemini": "gcp.vertex_ai",
    "gcp.vertex_ai": "gcp.gemini",
}
# How Fireworks names what it offers itself.
_RESOURCES = "accounts/fireworks/models/"


class Listed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model costs, in US dollars: per million tokens of each kind, and for one web search.

    ``steps`` are the prices beyond a size of the input, by that size as text; ``tiers`` those of service tiers.
    ``window`` is how many tokens the model reads at once, ``retired`` the day from which it is offered no more.
    ``varies`` says that it is cheaper at some hours: these are the prices of the others.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    reasoning: Decimal | None = None
    input_audio: Decimal | None = None
    output_audio: Decimal | None = None
    input_image: Decimal | None = None
    output_image: Decimal | None = None
    web_search: Decimal | None = None
    window: int | None = None
    retired: date | None = None
    varies: bool = False
    steps: dict[str, "Listed"] = {}
    tiers: dict[str, "Listed"] = {}


class LitellmFile(msgspec.Struct, frozen=True, kw_only=True):
    """The file of the table: models by provider, each as JSON text of a ``Listed``, and names of others."""

    version: str
    published: date
    licence: str
    without_price: Mapping[str, Sequence[str]]
    models: Mapping[str, Mapping[str, msgspec.Raw]]


class LitellmPrices:
    """Asks the second table."""

    def __init__(self, file: LitellmFile) -> None:
        self.source = f"litellm {file.version}"
        self.published = file.published
        self.without_price = file.without_price
        self._models = file.models
        self.listed = lru_cache(maxsize=1024)(self._find)

    def names(self) -> Iterator[tuple[str, str]]:
        """Every provider and model of the table."""
        return ((provider, model) for provider, models in self._models.items() for model in models)

    def rates_by_size(self, provider: str, model: str, tier: str = "") -> RatesBySize | None:
        """What one token of each kind costs in a service tier; None when the table does not know the model."""
        listed = self.listed(provider, model)
        if listed is None:
            return None
        listed = listed.tiers.get(tier.lower(), listed)
        steps = sorted(listed.steps, key=int)
        return RatesBySize(
            rates=(_rates(listed), *(_rates(listed.steps[step]) for step in steps)),
            steps=tuple(map(int, steps)),
            price_date=self.published,
        )

    def _find(self, provider: str, model: str) -> Listed | None:
        provider, name = provider_named(provider), model.lower()
        for offer in (provider, _SAME_OFFER.get(provider, "")):
            models = self._models.get(offer, {})
            if text := models.get(name) or models.get(_RESOURCES + name):
                return msgspec.json.decode(text, type=Listed)
        return None


def _rates(listed: Listed) -> Rates:
    def per_token(amount: Decimal | None, otherwise: Decimal) -> Decimal:
        return (otherwise if amount is None else amount) / _MILLION

    cached, written = listed.cached_input, listed.cache_write
    return Rates(
        fresh_input=listed.input / _MILLION,
        cached_input=per_token(cached, listed.input),
        cache_write=per_token(written, listed.input),
        plain_output=listed.output / _MILLION,
        reasoning=per_token(listed.reasoning, listed.output),
        unknown=frozenset(_unknown(listed)),
        parts=_parts(listed),
    )


def _unknown(listed: Listed) -> Iterator[str]:
    if listed.cached_input is None:
        yield "cached_input"
    if listed.cache_write is None:
        yield "cache_write"
    if not listed.output:  # what embeds has no output
        yield from ("plain_output", "reasoning")


def _parts(listed: Listed) -> PartRates:
    names = (name for name in PartRates.__struct_fields__ if name != "web_search")
    own = {name: amount / _MILLION for name in names if (amount := getattr(listed, name)) is not None}
    return PartRates(**own, web_search=listed.web_search)
