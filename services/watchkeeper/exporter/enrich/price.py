"""What a call costs, exactly, or why no one can say.

Order: the cost that the provider or gateway reported, a price of watchkeeper.yml, nothing for a model that is offered
for free, the dated table of genai-prices. What runs on one's own machines has no price but that of watchkeeper.yml.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec
from genai_prices import Usage as TableUsage

from watchkeeper.exporter.enrich import price_table
from watchkeeper.exporter.enrich.price_table import Rates, RatesBySize
from watchkeeper.model import Context, Cost, LlmCall, Usage, UsageParts
from watchkeeper.model.providers import SELF_HOSTED, SELF_HOSTED_REASON

_MILLION = Decimal(1_000_000)
_DAY_NS = 86_400 * 10**9
_FIRST_DAY = date(1970, 1, 1).toordinal()
# Where the price of what costs nothing comes from: a model that its gateway offers for free.
FREE = "free"
# And of what a coding agent reckons itself.
LIST_PRICE = "list_price"
_FREE = ":free"
_NOTHING = Rates(*[Decimal(0)] * 5)
# Operations that have no output to pay for.
_INPUT_ONLY = frozenset({"embeddings", "rerank"})


class OwnPrice(msgspec.Struct, frozen=True, kw_only=True):
    """A price of watchkeeper.yml: US dollars per million tokens for models matching ``model`` from ``start`` on."""

    model: str
    provider: str
    start: date
    input: Decimal
    output: Decimal
    cached_input: Decimal
    cache_write: Decimal


class _Tariff(msgspec.Struct, frozen=True):
    """What the calls of one model cost on one day; ``rates`` are None where they depend on more than their size."""

    model: str
    source: str
    price_date: str = ""
    rates: RatesBySize | None = None


class PriceBook:
    """Prices calls; the same call always costs the same."""

    def __init__(self, own_prices: Sequence[OwnPrice] = ()) -> None:
        self._own = tuple(own_prices)
        self._tariff = lru_cache(maxsize=4096)(self._find_tariff)

    def price(self, call: LlmCall) -> LlmCall:
        """Return the call with its provider completed and its ``cost`` or ``unpriced_reason`` set."""
        context = with_provider(call.context)  # first: the same name has other prices at other providers
        cost, reason = self._cost(call, context)
        return msgspec.structs.replace(call, context=context, cost=cost, unpriced_reason=reason)

    def _cost(self, call: LlmCall, context: Context) -> tuple[Cost | None, str]:
        day = context.time_ns // _DAY_NS
        if call.reported_cost_usd is not None:
            return Cost(
                usd=call.reported_cost_usd,
                source=LIST_PRICE if call.is_list_price else "reported",
                price_date=_date(day).isoformat(),
            ), ""
        if (reason := _missing(call)) is not None:
            return None, reason
        tariff = self._tariff(context.provider, context.model, context.model_requested, day, call.service_tier)
        if tariff is None:
            return None, SELF_HOSTED_REASON if context.provider in SELF_HOSTED else "unknown_model"
        if tariff.rates is None or (call.usage.parts is not None and tariff.source == price_table.SOURCE):
            return _variable(call, context.provider, tariff.model)
        usd = _usd(tariff.rates.of(call.usage.input or 0), call.usage)
        return Cost(usd=usd, source=tariff.source, price_date=tariff.price_date), ""

    def _find_tariff(self, provider: str, model: str, requested: str, day: int, tier: str) -> _Tariff | None:
        """The own price, else the table's price of the model that answered, else of the model that was asked."""
        date_ = _date(day)
        if own := self._own_rates(provider, (model, requested), date_):
            return _Tariff(model, "override", own.price_date.isoformat(), own)
        if model.endswith(_FREE) or requested.endswith(_FREE):
            return _Tariff(model, FREE, date_.isoformat(), RatesBySize(rates=(_NOTHING,), price_date=date_))
        if provider in SELF_HOSTED:
            return None
        for name in (model, requested):
            try:
                rates = price_table.rates_by_size(provider, name, date_, tier)
            except LookupError:
                continue
            price_date = rates.price_date.isoformat() if rates else ""
            return _Tariff(name, price_table.SOURCE, price_date, rates)
        return None

    def _own_rates(self, provider: str, models: tuple[str, str], day: date) -> RatesBySize | None:
        """The newest own price that is valid on the day; the first in the file among equals."""
        fitting = [
            own
            for own in self._own
            if own.start <= day
            and own.provider in ("", provider)
            and any(fnmatchcase(model, own.model) for model in models)
        ]
        if not fitting:
            return None
        own = max(fitting, key=lambda price: price.start)
        rates = Rates(
            fresh_input=own.input / _MILLION,
            cached_input=own.cached_input / _MILLION,
            cache_write=own.cache_write / _MILLION,
            plain_output=own.output / _MILLION,
            reasoning=own.output / _MILLION,
        )
        return RatesBySize(rates=(rates,), price_date=own.start if own.start > date.min else day)


def with_provider(context: Context) -> Context:
    """The context with the provider that the model's name gives away, where none was reported."""
    if context.provider or not (inferred := price_table.infer_provider(context.model or context.model_requested)):
        return context
    return msgspec.structs.replace(context, provider=inferred)


def _missing(call: LlmCall) -> str | None:
    """Why a call cannot be priced whatever its model; "" when there is nothing to pay, None when it can be."""
    usage = call.usage
    if usage.input is None and usage.output is None:
        return "no_usage" if call.status == "ok" else ""
    if usage.input is None or (usage.output is None and call.context.operation not in _INPUT_ONLY):
        return "incomplete_usage"
    return None if call.context.model or call.context.model_requested else "no_model"


def _variable(call: LlmCall, provider: str, model: str) -> tuple[Cost | None, str]:
    """The price of a model that has a fee for each request, or rates that depend on the hour of the day.

    Or of a call that has parts with prices of their own.
    """
    info = price_table.find_model(provider, model)
    if info is None:
        return None, "unknown_model"
    usage, parts = call.usage, call.usage.parts or UsageParts()
    priced_at = datetime.fromtimestamp(call.context.time_ns / 1e9, UTC)
    usd = price_table.calculate(
        info,
        TableUsage(
            input_tokens=usage.input,
            cache_read_tokens=usage.cached_input,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output or 0,
            output_reasoning_tokens=usage.reasoning,
            cache_write_1h_tokens=parts.cache_write_1h,
            input_audio_tokens=parts.input_audio,
            output_audio_tokens=parts.output_audio,
            input_image_tokens=parts.input_image,
            output_image_tokens=parts.output_image,
            web_searches=parts.web_searches,
            storage_searches=parts.file_searches,
        ),
        priced_at,
        call.service_tier,
    )
    valid_from = price_table.price_date(info, priced_at)
    return Cost(usd=usd, source=price_table.SOURCE, price_date=valid_from.isoformat()), ""


def _usd(rates: Rates, usage: Usage) -> Decimal:
    cached, written = usage.cached_input or 0, usage.cache_write or 0
    fresh = (usage.input or 0) - cached - written
    reasoning = usage.reasoning or 0
    return (
        rates.fresh_input * fresh
        + rates.cached_input * cached
        + rates.cache_write * written
        + rates.plain_output * ((usage.output or 0) - reasoning)
        + rates.reasoning * reasoning
    )


@lru_cache(maxsize=64)
def _date(day: int) -> date:
    """The date, from the days since 1970."""
    return date.fromordinal(_FIRST_DAY + day)
