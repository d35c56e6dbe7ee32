"""What a budget counts, over which time, and what stays of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.facts import NOW, make_call
from tests.support.objectives import make_budget, paid_call

from watchkeeper.config.budgets import Period
from watchkeeper.exporter.watch.budgets import Account, BudgetBook
from watchkeeper.exporter.watch.periods import month_around
from watchkeeper.exporter.watch.spending import MOST_SLOTS, SLOT_SECONDS, Slot

HOUR, DAY = 3600, 86_400


def at(text: str, zone: str = "UTC") -> float:
    """Unix seconds of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("match", "context", "counts"),
    [
        pytest.param({}, {}, True, id="without a match every call counts"),
        pytest.param({"team": ["search"]}, {}, True, id="the team"),
        pytest.param({"team": ["search"]}, {"team": "sales"}, False, id="another team"),
        pytest.param({"service": ["shop*"]}, {"service": "shop-eu"}, True, id="a pattern of services"),
        pytest.param({"service": ["shop"]}, {"service": "shop-eu"}, False, id="a name is not a prefix"),
        pytest.param({"model": ["gpt-*", "claude-*"]}, {"model": "claude-x"}, True, id="one of two models"),
        pytest.param({"model": ["gpt-*"]}, {"model": "", "model_requested": "gpt-5"}, True, id="the model asked for"),
        pytest.param({"prompt": ["answer"]}, {"prompt": "answer"}, True, id="the prompt"),
        pytest.param({"prompt": ["answer"]}, {}, False, id="a call that names no prompt"),
        pytest.param({"tenant": ["acme"]}, {"tenant": "acme"}, True, id="the tenant"),
        pytest.param({"agent": ["broker"]}, {"agent": "broker"}, True, id="the agent"),
        pytest.param({"environment": ["prod*"]}, {"environment": "staging"}, False, id="another environment"),
        pytest.param({"provider": ["openai"], "operation": ["chat"]}, {}, True, id="the provider and what was done"),
        pytest.param({"team": ["search"], "tenant": ["acme"]}, {}, False, id="all labels must match"),
        pytest.param({}, {"service": "drill-a"}, False, id="a drill costs no one anything"),
    ],
)
def test_a_call_counts_where_every_label_matches(match: Any, context: dict[str, str], *, counts: bool) -> None:
    """Labels that the budget does not name may be anything."""
    book = BudgetBook([make_budget(match=match)])

    spent_from = book.spend(paid_call("1.25", **context), NOW)

    assert len(spent_from) == counts
    assert book.accounts["month"].spent(NOW) == Decimal("1.25") * counts


def test_a_call_counts_in_every_budget_that_matches() -> None:
    """Budgets overlap: a team's call is also its tenant's."""
    book = BudgetBook([make_budget("day"), make_budget("week"), make_budget("month", match={"team": ["sales"]})])

    assert [account.budget.name for account in book.spend(paid_call("1"), NOW)] == ["day", "week"]


def test_a_call_that_no_one_can_price_costs_nothing() -> None:
    """What is missing is counted elsewhere; it is no zero here."""
    book = BudgetBook([make_budget()])

    assert book.spend(make_call(unpriced_reason="no_price"), NOW) == ()


@pytest.mark.parametrize(("period", "seconds"), [("day", DAY), ("week", 7 * DAY), ("30d", 30 * DAY)])
def test_a_rolling_period_forgets_what_is_older(period: str, seconds: int) -> None:
    """A quarter of an hour leaves bit by bit, and not before the period is over."""
    account = Account(make_budget(period))
    begin = NOW - NOW % SLOT_SECONDS
    account.add(Decimal(9), begin)
    account.add(Decimal(1), begin + HOUR)

    assert account.spent(begin + seconds) == 10
    assert account.spent(begin + seconds + SLOT_SECONDS / 3) == 7
    assert account.spent(begin + seconds + SLOT_SECONDS) == 1
    assert account.spent(begin + seconds + 2 * HOUR) == 0
    assert account.ends_at(begin) is None


@pytest.mark.parametrize(
    ("zone", "now", "begin", "end"),
    [
        ("UTC", "2026-11-20T12:00", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("UTC", "2026-12-31T23:59:59", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("UTC", "2028-02-29T10:00", "2028-02-01T00:00", "2028-03-01T00:00"),
        ("Europe/Berlin", "2026-03-29T12:00", "2026-03-01T00:00", "2026-04-01T00:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("Asia/Kolkata", "2026-11-01T00:00", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("America/Asuncion", "2020-10-15T12:00", "2020-10-01T00:00", "2020-11-01T00:00"),
    ],
)
def test_a_month_is_the_zones_own(zone: str, now: str, begin: str, end: str) -> None:
    """From the first at midnight to the next first at midnight, whatever the clocks did in between."""
    assert month_around(at(now, zone), ZoneInfo(zone)) == (at(begin, zone), at(end, zone))


def test_a_month_with_a_change_of_clocks_is_an_hour_longer_or_shorter() -> None:
    """March is 31 days less an hour in Berlin, October an hour more."""
    berlin = ZoneInfo("Europe/Berlin")
    lengths = [
        end - begin
        for month in (3, 10)
        for begin, end in [month_around(datetime(2026, month, 15, tzinfo=UTC).timestamp(), berlin)]
    ]

    assert lengths == [31 * DAY - HOUR, 31 * DAY + HOUR]


def test_a_month_starts_anew_at_midnight_of_its_zone() -> None:
    """The last second of a month counts in it, the first of the next one does not."""
    account = Account(make_budget(timezone="Asia/Kolkata"))
    account.add(Decimal(5), at("2026-11-30T23:59:59", "Asia/Kolkata"))

    assert account.spent(at("2026-11-30T23:59:59", "Asia/Kolkata")) == 5
    assert account.ends_at(at("2026-11-30T23:59:59", "Asia/Kolkata")) == at("2026-12-01T00:00", "Asia/Kolkata")
    account.add(Decimal(2), at("2026-12-01T00:00", "Asia/Kolkata"))
    assert account.spent(at("2026-12-01T00:00:01", "Asia/Kolkata")) == 2


def test_a_clock_that_goes_back_loses_nothing() -> None:
    """What comes with an earlier time counts at that time."""
    account = Account(make_budget("day"))
    account.add(Decimal(1), NOW)
    account.add(Decimal(2), NOW - HOUR)

    assert account.spent(NOW) == 3


@pytest.mark.parametrize(
    ("period", "jump"),
    [("day", -400 * DAY), ("day", -2 * DAY), ("day", 2 * DAY), ("day", 400 * DAY), ("month", 400 * DAY)],
)
def test_a_clock_that_was_wrong_for_a_while_changes_no_other_time(period: str, jump: int) -> None:
    """Ten dollars before it jumped and ten after it came back are twenty; meanwhile a budget has its own ten."""
    account = Account(make_budget(period))
    for at_second, expected in ((NOW, 10), (NOW + jump, 10), (NOW + 60, 20)):
        account.add(Decimal(10), at_second)

        assert account.spent(at_second) == expected


def test_a_clock_that_jumps_every_minute_takes_a_bounded_memory() -> None:
    """The oldest slots go first."""
    account = Account(make_budget("day"))
    for minute in range(3 * MOST_SLOTS):
        account.add(Decimal(1), NOW + minute * SLOT_SECONDS)

    slots = account.slots_since(0)
    assert len(slots) == MOST_SLOTS
    assert slots[-1].number == int(NOW // SLOT_SECONDS) + 3 * MOST_SLOTS - 1


@given(
    st.lists(st.tuples(st.decimals("0", "1000", places=9), st.integers(0, 40 * DAY)), max_size=40),
    st.sampled_from(["day", "week", "30d", "month"]),
)
def test_spending_adds_up_is_never_negative_and_survives(calls: list[tuple[Decimal, int]], period: Period) -> None:
    """The account agrees with the sum of its calls to a slot, and a restored one goes on as the old one."""
    account = Account(make_budget(period))
    calls.sort(key=lambda call: call[1])
    for usd, offset in calls:
        account.add(usd, NOW + offset)
    now = NOW + 40 * DAY
    begin = (
        month_around(now, ZoneInfo("UTC"))[0]
        if period == "month"
        else now - {"day": 1, "week": 7, "30d": 30}[period] * DAY
    )

    restored = Account(make_budget(period))
    restored.set_others([Slot(slot.number, slot.usd) for slot in account.slots_since(0)], since=0)

    assert account.spent(now) == restored.spent(now)
    assert account.spent(now) >= 0
    first_whole = -(-begin // SLOT_SECONDS) * SLOT_SECONDS
    inside = sum((usd for usd, offset in calls if NOW + offset >= first_whole), Decimal(0))
    around = sum((usd for usd, offset in calls if NOW + offset >= first_whole - SLOT_SECONDS), Decimal(0))
    assert inside <= account.spent(now) <= around
