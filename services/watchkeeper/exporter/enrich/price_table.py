"""The dated price table of genai-prices, asked without its unbounded caches."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version

import msgspec
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

SOURCE = f"genai-prices {version('genai-prices')}"
# The day this release of the table was published; a test holds it against uv.lock.
TABLE_DATE = date(2026, 11, 10)

_MILLION = 1_000_000
# How Bedrock names models: who made them, at times after a region, as in us.anthropic.claude-sonnet-4-5-20250929-v1:0.
_BEDROCK_ID = re.compile(
    r"([a-z]{2,6}(-[a-z]+)?\.)?"
    r"(ai21|amazon|anthropic|cohere|deepseek|meta|minimax|mistral|moonshotai|nvidia|openai|qwen|stability|writer)\.[a-z]"
)
# Service tiers as providers answer them, as the table knows them; every other tier has the standard price.
_TIERS = {tier: {"service_tier": tier} for tier in ("priority", "flex", "fast")} | {"batch": {"processing": "batch"}}


class Rates(msgspec.Struct, frozen=True):
    """US dollars per token of each kind."""

    fresh_input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    plain_output: Decimal
    reasoning: Decimal


class RatesBySize(msgspec.Struct, frozen=True):
    """Rates of calls by the size of their input, and the first day they are valid.

    ``steps`` are sizes beyond which the next of ``rates`` is for all tokens of a call; one rate more than steps.
    """

    rates: tuple[Rates, ...]
    price_date: date
    steps: tuple[int, ...] = ()

    def of(self, input_tokens: int) -> Rates:
        """The rates of a call with so much input."""
        return self.rates[bisect_left(self.steps, input_tokens)]


@lru_cache(maxsize=4096)
def find_model(provider: str, model: str) -> ModelInfo | None:
    """The table's entry for a model as clients spell it; None when it is unknown or has no price per token."""
    found = _provider(provider, model)
    info = found.find_model(model, all_providers=get_snapshot().providers) if found else None
    return info if info and any(_has_token_price(price) for price in _all_prices(info)) else None


@lru_cache(maxsize=4096)
def context_window(provider: str, model: str) -> int | None:
    """How many tokens the model can read at once; None when the table does not know."""
    info = find_model(provider, model)
    return info.context_window if info else None


def model_names() -> frozenset[str]:
    """The names of all models in the table, as their providers spell them."""
    return frozenset(model.id for provider in get_snapshot().providers for model in provider.models)


def token_prices(field: str) -> Iterator[tuple[str, Decimal]]:
    """Yield what every model of the table asks for a million tokens of ``field`` (input or output), in US dollars."""
    for provider in get_snapshot().providers:
        for model in provider.models:
            for price in _all_prices(model):
                amount = getattr(price, f"{field}_mtok", None)
                if amount is not None:
                    yield model.id, amount.base if isinstance(amount, TieredPrices) else amount


@lru_cache(maxsize=4096)
def infer_provider(model: str) -> str:
    """The provider that a model's name gives away, in OpenTelemetry's spelling; empty when it does not."""
    if _BEDROCK_ID.match(model):
        return "aws.bedrock"
    found = _by_model(model)
    return provider_named(found.id) if found else ""


@lru_cache(maxsize=4096)
def rates_by_size(provider: str, model: str, day: date, tier: str = "") -> RatesBySize | None:
    """What one token of each kind costs on a day in a service tier; None when that depends on more than the input.

    Raises: LookupError when the model has no price.
    """
    info = find_model(provider, model)
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
    return RatesBySize(steps=tuple(steps), rates=rates, price_date=price_date(info, priced_at))


def _rates(info: ModelInfo, size: int, priced_at: datetime, tier: str) -> Rates:
    """What a token costs beside an input of ``size``: the library's price of many, divided; both are exact."""

    def per_token(**tokens: int) -> Decimal:
        return calculate(info, Usage(input_tokens=size, **tokens), priced_at, tier) / size

    def per_output(**tokens: int) -> Decimal:
        dollars = calculate(info, Usage(input_tokens=size, output_tokens=_MILLION, **tokens), priced_at, tier)
        return (dollars - calculate(info, Usage(input_tokens=size), priced_at, tier)) / _MILLION

    return Rates(
        fresh_input=per_token(),
        cached_input=per_token(cache_read_tokens=size),
        cache_write=per_token(cache_write_tokens=size),
        plain_output=per_output(),
        reasoning=per_output(output_reasoning_tokens=_MILLION),
    )


def calculate(info: ModelInfo, usage: Usage, priced_at: datetime, tier: str = "") -> Decimal:
    """US dollars for a usage at a moment in a service tier, by the library's own rules."""
    return info.get_prices(priced_at, _TIERS.get(tier.lower())).calc_price(usage)["total_price"]


def price_date(info: ModelInfo, priced_at: datetime) -> date:
    """The day the model's price at that moment became valid, as far as the table says; else the table's own."""
    if isinstance(info.prices, ModelPrice):
        return TABLE_DATE
    active = (c for c in reversed(info.prices) if c.constraint is None or c.constraint.active(priced_at))
    constraint = next((c.constraint for c in active), None)
    return constraint.start_date if isinstance(constraint, StartDateConstraint) else TABLE_DATE


def _provider(provider: str, model: str) -> Provider | None:
    """The provider by its name; a name no one knows (a gateway's, a framework's) leaves it to the model's name."""
    by_name = find_provider_by_id(get_snapshot().providers, provider) if provider else None
    return by_name or _by_model(model)


def _by_model(model: str) -> Provider | None:
    name = model.lower()
    return next((p for p in get_snapshot().providers if p.model_match and p.model_match.is_match(name)), None)


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
