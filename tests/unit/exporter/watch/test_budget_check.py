"""Allow, warn or deny: at the limits and one step beside them."""

from decimal import Decimal

import pytest
from tests.support.facts import NOW
from tests.support.objectives import make_budget, paid_call

from watchkeeper.exporter.watch.budget_check import check, decide
from watchkeeper.exporter.watch.budgets import BudgetBook


@pytest.mark.parametrize(
    ("spent", "estimated", "decision"),
    [
        ("0", "0", "allow"),
        ("79.999999", "0", "allow"),
        ("80", "0", "warn"),
        ("70", "10", "warn"),
        ("70", "9.999999", "allow"),
        ("99.999999", "0", "warn"),
        ("90", "10", "warn"),
        ("90", "10.000001", "deny"),
        ("100", "0", "deny"),
        ("250", "0", "deny"),
    ],
)
def test_the_call_to_come_counts(spent: str, estimated: str, decision: str) -> None:
    """A call that just fits is warned of, one that does not is denied."""
    assert decide(Decimal(spent), Decimal(100), Decimal(estimated)) == decision


def test_the_strictest_budget_decides() -> None:
    """One budget is spent, the others are not."""
    book = BudgetBook([make_budget("day"), make_budget("week", limit_usd=1), make_budget("month")])
    book.spend(paid_call("1"), NOW)

    answer = check([(account, True) for account in book.accounts.values()], Decimal(0), NOW)

    assert answer.decision == "deny"
    assert [state.decision for state in answer.budgets] == ["allow", "deny", "allow"]


def test_no_budget_allows_everything() -> None:
    """What no one limits is not limited."""
    assert check([], Decimal(1000), NOW).decision == "allow"


def test_numbers_are_exact_to_a_millionth_and_never_negative() -> None:
    """An overrun leaves nothing, not less than nothing."""
    book = BudgetBook([make_budget("month", limit_usd=1, timezone="Europe/Berlin")])
    book.spend(paid_call("1.2345674"), NOW)

    (state,) = check([(book.accounts["month"], True)], Decimal(0), NOW).budgets

    assert (state.limit_usd, state.spent_usd, state.remaining_usd) == (1, Decimal("1.234567"), 0)
    assert state.used_percent == 123.46
    assert state.period_ends == "2026-12-01T00:00:00+01:00"
