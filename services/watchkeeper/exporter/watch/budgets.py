"""What was spent of each budget, and which budgets a call counts in."""

from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from watchkeeper.config.budgets import Budget
from watchkeeper.config.matching import BudgetMatch
from watchkeeper.exporter.watch.periods import ROLLING_SECONDS, month_around
from watchkeeper.exporter.watch.spending import Slot, Spending
from watchkeeper.model import Context, LlmCall, is_drill

_PAYERS = 4096

Kind = TypeVar("Kind")


class Payer(msgspec.Struct, frozen=True):
    """For whom and on what money is spent: the labels that budgets match."""

    team: str = ""
    service: str = ""
    environment: str = ""
    tenant: str = ""
    agent: str = ""
    operation: str = ""
    provider: str = ""
    model: str = ""
    prompt: str = ""


class Account:
    """The spending of one budget: what this process counted, and what others did that share its ledger."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._zone = ZoneInfo(budget.timezone)
        self._own = Spending()
        self._others = Spending()
        self._month = (0.0, 0.0)

    def add(self, usd: Decimal, now: float) -> None:
        """Add the cost of one call that came ``now`` (Unix seconds)."""
        self._own.add(usd, now)

    def spent(self, now: float) -> Decimal:
        """US dollars of the current period."""
        begin = self._begin(now)
        return self._own.between(begin, now) + self._others.between(begin, now)

    def ends_at(self, now: float) -> float | None:
        """When the period ends (Unix seconds); a rolling one never does."""
        return None if self.budget.period in ROLLING_SECONDS else self._month_around(now)[1]

    def slots_since(self, number: int) -> list[Slot]:
        """What this process counted from a slot on, to be stored."""
        return self._own.slots_from(number)

    def set_own(self, slots: Iterable[Slot]) -> None:
        """Take over what this process is to have counted."""
        self._own = Spending(slots)

    def set_others(self, slots: Iterable[Slot], *, since: int) -> None:
        """Take over what others counted from the slot ``since`` on; what they counted before it stays."""
        self._others = self._others.replace_from(since, slots)

    def _begin(self, now: float) -> float:
        seconds = ROLLING_SECONDS.get(self.budget.period)
        return self._month_around(now)[0] if seconds is None else now - seconds

    def _month_around(self, now: float) -> tuple[float, float]:
        if not self._month[0] <= now < self._month[1]:
            self._month = month_around(now, self._zone)
        return self._month


class BudgetBook:
    """All budgets, and which of them a payer's calls count in.

    ``ledger`` names what is counted together: books of one ledger know the same spending.
    """

    def __init__(self, budgets: Sequence[Budget], ledger: str = "") -> None:
        self.ledger = ledger
        self.accounts = {budget.name: Account(budget) for budget in budgets}
        self.accounts_of = matcher(self.accounts.values(), lambda account: account.budget.match)

    def spend(self, call: LlmCall, now: float) -> Sequence[Account]:
        """Count a call in its budgets, and return them; one without a cost, or of a drill, costs no one anything."""
        if call.cost is None or not call.cost.usd:
            return ()
        accounts = self.accounts_of(payer_of(call.context))
        for account in accounts:
            account.add(call.cost.usd, now)
        return accounts


def payer_of(context: Context) -> Payer:
    """Return the labels of a call that budgets match."""
    return Payer(
        team=context.team,
        service=context.service,
        environment=context.environment,
        tenant=context.tenant,
        agent=context.agent,
        operation=context.operation,
        provider=context.provider,
        model=context.model or context.model_requested,
        prompt=context.prompt,
    )


def matcher(known: Collection[Kind], match_of: Callable[[Kind], BudgetMatch]) -> Callable[[Payer], tuple[Kind, ...]]:
    """What tells, and remembers, which of those that are known a payer's calls count in; a drill's count in none."""

    @lru_cache(maxsize=_PAYERS)
    def found(payer: Payer) -> tuple[Kind, ...]:
        if is_drill(payer.service):
            return ()
        return tuple(one for one in known if is_matched(match_of(one), payer))

    return found


def is_matched(match: BudgetMatch, payer: Payer) -> bool:
    """Whether one pattern of every label that is named matches."""
    return all(patterns is None or is_one_of(getattr(payer, label), patterns) for label, patterns in match)


def is_one_of(value: str, patterns: Iterable[str]) -> bool:
    """Whether a label matches one of some patterns."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)
