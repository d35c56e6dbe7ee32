"""Costs in other currencies: by the rate of the day, or by the price table."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.support.facts import make_call, make_context

from watchkeeper.config.prices import ExchangeRate
from watchkeeper.model import ForeignCost
from watchkeeper.prices.book import PriceBook
from watchkeeper.prices.exchange import ExchangeRates

RATES = ExchangeRates(
    ExchangeRate.model_validate(rate)
    for rate in (
        {"currency": "EUR", "usd": "1.25", "from": "2026-11-20"},
        {"currency": "eur", "usd": 2, "from": "2026-11-10"},
        {"currency": "CNY", "usd": "0.1"},
    )
)


def _priced(day: str, amount: str, currency: str) -> tuple[Decimal, str, str]:
    """Dollars, source and date of the price of a call that cost so much."""
    time_ns = int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp()) * 10**9
    foreign = ForeignCost(amount=Decimal(amount), currency=currency)
    call = make_call(context=make_context(model="gpt-4o-mini", time_ns=time_ns), foreign_cost=foreign)
    cost = PriceBook(exchange_rates=RATES).price(call).cost
    assert cost is not None
    return cost.usd, cost.source, cost.price_date


@pytest.mark.parametrize(
    ("day", "amount", "currency", "usd", "since"),
    [
        pytest.param("2026-11-20", "0.9", "EUR", "1.125", "2026-11-20", id="the first day of a rate"),
        pytest.param("2026-12-31", "0.9", "EUR", "1.125", "2026-11-20", id="long after it"),
        pytest.param("2026-11-19", "0.9", "EUR", "1.8", "2026-11-10", id="the rate before"),
        pytest.param("2026-11-19", "7", "CNY", "0.7", "2026-11-19", id="a rate without a day"),
    ],
)
def test_the_rate_of_the_day_converts(day: str, amount: str, currency: str, usd: str, since: str) -> None:
    """Exactly; the price has the date of its rate."""
    assert _priced(day, amount, currency) == (Decimal(usd), "converted", since)


@pytest.mark.parametrize(
    ("day", "amount", "currency"),
    [
        pytest.param("2026-11-09", "0.9", "EUR", id="before the first rate"),
        pytest.param("2026-11-20", "0.9", "GBP", id="a currency without a rate"),
        pytest.param("2026-11-20", "0", "EUR", id="a zero, which stands for an unknown cost"),
    ],
)
def test_without_a_rate_the_table_counts(day: str, amount: str, currency: str) -> None:
    """As if the client had reported nothing."""
    usd, source, _ = _priced(day, amount, currency)

    assert source.startswith("genai-prices")
    assert usd == PriceBook().price(make_call(context=make_context(model="gpt-4o-mini"))).cost.usd  # type: ignore[union-attr]
