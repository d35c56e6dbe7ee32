"""Explained prices: parts that add up, and what a log would cost under other prices."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from watchkeeper.config.prices import ExchangeRate
from watchkeeper.errors import InvalidValueError
from watchkeeper.model import LlmCall, Usage
from watchkeeper.prices.book import OwnPrice, PriceBook
from watchkeeper.prices.exchange import ExchangeRates
from watchkeeper.prices.explain import asked_call, explain, reprice

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS = OwnPrice(
    model="ours-*",
    provider="",
    start=date.min,
    input=Decimal(2),
    output=Decimal(8),
    cached_input=Decimal("0.5"),
    cache_write=Decimal(3),
)
BOOK = PriceBook([OURS])
USAGE = Usage(input=1000, cached_input=600, cache_write=100, output=50, reasoning=20)


def asked(model: str, usage: Usage = USAGE) -> LlmCall:
    """A question about a model."""
    return asked_call(model, "", usage, priced_at=NOON, tier="")


def line(**reported: object) -> bytes:
    """A log line of a call of ``ours-1``."""
    call = {
        "event": "llm_call_completed",
        "timestamp": "2026-11-20T12:00:00.000Z",
        "model": "ours-1",
        "input_tokens": 1_000_000,
        "output_tokens": 0,
        "cost_usd": "1.5",
    }
    return json.dumps(call | reported).encode() + b"\n"


def test_a_price_of_our_own_is_reported_by_kind_of_token() -> None:
    """Each part costs its own rate, and the origin is reported."""
    reported = explain(BOOK, asked("ours-1"))

    assert [(part.kind, part.tokens, part.usd) for part in reported.parts] == [
        ("fresh input", 300, Decimal("0.0006")),
        ("cached input", 600, Decimal("0.0003")),
        ("cache write", 100, Decimal("0.0003")),
        ("output", 30, Decimal("0.00024")),
        ("reasoning", 20, Decimal("0.00016")),
    ]
    assert reported.usd == Decimal("0.0016")
    assert reported.source == "override"


@pytest.mark.parametrize("model", ["gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "ours-1"])
def test_the_parts_add_up(model: str) -> None:
    """The sum of the parts is the price, also where rates depend on the size of the request."""
    reported = explain(BOOK, asked(model, Usage(input=300_000, cached_input=1000, output=50, reasoning=20)))

    assert reported.usd == sum(part.usd for part in reported.parts)


def test_no_price_has_a_reason() -> None:
    """No one guesses."""
    reported = explain(BOOK, asked("nobodys-model"))

    assert (reported.usd, reported.parts, reported.reason) == (None, (), "unknown_model")


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        pytest.param(
            Usage(input=5, cached_input=3, cache_write=3), "--input must be at least its parts, 6", id="input"
        ),
        pytest.param(Usage(input=5, output=1, reasoning=2), "--output must be at least its parts, 2", id="output"),
    ],
)
def test_parts_are_not_more_than_the_whole(usage: Usage, problem: str) -> None:
    """Such a question has no answer."""
    with pytest.raises(InvalidValueError, match=problem):
        asked("ours-1", usage)


def test_a_log_is_priced_anew_by_model() -> None:
    """What calls cost and would cost, the most expensive model first; other lines are passed over."""
    lines = [
        line(),
        line(cost_usd=None),
        line(model="ours-2", input_tokens=3_000_000, cost_usd="9"),
        line(event="tool_call_completed"),
        b"not JSON\n",
        b'"text"\n',
    ]

    most_expensive, other = reprice(lines, BOOK)

    assert (most_expensive.model, most_expensive.calls, most_expensive.usd_before, most_expensive.usd_now) == (
        "ours-2",
        1,
        9,
        6,
    )
    assert (other.model, other.calls, other.usd_before, other.usd_now) == ("ours-1", 2, Decimal("1.5"), 4)
    assert (other.unpriced_before, other.unpriced_now) == (1, 0)


@pytest.mark.parametrize(
    ("reported", "unpriced"),
    [
        pytest.param({"model": "nobodys-model"}, 1, id="an unknown model"),
        pytest.param({"timestamp": "yesterday"}, 1, id="a line without a date"),
        pytest.param({"price_source": "reported", "model": "nobodys-model"}, 0, id="a reported cost"),
    ],
)
def test_what_has_no_price_now_is_counted(reported: dict[str, object], unpriced: int) -> None:
    """It is in no sum; what a provider reported stays what it was."""
    (model,) = reprice([line(**reported)], BOOK)

    assert model.unpriced_now == unpriced
    assert model.usd_now == (0 if unpriced else Decimal("1.5"))


def test_a_call_is_priced_at_its_own_date() -> None:
    """When it happened counts, not when its line was written."""
    later = PriceBook([OURS, OwnPrice(**{**_fields(OURS), "start": date(2026, 11, 19), "input": Decimal(4)})])

    (reported,) = reprice([line(happened_at="2026-11-18T12:00:00.000Z"), line()], later)

    assert reported.usd_now == 2 + 4


@pytest.mark.parametrize(("rate", "usd"), [(None, "2"), ("1.25", "3.75")])
def test_a_cost_in_another_currency_is_converted_at_the_rate_of_now(rate: str | None, usd: str) -> None:
    """A rate that came later counts for older lines, as a price does."""
    rates = [ExchangeRate.model_validate({"currency": "EUR", "usd": rate})] if rate else []
    euros = line(foreign_cost="3", foreign_currency="EUR")

    (model,) = reprice([euros], PriceBook([OURS], exchange_rates=ExchangeRates(rates)))

    assert model.usd_now == Decimal(usd)


def test_a_log_of_ten_thousand_models_stays_small() -> None:
    """A thousand are reported one by one, the others together; no call is lost."""
    models = reprice((line(model=f"ours-{n}") for n in range(3000)), BOOK)

    assert len(models) == 1001
    assert sum(model.calls for model in models) == 3000


def _fields(price: OwnPrice) -> dict[str, object]:
    return {name: getattr(price, name) for name in price.__struct_fields__}
