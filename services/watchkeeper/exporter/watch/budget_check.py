"""May a call go on, as far as money is concerned? An answer for gateways that ask; nothing here stops a call."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from watchkeeper.exporter.watch.budgets import Account

Decision = Literal["allow", "warn", "deny"]

# Where LLMBudgetUsed turns from low to medium.
WARN_FROM = Decimal("0.8")
_SEVERITY: dict[Decision, int] = {"allow": 0, "warn": 1, "deny": 2}
_MILLIONTH = Decimal("0.000001")


class BudgetState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One budget's answer. Amounts are US dollars to a millionth; only calendar periods end."""

    budget: str
    decision: Decision
    period: str
    limit_usd: Decimal | None = None
    spent_usd: Decimal | None = None
    remaining_usd: Decimal | None = None
    used_percent: float | None = None
    period_ends: str | None = None


class BudgetAnswer(msgspec.Struct, frozen=True):
    """The strictest decision of all budgets that match, and each of them; no budget allows everything."""

    decision: Decision
    budgets: tuple[BudgetState, ...]


def check(accounts: Iterable[tuple[Account, bool]], estimated_usd: Decimal, now: float) -> BudgetAnswer:
    """Evaluate a call that may cost ``estimated_usd``; the flag of an account says whether its numbers are reported."""
    states = tuple(_state(account, estimated_usd, now, is_shown=is_shown) for account, is_shown in accounts)
    return BudgetAnswer(decision=strictest(state.decision for state in states), budgets=states)


def strictest(decisions: Iterable[Decision]) -> Decision:
    """The strictest of some decisions; none allows."""
    return max(decisions, key=_SEVERITY.__getitem__, default="allow")


def _state(account: Account, estimated_usd: Decimal, now: float, *, is_shown: bool) -> BudgetState:
    budget, spent = account.budget, account.spent(now)
    decision = decide(spent, budget.limit_usd, estimated_usd)
    if not is_shown:
        return BudgetState(budget=budget.name, decision=decision, period=budget.period)
    end = account.ends_at(now)
    return BudgetState(
        budget=budget.name,
        decision=decision,
        period=budget.period,
        limit_usd=budget.limit_usd,
        spent_usd=spent.quantize(_MILLIONTH),
        remaining_usd=max(budget.limit_usd - spent, Decimal(0)).quantize(_MILLIONTH),
        used_percent=round(float(100 * spent / budget.limit_usd), 2),
        period_ends=None if end is None else datetime.fromtimestamp(end, ZoneInfo(budget.timezone)).isoformat(),
    )


def decide(spent: Decimal, limit: Decimal, estimated: Decimal) -> Decision:
    """Deny what is spent or would be overrun; warn from four fifths on, the call to come included."""
    after = spent + estimated
    if spent >= limit or after > limit:
        return "deny"
    return "warn" if after >= WARN_FROM * limit else "allow"
