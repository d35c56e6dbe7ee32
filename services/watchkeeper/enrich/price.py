"""What a call costs, exactly, or why nobody can say.

Order: the cost that the provider or gateway reported, a price of watchkeeper.yml, the dated table of genai-prices.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fnmatch import fnmatchcase

import msgspec
from genai_prices import Usage as TableUsage

from watchkeeper.enrich import price_table
from watchkeeper.enrich.price_table import Rates
from watchkeeper.model import Cost, LlmCall, Usage

_MILLION = Decimal(1_000_000)
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


class PriceBook:
    """Prices calls; the same call always costs the same."""

    def __init__(self, own_prices: Sequence[OwnPrice] = ()) -> None:
        self._own = tuple(own_prices)

    def price(self, call: LlmCall) -> LlmCall:
        """Return the call with its provider completed and its ``cost`` or ``unpriced_reason`` set."""
        context = call.context
        if not context.provider and (inferred := price_table.infer_provider(context.model)):
            context = msgspec.structs.replace(context, provider=inferred)
        cost, reason = self._cost(call)
        return msgspec.structs.replace(call, context=context, cost=cost, unpriced_reason=reason)

    def _cost(self, call: LlmCall) -> tuple[Cost | None, str]:
        day = _moment(call).date()
        if call.reported_cost_usd:  # a reported zero with tokens means "unknown" in every client that sends it
            return Cost(usd=call.reported_cost_usd, source="reported", price_date=day.isoformat()), ""
        if (reason := _missing(call)) is not None:
            return None, reason
        if own := self._own_rates(call, day):
            return _at(own, call.usage, "override"), ""
        return _from_table(call)

    def _own_rates(self, call: LlmCall, day: date) -> Rates | None:
        """The newest own price that is valid on the day; the first in the file among equals."""
        context = call.context
        fitting = [
            own
            for own in self._own
            if own.start <= day
            and own.provider in ("", context.provider)
            and (fnmatchcase(context.model, own.model) or fnmatchcase(context.model_requested, own.model))
        ]
        if not fitting:
            return None
        own = max(fitting, key=lambda price: price.start)
        return Rates(
            fresh_input=own.input / _MILLION,
            cached_input=own.cached_input / _MILLION,
            cache_write=own.cache_write / _MILLION,
            plain_output=own.output / _MILLION,
            reasoning=own.output / _MILLION,
            price_date=own.start if own.start > date.min else day,
        )


def _missing(call: LlmCall) -> str | None:
    """Why a call cannot be priced whatever its model; "" when there is nothing to pay, None when it can be."""
    usage = call.usage
    if usage.input is None and usage.output is None:
        return "no_usage" if call.status == "ok" else ""
    if usage.input is None or (usage.output is None and call.context.operation not in _INPUT_ONLY):
        return "incomplete_usage"
    return None if call.context.model or call.context.model_requested else "no_model"


def _from_table(call: LlmCall) -> tuple[Cost | None, str]:
    """The table's price of the model that answered, else of the model that was asked."""
    moment = _moment(call)
    for model in (call.context.model, call.context.model_requested):
        try:
            rates = price_table.fixed_rates(call.context.provider, model, moment.date(), call.service_tier)
        except LookupError:
            continue
        return (_at(rates, call.usage, price_table.SOURCE), "") if rates else _variable(call, model, moment)
    return None, "unknown_model"


def _variable(call: LlmCall, model: str, moment: datetime) -> tuple[Cost | None, str]:
    """The price of a model whose rates depend on the size of the request or the hour of the day."""
    info = price_table.find_model(call.context.provider, model)
    if info is None:
        return None, "unknown_model"
    usage = call.usage
    usd = price_table.calculate(
        info,
        TableUsage(
            input_tokens=usage.input,
            cache_read_tokens=usage.cached_input,
            cache_write_tokens=usage.cache_write,
            output_tokens=usage.output or 0,
            output_reasoning_tokens=usage.reasoning,
        ),
        moment,
        call.service_tier,
    )
    valid_from = price_table.price_date(info, moment)
    return Cost(usd=usd, source=price_table.SOURCE, price_date=valid_from.isoformat()), ""


def _at(rates: Rates, usage: Usage, source: str) -> Cost:
    cached, written = usage.cached_input or 0, usage.cache_write or 0
    fresh = (usage.input or 0) - cached - written
    reasoning = usage.reasoning or 0
    usd = (
        rates.fresh_input * fresh
        + rates.cached_input * cached
        + rates.cache_write * written
        + rates.plain_output * ((usage.output or 0) - reasoning)
        + rates.reasoning * reasoning
    )
    return Cost(usd=usd, source=source, price_date=rates.price_date.isoformat())


def _moment(call: LlmCall) -> datetime:
    return datetime.fromtimestamp(call.context.time_ns / 1e9, UTC)
