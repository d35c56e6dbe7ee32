"""What a call costs, exactly, or why no one can say.

Order: the cost that the provider or gateway reported, in dollars or in a currency for which watchkeeper.yml has a rate,
a price of watchkeeper.yml, nothing for a model that is offered for free, the dated table of genai-prices, LiteLLM's
table. What runs on one's own machines has no price but that of watchkeeper.yml.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec
from genai_prices import Usage as TableUsage

from watchkeeper.model import Context, Cost, LlmCall, UsageParts
from watchkeeper.model.providers import SELF_HOSTED, SELF_HOSTED_REASON
from watchkeeper.prices import genai
from watchkeeper.prices.exchange import ExchangeRates
from watchkeeper.prices.rates import Rates, RatesBySize, agree
from watchkeeper.prices.tables import PriceTables, shipped_tables

_MILLION = Decimal(1_000_000)
_DAY_NS = 86_400 * 10**9
_FIRST_DAY = date(1970, 1, 1).toordinal()
# Where the price of what costs nothing comes from: a model that its gateway offers for free.
FREE = "free"
# And of what a coding agent reckons itself.
LIST_PRICE = "list_price"
_FREE = ":free"
_ZERO = Decimal(0)
_NOTHING = Rates(_ZERO, _ZERO, _ZERO, _ZERO, _ZERO)
# Operations that have no output to pay for.
_INPUT_ONLY = frozenset({"embeddings", "rerank"})
_NO_RATES = ExchangeRates()


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
    """What the calls of one model cost on one day; ``rates`` are None where they depend on more than their size.

    ``filled`` are the rates for calls with cached input, where ``rates`` do not know what that costs, and ``other``
    those of a table that disagrees.
    """

    model: str
    source: str
    rates: RatesBySize | None = None
    filled: RatesBySize | None = None
    other: RatesBySize | None = None


class PriceBook:
    """Prices calls; the same call always costs the same."""

    def __init__(
        self,
        own_prices: Sequence[OwnPrice] = (),
        tables: PriceTables | None = None,
        exchange_rates: ExchangeRates = _NO_RATES,
    ) -> None:
        self._own = tuple(own_prices)
        self._exchange_rates = exchange_rates
        self.tables = tables or shipped_tables()
        self._tariff = lru_cache(maxsize=4096)(self._find_tariff)

    def price(self, call: LlmCall) -> LlmCall:
        """Return the call with its provider completed and its ``cost`` or ``unpriced_reason`` set."""
        # first: the same name has other prices at other providers
        context = self.tables.with_provider(call.context)
        cost, reason = self._cost(call, context)
        # Most calls use no cache, and pay for no second look at their prices.
        saved = self._saved(call, context) if call.usage.cached_input or call.usage.cache_write else None
        return msgspec.structs.replace(call, context=context, cost=cost, unpriced_reason=reason, cache_saved_usd=saved)

    def second_opinion(self, call: LlmCall) -> Cost | None:
        """What the second table says that a priced call costs; None where it does not know the model."""
        context = call.context
        for name in (context.model, context.model_requested):
            if rates := self.tables.second.rates_by_size(context.provider, name, call.service_tier):
                usd = rates.of(call.usage.input or 0).usd(call.usage)
                return Cost(usd=usd, source=self.tables.second.source, price_date=rates.price_date.isoformat())
        return None

    def _cost(self, call: LlmCall, context: Context) -> tuple[Cost | None, str]:
        day = context.time_ns // _DAY_NS
        if call.reported_cost_usd is not None:
            return Cost(
                usd=call.reported_cost_usd,
                source=LIST_PRICE if call.is_list_price else "reported",
                price_date=_date(day).isoformat(),
            ), ""
        if call.foreign_cost and (converted := self._exchange_rates.convert(call.foreign_cost, _date(day))):
            return converted, ""
        if (reason := _missing(call)) is not None:
            return None, reason
        tariff = self._tariff(context.provider, context.model, context.model_requested, day, call.service_tier)
        if tariff is None:
            return None, SELF_HOSTED_REASON if context.provider in SELF_HOSTED else "unknown_model"
        if tariff.rates is None or self._has_parts_of_first(call, tariff):
            return self._variable(call, context.provider, tariff.model)
        return self._by_size(call, tariff, tariff.rates), ""

    def _has_parts_of_first(self, call: LlmCall, tariff: _Tariff) -> bool:
        """Whether the first table's library must price the call: the rates here know no prices of its parts."""
        return call.usage.parts is not None and tariff.source == self.tables.first.source

    def _saved(self, call: LlmCall, context: Context) -> Decimal | None:
        """What the prompt cache saved by the prices of the day, also of calls whose client reports their cost."""
        usage = call.usage
        day = context.time_ns // _DAY_NS
        tariff = self._tariff(context.provider, context.model, context.model_requested, day, call.service_tier)
        if tariff is None or usage.input is None:
            return None
        if tariff.rates is None or self._has_parts_of_first(call, tariff):
            paid, _ = self._variable(call, context.provider, tariff.model)
            fresh, _ = self._variable(_without_cache(call), context.provider, tariff.model)
            return fresh.usd - paid.usd if fresh and paid else None
        rates = tariff.filled if tariff.filled is not None and usage.cached_input else tariff.rates
        return rates.of(usage.input).saved_by_cache(usage)

    def _by_size(self, call: LlmCall, tariff: _Tariff, rates: RatesBySize) -> Cost:
        usage, source = call.usage, tariff.source
        if tariff.filled is not None and usage.cached_input:
            rates, source = tariff.filled, self.tables.source
        size = usage.input or 0
        usd = rates.of(size).usd(usage)
        is_disputed = tariff.other is not None and not agree(usd, tariff.other.of(size).usd(usage))
        return Cost(usd=usd, source=source, price_date=rates.price_date.isoformat(), is_disputed=is_disputed)

    def _find_tariff(self, provider: str, model: str, requested: str, day: int, tier: str) -> _Tariff | None:
        """The own price, else a table's price of the model that answered, else of the model that was asked."""
        date_ = _date(day)
        if own := self._own_rates(provider, (model, requested), date_):
            return _Tariff(model, "override", own)
        if model.endswith(_FREE) or requested.endswith(_FREE):
            return _Tariff(model, FREE, RatesBySize(rates=(_NOTHING,), price_date=date_))
        if provider in SELF_HOSTED:
            return None
        for name in (model, requested):
            if found := self.tables.find(provider, name, date_, tier):
                return _Tariff(name, found.source, found.rates, found.filled, found.other)
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

    def _variable(self, call: LlmCall, provider: str, model: str) -> tuple[Cost | None, str]:
        """The price of a model that has a fee for each request, or rates that depend on the hour of the day.

        Or of a call that has parts with prices of their own.
        """
        first = self.tables.first
        info = first.find_model(provider, model)
        if info is None:
            return None, "unknown_model"
        priced_at = datetime.fromtimestamp(call.context.time_ns / 1e9, UTC)
        usd = genai.calculate(info, _table_usage(call), priced_at, call.service_tier)
        return Cost(usd=usd, source=first.source, price_date=first.price_date(info, priced_at).isoformat()), ""


def _table_usage(call: LlmCall) -> TableUsage:
    """The usage as the library takes it."""
    usage, parts = call.usage, call.usage.parts or UsageParts()
    return TableUsage(
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
    )


def _without_cache(call: LlmCall) -> LlmCall:
    """The same call, had it read nothing from a cache and written nothing to one."""
    usage = call.usage
    parts = usage.parts and msgspec.structs.replace(usage.parts, cache_write_1h=None)
    return msgspec.structs.replace(
        call, usage=msgspec.structs.replace(usage, cached_input=None, cache_write=None, parts=parts)
    )


def _missing(call: LlmCall) -> str | None:
    """Why a call cannot be priced whatever its model; "" when there is nothing to pay, None when it can be."""
    usage = call.usage
    if usage.input is None and usage.output is None:
        return "no_usage" if call.status == "ok" else ""
    if usage.input is None or (usage.output is None and call.context.operation not in _INPUT_ONLY):
        return "incomplete_usage"
    return None if call.context.model or call.context.model_requested else "no_model"


@lru_cache(maxsize=64)
def _date(day: int) -> date:
    """The date, from the days since 1970."""
    return date.fromordinal(_FIRST_DAY + day)
