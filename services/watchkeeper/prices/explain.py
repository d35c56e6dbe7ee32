"""Explaining prices: what one call would cost and why, and what a day's calls would cost under other prices. Pure."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from watchkeeper.errors import InvalidValueError
from watchkeeper.model import Context, Cost, ForeignCost, LlmCall, Usage, UsageParts
from watchkeeper.prices.book import LIST_PRICE, PriceBook


class PricePart(msgspec.Struct, frozen=True):
    """One line of an explained price: ``tokens`` of a kind and what they cost together, in US dollars."""

    kind: str
    tokens: int
    usd: Decimal


class ExplainedPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a price, their sum, and where it comes from; or ``reason`` why there is none."""

    parts: tuple[PricePart, ...] = ()
    usd: Decimal | None = None
    source: str = ""
    price_date: str = ""
    provider: str = ""
    reason: str = ""


class Repriced(msgspec.Struct, kw_only=True):
    """The calls of one model in a log: their number, what they cost, and what they would cost."""

    model: str
    calls: int = 0
    unpriced_before: int = 0
    unpriced_now: int = 0
    usd_before: Decimal = Decimal(0)
    usd_now: Decimal = Decimal(0)

    def __add__(self, other: "Repriced") -> "Repriced":
        return Repriced(
            model=self.model,
            calls=self.calls + other.calls,
            unpriced_before=self.unpriced_before + other.unpriced_before,
            unpriced_now=self.unpriced_now + other.unpriced_now,
            usd_before=self.usd_before + other.usd_before,
            usd_now=self.usd_now + other.usd_now,
        )


class _LoggedCall(msgspec.Struct):
    """What a log line of ours says of a call; other lines have another ``event``."""

    event: str
    timestamp: str = ""
    happened_at: str = ""
    provider: str = ""
    model: str = ""
    model_requested: str = ""
    operation: str = ""
    service_tier: str = ""
    status: str = "ok"
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_input_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    input_audio_tokens: int | None = None
    output_audio_tokens: int | None = None
    input_image_tokens: int | None = None
    output_image_tokens: int | None = None
    web_searches: int | None = None
    file_searches: int | None = None
    cost_usd: Decimal | None = None
    price_source: str = ""
    foreign_cost: Decimal | None = None
    foreign_currency: str = ""


_MODELS = 1000
_decode_line = msgspec.json.Decoder(_LoggedCall).decode


def asked_call(model: str, provider: str, usage: Usage, *, priced_at: datetime, tier: str) -> LlmCall:
    """The call that a question about a price describes.

    Raises: InvalidValueError when a part is more than its whole.
    """
    for whole, given, parts in (
        ("input", usage.input, (usage.cached_input, usage.cache_write)),
        ("output", usage.output, (usage.reasoning,)),
    ):
        least = sum(part or 0 for part in parts)
        if (given or 0) < least:
            raise InvalidValueError(f"--{whole} must be at least its parts, {least}, got {given or 0}")
    context = Context(time_ns=int(priced_at.timestamp()) * 10**9, provider=provider, model=model, operation="chat")
    return LlmCall(context=context, usage=usage, service_tier=tier)


def explain(book: PriceBook, call: LlmCall) -> ExplainedPrice:
    """Return the price of a call's usage, split by kind of token; the parts add up to the whole."""
    priced = book.price(call)
    if priced.cost is None:
        return ExplainedPrice(provider=priced.context.provider, reason=priced.unpriced_reason)
    return _explained(priced, priced.cost, lambda part: book.price(part).cost)


def second_opinion(book: PriceBook, call: LlmCall) -> ExplainedPrice | None:
    """Return the same by the second table; None where it is no second one, or does not know the model."""
    priced = book.price(call)
    second = book.second_opinion(priced)
    if priced.cost is None or second is None or priced.cost.source == second.source:
        return None
    return _explained(priced, second, book.second_opinion)


def _explained(priced: LlmCall, whole: Cost, price: Callable[[LlmCall], Cost | None]) -> ExplainedPrice:
    parts: list[PricePart] = []
    before = Decimal(0)
    for kind, tokens, so_far in _steps(priced.usage):
        cost = price(msgspec.structs.replace(priced, usage=so_far))
        total = cost.usd if cost else before
        if tokens:
            parts.append(PricePart(kind, tokens, total - before))
        before = total
    return ExplainedPrice(
        parts=tuple(parts),
        usd=whole.usd,
        source=whole.source,
        price_date=whole.price_date,
        provider=priced.context.provider,
    )


def _steps(usage: Usage) -> Iterator[tuple[str, int, Usage]]:
    """One kind of token after the other: its name, how many, and the usage up to and with it."""
    cached, written, reasoning = usage.cached_input or 0, usage.cache_write or 0, usage.reasoning or 0
    fresh, plain = (usage.input or 0) - cached - written, (usage.output or 0) - reasoning
    so_far = Usage(input=fresh, output=0)
    yield "fresh input", fresh, so_far
    so_far = msgspec.structs.replace(so_far, input=fresh + cached, cached_input=cached)
    yield "cached input", cached, so_far
    so_far = msgspec.structs.replace(so_far, input=usage.input or 0, cache_write=written)
    yield "cache write", written, so_far
    so_far = msgspec.structs.replace(so_far, output=plain)
    yield "output", plain, so_far
    yield "reasoning", reasoning, msgspec.structs.replace(so_far, output=usage.output or 0, reasoning=reasoning)


def reprice(lines: Iterable[bytes], book: PriceBook) -> list[Repriced]:
    """Return what the calls of a log cost and would cost under ``book``, by model, most expensive first.

    Lines that are not of finished calls are passed over; costs that a provider reported stay.
    The first 1000 models are listed one by one, the others together as ``other``.
    """
    models: dict[str, Repriced] = {}
    for line in lines:
        try:
            logged = _decode_line(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        if logged.event == "llm_call_completed":
            name = logged.model or logged.model_requested or "unknown"
            if name not in models and len(models) >= _MODELS:
                name = "other"
            _add(models.setdefault(name, Repriced(model=name)), logged, book)
    return sorted(models.values(), key=lambda repriced: (-repriced.usd_now, repriced.model))


def _add(total: Repriced, logged: _LoggedCall, book: PriceBook) -> None:
    total.calls += 1
    if logged.cost_usd is None:
        total.unpriced_before += 1
    else:
        total.usd_before += logged.cost_usd
    usd = logged.cost_usd if logged.price_source in ("reported", LIST_PRICE) else _current_usd(logged, book)
    if usd is None:
        total.unpriced_now += 1
    else:
        total.usd_now += usd


def _current_usd(logged: _LoggedCall, book: PriceBook) -> Decimal | None:
    try:
        priced_at = datetime.fromisoformat(logged.happened_at or logged.timestamp)
    except ValueError:
        return None  # without a date there is no price
    usage = Usage(
        input=logged.input_tokens,
        output=logged.output_tokens,
        cached_input=logged.cached_input_tokens,
        cache_write=logged.cache_write_tokens,
        reasoning=logged.reasoning_tokens,
        parts=_logged_parts(logged),
    )
    context = Context(
        time_ns=int(priced_at.timestamp() * 1e9),
        provider=logged.provider,
        model=logged.model,
        model_requested=logged.model_requested,
        operation=logged.operation,
    )
    foreign = None if logged.foreign_cost is None else ForeignCost(logged.foreign_cost, logged.foreign_currency)
    call = LlmCall(context=context, usage=usage, service_tier=logged.service_tier, foreign_cost=foreign)
    cost = book.price(call).cost
    return cost.usd if cost else None


def _logged_parts(logged: _LoggedCall) -> UsageParts | None:
    parts = UsageParts(
        cache_write_1h=logged.cache_write_1h_tokens,
        input_audio=logged.input_audio_tokens,
        output_audio=logged.output_audio_tokens,
        input_image=logged.input_image_tokens,
        output_image=logged.output_image_tokens,
        web_searches=logged.web_searches,
        file_searches=logged.file_searches,
    )
    return None if parts == UsageParts() else parts
