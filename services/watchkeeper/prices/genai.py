"""The first table: the dated prices of genai-prices, asked without its unbounded caches."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.metadata import version

from genai_prices.data_snapshot import find_provider_by_id, get_snapshot
from genai_prices.types import (
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
    Usage,
)

from watchkeeper.model.providers import provider_named
from watchkeeper.prices.rates import Rates, RatesBySize

# The day the release in uv.lock was published; a test holds it against uv.lock.
SHIPPED = date(2026, 11, 10)

_MILLION = 1_000_000
# How Bedrock names models: who made them, at times after a region, as in us.anthropic.claude-sonnet-4-5-20250929-v1:0.
_BEDROCK_ID = re.compile(
    r"([a-z]{2,6}(-[a-z]+)?\.)?"
    r"(ai21|amazon|anthropic|cohere|deepseek|meta|minimax|mistral|moonshotai|nvidia|openai|qwen|stability|writer)\.[a-z]"
)
# Kinds of input that have prices of their own, and what the table calls them.
_CACHED = {"cached_input": "cache_read_mtok", "cache_write": "cache_write_mtok"}
# Our names of providers that the table would not find by them.
_IDS = {"azure.ai.openai": "azure", "azure.ai.inference": "azure", "x_ai": "x-ai"}
# Service tiers as providers answer them, as the table knows them; every other tier has the standard price.
_TIERS = {tier: {"service_tier": tier} for tier in ("priority", "flex", "fast")} | {"batch": {"processing": "batch"}}


class GenaiPrices:
    """Asks the first table; ``release`` and ``published`` are of the package that it came with."""

    def __init__(self, providers: Sequence[Provider], *, release: str, published: date) -> None:
        self.source = f"genai-prices {release}"
        self.published = published
        self._providers = list(providers)
        self.find_model = lru_cache(maxsize=4096)(self._find_model)
        self.infer_provider = lru_cache(maxsize=4096)(self._infer_provider)

    def names(self) -> Iterator[tuple[str, str]]:
        """Every provider and model of the table, as the table spells them."""
        return ((provider.id, model.id) for provider in self._providers for model in provider.models)

    def token_prices(self, field: str) -> Iterator[tuple[str, Decimal]]:
        """Yield what every model of the table asks for a million tokens of ``field`` (input or output), in dollars."""
        for provider in self._providers:
            for model in provider.models:
                for price in _all_prices(model):
                    amount = getattr(price, f"{field}_mtok", None)
                    if amount is not None:
                        yield model.id, amount.base if isinstance(amount, TieredPrices) else amount

    def rates_by_size(self, provider: str, model: str, day: date, tier: str = "") -> RatesBySize | None:
        """What one token of each kind costs on a day in a service tier; None when that depends on more than the input.

        Raises: LookupError when the model has no price.
        """
        info = self.find_model(provider, model)
        if info is None:
            raise LookupError(model)
        prices = _all_prices(info)
        steps = sorted({step.start for price in prices for step in _steps(price)})
        if 0 in steps or any(_has_fee(price) for price in prices) or _has_daily_hours(info):
            return None
        priced_at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        # the price of a step is for inputs beyond its start; where there are no steps any size will do
        sizes = (*steps, steps[-1] + 1) if steps else (_MILLION,)
        rates = tuple(_rates(info, size, priced_at, tier) for size in sizes)
        return RatesBySize(steps=tuple(steps), rates=rates, price_date=self.price_date(info, priced_at))

    def price_date(self, info: ModelInfo, priced_at: datetime) -> date:
        """The day the model's price at that moment became valid, as far as the table says; else the table's own."""
        if isinstance(info.prices, ModelPrice):
            return self.published
        active = (c for c in reversed(info.prices) if c.constraint is None or c.constraint.active(priced_at))
        constraint = next((c.constraint for c in active), None)
        return constraint.start_date if isinstance(constraint, StartDateConstraint) else self.published

    def _find_model(self, provider: str, model: str) -> ModelInfo | None:
        """The entry for a model as clients spell it; None when it is unknown or has no price per token."""
        by_name = self._named(provider)
        # a name no one knows (a gateway's, a framework's) leaves it to the model's name
        found = by_name or self._by_model(model)
        info = found.find_model(model, all_providers=self._providers) if found else None
        return info if info and any(_has_token_price(price) for price in _all_prices(info)) else None

    def knows(self, provider: str) -> bool:
        """Whether the table has prices of that provider, or of whoever made a model where none is named."""
        return not provider or self._named(provider) is not None

    def _named(self, provider: str) -> Provider | None:
        return find_provider_by_id(self._providers, _IDS.get(provider, provider)) if provider else None

    def _infer_provider(self, model: str) -> str:
        """The provider that a model's name gives away, in OpenTelemetry's spelling; empty when it does not."""
        if _BEDROCK_ID.match(model):
            return "aws.bedrock"
        found = self._by_model(model)
        return provider_named(found.id) if found else ""

    def _by_model(self, model: str) -> Provider | None:
        name = model.lower()
        return next((one for one in self._providers if one.model_match and one.model_match.is_match(name)), None)


@cache
def shipped() -> GenaiPrices:
    """The table of the package that is installed."""
    return GenaiPrices(get_snapshot().providers, release=version("genai-prices"), published=SHIPPED)


def calculate(info: ModelInfo, usage: Usage, priced_at: datetime, tier: str = "") -> Decimal:
    """US dollars for a usage at a moment in a service tier, by the library's own rules."""
    return info.get_prices(priced_at, _TIERS.get(tier.lower())).calc_price(usage)["total_price"]


def _rates(info: ModelInfo, size: int, priced_at: datetime, tier: str) -> Rates:
    """What a token costs beside an input of ``size``: the library's price of many, divided; both are exact."""

    def per_token(**tokens: int) -> Decimal:
        return calculate(info, Usage(input_tokens=size, **tokens), priced_at, tier) / size

    def per_output(**tokens: int) -> Decimal:
        dollars = calculate(info, Usage(input_tokens=size, output_tokens=_MILLION, **tokens), priced_at, tier)
        return (dollars - calculate(info, Usage(input_tokens=size), priced_at, tier)) / _MILLION

    listed = info.get_prices(priced_at, _TIERS.get(tier.lower()))
    return Rates(
        fresh_input=per_token(),
        cached_input=per_token(cache_read_tokens=size),
        cache_write=per_token(cache_write_tokens=size),
        plain_output=per_output(),
        reasoning=per_output(output_reasoning_tokens=_MILLION),
        unknown=frozenset(kind for kind, name in _CACHED.items() if getattr(listed, name, None) is None),
    )


def _all_prices(info: ModelInfo) -> list[ModelPrice]:
    """Every price the model may have: at any time and in any service tier."""
    standard = [info.prices] if isinstance(info.prices, ModelPrice) else [c.prices for c in info.prices]
    return standard + [variant.prices for variant in info.price_variants or ()]


def _has_daily_hours(info: ModelInfo) -> bool:
    conditions = [] if isinstance(info.prices, ModelPrice) else [c.constraint for c in info.prices]
    conditions += [variant.constraint for variant in info.price_variants or ()]
    return any(isinstance(condition, TimeOfDateConstraint) for condition in conditions)


def _has_token_price(price: ModelPrice) -> bool:
    return price.input_mtok is not None or price.output_mtok is not None


def _steps(price: ModelPrice) -> list[Tier]:
    """The steps of all its rates: sizes of the input beyond which they are others."""
    return [step for rate in vars(price).values() if isinstance(rate, TieredPrices) for step in rate.tiers]


def _has_fee(price: ModelPrice) -> bool:
    """A fee for the request itself."""
    return vars(price).get("requests_kcount") is not None
