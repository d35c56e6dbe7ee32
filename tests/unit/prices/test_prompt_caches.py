"""What prompt caches save, against sums by hand over the prices that providers publish."""

from datetime import date
from decimal import Decimal

import pytest
from tests.support.facts import make_call, make_context

from watchkeeper.model import Usage, UsageParts
from watchkeeper.prices.book import OwnPrice, PriceBook

BOOK = PriceBook()
MILLION = 1_000_000
HOUSE = OwnPrice(
    model="house-*",
    provider="",
    start=date.min,
    input=Decimal(2),
    output=Decimal(8),
    cached_input=Decimal("0.5"),
    cache_write=Decimal(3),
)


def saved(model: str, provider: str, usage: Usage, book: PriceBook = BOOK, **more: object) -> Decimal | None:
    """What a priced call has of its cache."""
    context = make_context(model=model, provider=provider)
    return book.price(make_call(context=context, usage=usage, **more)).cache_saved_usd


@pytest.mark.parametrize(
    ("model", "provider", "usage", "dollars"),
    [
        pytest.param(
            # $2.50 a million, cached $1.25: 0.8 million at $1.25 less.
            "gpt-4o", "openai", Usage(input=MILLION, cached_input=800_000, output=10), "1",
            id="OpenAI reads for half",
        ),
        pytest.param(
            # $3.00 a million, cached $0.30: 0.1 million at $2.70 less.
            "claude-sonnet-4-5", "anthropic", Usage(input=180_000, cached_input=100_000, output=10), "0.27",
            id="Anthropic reads for a tenth",
        ),
        pytest.param(
            # Written for five minutes at $3.75: 0.1 million at $0.75 more; read 0.1 million at $2.70 less.
            "claude-sonnet-4-5", "anthropic",
            Usage(input=200_000, cached_input=100_000, cache_write=100_000, output=10), "0.195",
            id="Anthropic writes for five minutes at a quarter more",
        ),
        pytest.param(
            # Written for an hour at $6.00: 0.1 million at $3.00 more, and nothing was read.
            "claude-sonnet-4-5", "anthropic",
            Usage(input=150_000, cache_write=100_000, output=10, parts=UsageParts(cache_write_1h=100_000)), "-0.3",
            id="Anthropic writes for an hour at twice",
        ),
        pytest.param(
            # 0.06 million for five minutes at $0.75 more, 0.04 for an hour at $3.00 more, read 0.1 at $2.70 less.
            "claude-sonnet-4-5", "anthropic",
            Usage(
                input=200_000, cached_input=100_000, cache_write=100_000, output=10,
                parts=UsageParts(cache_write_1h=40_000),
            ), "0.105",
            id="Anthropic writes for both",
        ),
        pytest.param(
            # Above 200k of input $6.00 a million, cached $0.60: 0.2 million at $5.40 less.
            "claude-sonnet-4-5", "anthropic", Usage(input=300_000, cached_input=200_000, output=10), "1.08",
            id="Anthropic reads of a long context",
        ),
        pytest.param(
            # $0.30 a million, cached $0.03: 0.1 million at $0.27 less.
            "gemini-2.5-flash", "gcp.gemini", Usage(input=150_000, cached_input=100_000, output=10), "0.027",
            id="Gemini reads for a tenth",
        ),
    ],
)  # fmt: skip
def test_it_is_what_fresh_input_would_have_cost_more(model: str, provider: str, usage: Usage, dollars: str) -> None:
    """Less what was paid, the surcharge for writes included."""
    assert saved(model, provider, usage) == Decimal(dollars)


def test_it_is_what_is_missing_from_the_cost() -> None:
    """The same call without a cache costs so much more, output and all."""
    context = make_context(model="claude-sonnet-4-5", provider="anthropic")
    cached = Usage(input=90_000, cached_input=50_000, cache_write=20_000, output=700)
    fresh = Usage(input=90_000, output=700)

    with_cache, without = (BOOK.price(make_call(context=context, usage=usage)) for usage in (cached, fresh))

    assert with_cache.cost
    assert without.cost
    assert with_cache.cache_saved_usd == without.cost.usd - with_cache.cost.usd


def test_own_prices_have_caches_too() -> None:
    """Of $2.00 a million, read at $0.50, written at $3.00."""
    usage = Usage(input=MILLION, cached_input=600_000, cache_write=100_000, output=0)

    assert saved("house-1", "", usage, PriceBook([HOUSE])) == Decimal("0.8")


def test_a_reported_cost_does_not_hide_it() -> None:
    """Coding agents report what calls cost; the cache saved by the table all the same."""
    usage = Usage(input=180_000, cached_input=100_000, output=10)

    assert saved("claude-sonnet-4-5", "anthropic", usage, reported_cost_usd=Decimal(9)) == Decimal("0.27")


@pytest.mark.parametrize(
    ("model", "provider", "usage"),
    [
        pytest.param("gpt-4o", "openai", Usage(input=100, output=1), id="no cache is reported"),
        pytest.param("gpt-4o", "openai", Usage(input=100, cached_input=0, output=1), id="nothing was read"),
        pytest.param("no-such-model", "acme", Usage(input=100, cached_input=50, output=1), id="no price is known"),
        pytest.param("gpt-4o", "openai", Usage(cached_input=50, output=1), id="the input is not known"),
        pytest.param("llama3.2", "ollama", Usage(input=100, cached_input=50, output=1), id="own machines"),
    ],
)
def test_what_is_not_known_is_not_counted(model: str, provider: str, usage: Usage) -> None:
    """It is not zero."""
    assert saved(model, provider, usage) is None
