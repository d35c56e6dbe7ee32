"""What was spent of each budget: slots of a quarter of an hour, over as long as its period.

Every time zone of today lies whole quarters of an hour from UTC, so a calendar month is whole slots.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from watchkeeper.config.budgets import Budget
from watchkeeper.model import LlmCall, is_drill
from watchkeeper.watch.periods import ROLLING_SECONDS, month_around

SLOT_SECONDS = 900
_PAYERS = 4096


class Payer(msgspec.Struct, frozen=True):
    """For whom and on what money is spent: the labels that budgets match."""

    team: str = ""
    service: str = ""
    model: str = ""
    prompt: str = ""
    tenant: str = ""


class Slot(msgspec.Struct):
    """What was spent from ``number`` * 900 s on, for 900 s."""

    number: int
    usd: Decimal


class Account:
    """The spending of one budget. Memory: one slot for each quarter of an hour of its period that cost something."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._zone = ZoneInfo(budget.timezone)
        self._slots: deque[Slot] = deque()
        self._total = Decimal(0)
        self._month = (0.0, 0.0)

    def add(self, usd: Decimal, now: float) -> None:
        """Add the cost of one call that came ``now`` (Unix seconds)."""
        number = int(now // SLOT_SECONDS)
        if not self._slots or self._slots[-1].number < number:
            self._slots.append(Slot(number, Decimal(0)))
        self._slots[-1].usd += usd
        self._total += usd

    def spent(self, now: float) -> Decimal:
        """US dollars of the current period; of the slot that a rolling period is leaving, the part still inside."""
        begin = self._begin(now)
        first = int(begin // SLOT_SECONDS)
        while self._slots and self._slots[0].number < first:
            self._total -= self._slots.popleft().usd
        if not self._slots or self._slots[0].number > first:
            return self._total
        left = Decimal(int(begin) % SLOT_SECONDS) / SLOT_SECONDS
        return self._total - self._slots[0].usd * left

    def ends_at(self, now: float) -> float | None:
        """When the period ends (Unix seconds); a rolling one never does."""
        return None if self.budget.period in ROLLING_SECONDS else self._month_around(now)[1]

    def slots_since(self, number: int) -> list[Slot]:
        """The slots from a number on, to be stored."""
        return [slot for slot in self._slots if slot.number >= number]

    def restore(self, slots: Iterable[Slot]) -> None:
        """Take back what was stored; only for an account in which nothing was spent yet."""
        self._slots = deque(sorted(slots, key=lambda slot: slot.number))
        self._total = sum((slot.usd for slot in self._slots), Decimal(0))

    def _begin(self, now: float) -> float:
        seconds = ROLLING_SECONDS.get(self.budget.period)
        return self._month_around(now)[0] if seconds is None else now - seconds

    def _month_around(self, now: float) -> tuple[float, float]:
        if not self._month[0] <= now < self._month[1]:
            self._month = month_around(now, self._zone)
        return self._month


class BudgetBook:
    """All budgets, and which of them a payer's calls count in."""

    def __init__(self, budgets: Sequence[Budget]) -> None:
        self.accounts = {budget.name: Account(budget) for budget in budgets}
        self.accounts_of = lru_cache(maxsize=_PAYERS)(self._find)

    def spend(self, call: LlmCall, now: float) -> Sequence[Account]:
        """Count a call in its budgets, and return them; one without a cost, or of a drill, costs nobody anything."""
        if call.cost is None or not call.cost.usd:
            return ()
        accounts = self.accounts_of(payer_of(call))
        for account in accounts:
            account.add(call.cost.usd, now)
        return accounts

    def _find(self, payer: Payer) -> tuple[Account, ...]:
        if is_drill(payer.service):
            return ()
        return tuple(account for account in self.accounts.values() if is_matched(account.budget, payer))


def payer_of(call: LlmCall) -> Payer:
    """Return the labels of a call that budgets match."""
    context = call.context
    return Payer(
        team=context.team,
        service=context.service,
        model=context.model or context.model_requested,
        prompt=context.prompt,
        tenant=context.tenant,
    )


def is_matched(budget: Budget, payer: Payer) -> bool:
    """Whether one pattern of every label that the budget names matches."""
    return all(patterns is None or is_one_of(getattr(payer, label), patterns) for label, patterns in budget.match)


def is_one_of(value: str, patterns: Iterable[str]) -> bool:
    """Whether a label matches one of some patterns."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)
