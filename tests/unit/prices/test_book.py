from datetime import date
from decimal import Decimal

import pytest
from tests.support.facts import make_call, make_context

from watchkeeper.model import LlmCall, Status, Usage
from watchkeeper.prices.book import OwnPrice, PriceBook


def own_price(model: str = "house-*", **changes: object) -> OwnPrice:
    """A price of 2 dollars a million input tokens, 8 a million output tokens."""
    reported: dict[str, object] = {
        "provider": "",
        "start": date.min,
        "input": Decimal(2),
        "output": Decimal(8),
        "cached_input": Decimal("0.5"),
        "cache_write": Decimal(3),
    }
    return OwnPrice(model=model, **{**reported, **changes})  # type: ignore[arg-type]


def usd(call: LlmCall) -> Decimal:
    """What a priced call costs."""
    assert call.cost is not None
    return call.cost.usd


def test_the_reported_cost_wins() -> None:
    """What the provider says it charged is the cost, whatever the tables say."""
    call = make_call(context=make_context(model="house-1"), reported_cost_usd=Decimal("0.123456789"))

    priced = PriceBook([own_price()]).price(call)

    assert priced.cost is not None
    assert (priced.cost.usd, priced.cost.source) == (Decimal("0.123456789"), "reported")
    assert priced.cost.price_date == "2026-11-20"


def test_a_reported_cost_needs_no_tokens() -> None:
    """A gateway that reports only the cost is accepted."""
    priced = PriceBook().price(make_call(usage=Usage(), reported_cost_usd=Decimal("0.5")))

    assert usd(priced) == Decimal("0.5")


def test_a_reported_zero_is_a_cost() -> None:
    """What was read as free costs nothing; the dialects leave out zeros that mean "unknown"."""
    priced = PriceBook().price(make_call(reported_cost_usd=Decimal(0)))

    assert usd(priced) == 0
    assert priced.cost is not None
    assert priced.cost.source == "reported"


def test_each_kind_of_token_has_its_own_price() -> None:
    """Cached and written tokens are parts of the input, each at its own price."""
    usage = Usage(input=1000, output=100, cached_input=600, cache_write=100)

    priced = PriceBook([own_price()]).price(make_call(context=make_context(model="house-1"), usage=usage))

    expected = (300 * Decimal(2) + 600 * Decimal("0.5") + 100 * Decimal(3) + 100 * Decimal(8)) / 1_000_000
    assert usd(priced) == expected
    assert priced.cost is not None
    assert (priced.cost.source, priced.cost.price_date) == ("override", "2026-11-20")


@pytest.mark.parametrize(
    ("own", "model", "requested", "provider", "is_own"),
    [
        pytest.param(own_price("gpt-4o-mini"), "gpt-4o-mini", "", "openai", True, id="the model's name"),
        pytest.param(own_price("gpt-*"), "gpt-4o-mini", "", "openai", True, id="a pattern"),
        pytest.param(own_price("gpt-?o-mini"), "gpt-4o-mini", "", "openai", True, id="one character"),
        pytest.param(own_price("mine"), "gpt-4o-mini", "mine", "openai", True, id="the model that was asked"),
        pytest.param(own_price("gpt-5*"), "gpt-4o-mini", "", "openai", False, id="another pattern"),
        pytest.param(own_price("gpt-*", provider="azure"), "gpt-4o-mini", "", "openai", False, id="another provider"),
        pytest.param(own_price("gpt-*", provider="openai"), "gpt-4o-mini", "", "openai", True, id="this provider"),
        pytest.param(own_price("gpt-*", start=date(2026, 11, 20)), "gpt-4o-mini", "", "openai", True, id="from today"),
        pytest.param(own_price("gpt-*", start=date(2026, 11, 21)), "gpt-4o-mini", "", "openai", False, id="tomorrow"),
    ],
)
def test_own_prices_win_where_they_fit(  # a table with five columns
    own: OwnPrice, model: str, requested: str, provider: str, *, is_own: bool
) -> None:
    """An own price is for a pattern of models, maybe a provider, from a day on; else the table's is taken."""
    context = make_context(model=model, model_requested=requested, provider=provider)

    priced = PriceBook([own]).price(make_call(context=context))

    assert priced.cost is not None
    assert (priced.cost.source == "override") is is_own


def test_the_newest_valid_own_price_wins() -> None:
    """A price change takes effect on its day; the day is on the call."""
    book = PriceBook(
        [
            own_price(input=Decimal(1), output=Decimal(0), start=date(2026, 1, 1)),
            own_price(input=Decimal(5), output=Decimal(0), start=date(2026, 11, 1)),
            own_price(input=Decimal(9), output=Decimal(0), start=date(2026, 12, 1)),
        ]
    )

    priced = book.price(make_call(context=make_context(model="house-1"), usage=Usage(input=1_000_000, output=0)))

    assert usd(priced) == 5
    assert priced.cost is not None
    assert priced.cost.price_date == "2026-11-01"


@pytest.mark.parametrize(
    ("model", "provider", "usage", "dollars"),
    [
        pytest.param("gpt-4o-mini", "openai", Usage(input=1_000_000, output=0), "0.15", id="input"),
        pytest.param("gpt-4o-mini", "openai", Usage(input=0, output=1_000_000), "0.6", id="output"),
        pytest.param(
            "gpt-4o-mini", "openai", Usage(input=1_000_000, output=0, cached_input=1_000_000), "0.075", id="cached"
        ),
        pytest.param(
            "gpt-4o-mini-2024-07-18", "openai", Usage(input=1047, output=7, cached_input=1024), "0.00008445", id="dated"
        ),
        pytest.param("gpt-4o-mini", "", Usage(input=1_000_000, output=0), "0.15", id="without its provider"),
        pytest.param("gpt-4o-mini", "some-gateway", Usage(input=1_000_000, output=0), "0.15", id="behind a gateway"),
        pytest.param("text-embedding-3-small", "openai", Usage(input=1_000_000), "0.02", id="an embedding"),
        pytest.param(
            "claude-sonnet-4-5",
            "anthropic",
            Usage(input=1320, output=10, cached_input=1024, cache_write=256),
            "0.0015372",
            id="written to the cache",
        ),
    ],
)
def test_the_tables_price(model: str, provider: str, usage: Usage, dollars: str) -> None:
    """Known models cost what their public price list says."""
    operation = "embeddings" if usage.output is None else "chat"
    context = make_context(model=model, provider=provider, operation=operation)

    priced = PriceBook().price(make_call(context=context, usage=usage))

    assert usd(priced) == Decimal(dollars)


def test_a_missing_provider_is_completed() -> None:
    """A model's name reports its provider when nothing else does."""
    priced = PriceBook().price(make_call(context=make_context(provider="")))

    assert priced.context.provider == "openai"


def test_the_model_that_was_asked_stands_in() -> None:
    """When no one knows the model that answered, the one that was asked gives the price."""
    context = make_context(model="deployment-7", model_requested="gpt-4o-mini")

    priced = PriceBook().price(make_call(context=context, usage=Usage(input=1_000_000, output=0)))

    assert usd(priced) == Decimal("0.15")


@pytest.mark.parametrize(
    ("model", "usage", "status", "reason"),
    [
        pytest.param("nobody-knows", Usage(input=1, output=1), "ok", "unknown_model", id="a model no one knows"),
        pytest.param("gpt-4o-mini", Usage(), "ok", "no_usage", id="a good call without any tokens"),
        pytest.param("gpt-4o-mini", Usage(), "error", "", id="a failed call without tokens has nothing to pay"),
        pytest.param("gpt-4o-mini", Usage(input=5), "ok", "incomplete_usage", id="a chat without its output"),
        pytest.param("gpt-4o-mini", Usage(output=5), "ok", "incomplete_usage", id="a chat without its input"),
        pytest.param("", Usage(input=5, output=5), "ok", "no_model", id="no model at all"),
    ],
)
def test_what_no_one_can_price_is_never_zero(model: str, usage: Usage, status: Status, reason: str) -> None:
    """The cost is missing, and why is reported."""
    context = make_context(model=model, provider="" if model != "gpt-4o-mini" else "openai")

    priced = PriceBook().price(make_call(context=context, usage=usage, status=status))

    assert priced.cost is None
    assert priced.unpriced_reason == reason


def test_tokens_of_zero_cost_zero() -> None:
    """A call that used nothing, and says so, costs nothing."""
    priced = PriceBook().price(make_call(usage=Usage(input=0, output=0)))

    assert usd(priced) == 0


def test_the_price_of_the_calls_own_day() -> None:
    """A call that arrives late is priced by the day it happened."""
    book = PriceBook([own_price(input=Decimal(5), start=date(2026, 11, 20))])
    day_before = make_context(model="house-1", time_ns=make_context().time_ns - 13 * 3600 * 10**9)

    priced = book.price(make_call(context=day_before))

    assert priced.unpriced_reason == "unknown_model"
