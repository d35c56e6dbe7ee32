"""What calls cost by rates, and when two tables agree."""

from datetime import date
from decimal import Decimal

import pytest

from watchkeeper.model import Usage, UsageParts
from watchkeeper.prices.rates import PartRates, Rates, RatesBySize, agree

DAY = date(2026, 11, 20)
KINDS = ("fresh_input", "cached_input", "cache_write", "plain_output", "reasoning")


def rates(*amounts: int, unknown: tuple[str, ...] = (), parts: PartRates | None = None) -> Rates:
    """Rates in whole dollars per token: input, cached, written, output, reasoning."""
    return Rates(*map(Decimal, amounts), unknown=frozenset(unknown), parts=parts or PartRates())


def test_parts_cost_their_own_price_in_the_place_of_the_whole() -> None:
    """Sound, pictures and an hour in the cache are tokens of a call that cost another price; searches come on top."""
    own = PartRates(
        cache_write_1h=Decimal(6),
        input_audio=Decimal(10),
        output_image=Decimal(40),
        web_search=Decimal("0.01"),
    )
    parts = UsageParts(cache_write_1h=2, input_audio=3, output_image=4, web_searches=5, output_audio=1)
    usage = Usage(input=20, output=10, cached_input=5, cache_write=4, parts=parts)

    usd = rates(2, 1, 3, 8, 8, parts=own).usd(usage)

    fresh, cached, written, output = (11 - 3) * 2 + 3 * 10, 5 * 1, (4 - 2) * 3 + 2 * 6, (10 - 4) * 8 + 4 * 40
    assert usd == fresh + cached + written + output + Decimal("0.05")


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_of_token_is_enough_to_disagree(kind: str) -> None:
    """Two per cent more for one kind is a disagreement, whichever it is."""
    changed = [102 if name == kind else 100 for name in KINDS]

    assert not rates(*[100] * 5).agrees_with(rates(*changed))


@pytest.mark.parametrize("kind", ["cached_input", "cache_write"])
def test_what_one_table_does_not_know_is_no_disagreement(kind: str) -> None:
    """Fresh input's price stands in for it, and is no opinion."""
    one, other = rates(100, 100, 100, 100, 100, unknown=(kind,)), rates(100, 10, 100, 100, 100)
    if kind == "cache_write":
        other = rates(100, 100, 125, 100, 100)

    assert one.agrees_with(other)
    assert other.agrees_with(one)
    assert getattr(one.completed_by(other), kind) == getattr(other, kind)
    assert one.completed_by(other).unknown == frozenset()


@pytest.mark.parametrize(("one", "other", "same"), [(100, 99, True), (100, 98, False), (0, 0, True), (0, 1, False)])
def test_prices_agree_within_a_hundredth(one: int, other: int, *, same: bool) -> None:
    """Rounding is no disagreement; free and not free is one."""
    assert agree(Decimal(one), Decimal(other)) is same
    assert agree(Decimal(other), Decimal(one)) is same


def test_rates_beside_others_have_the_steps_of_both() -> None:
    """Each size beyond which either changes is compared; steps a token apart are one."""
    low, high = rates(1, 1, 1, 1, 1), rates(2, 2, 2, 2, 2)
    one = RatesBySize(rates=(low, high), steps=(199_999,), price_date=DAY)
    other = RatesBySize(rates=(low, high, low), steps=(200_000, 400_000), price_date=DAY)

    beside = list(one.beside(other))

    assert beside == [(0, low, low), (200_000, high, high), (400_000, high, low)]
