"""Counts what calls cost in the budgets they belong to."""

from decimal import Decimal

from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import Fact, LlmCall


class BudgetSink:
    """Spends from the book, and keeps the counter and the gauges of budgets."""

    def __init__(self, book: BudgetBook, store: MetricStore) -> None:
        self._book = book
        self._store = store
        self._spend = store.families["llm_budget_spend_dollars_total"]

    def start(self, now: float) -> None:
        """Report the limits, begin every counter at nothing, and forget budgets that are gone."""
        self._spend.drop_if(lambda values: values[0] not in self._book.accounts)
        for name, account in self._book.accounts.items():
            budget = account.budget
            limit = (name, budget.period, budget.team)
            self._store.families["llm_budget_limit_dollars"].set(limit, float(budget.limit_usd))
            self._spend.add((name,), Decimal(0), now)

    def take(self, fact: Fact, now: float) -> None:
        """Count one call; ``now`` is the time of arrival in Unix seconds."""
        if isinstance(fact, LlmCall) and fact.cost is not None:
            for account in self._book.spend(fact, now):
                self._spend.add((account.budget.name,), fact.cost.usd, now)

    def refresh(self, now: float) -> None:
        """Bring the gauges of the current periods up to date."""
        spent = self._store.families["llm_budget_period_spend_dollars"]
        spent.drop_if(lambda values: values[2] != self._book.ledger)
        for name, account in self._book.accounts.items():
            values = (name, account.budget.period)
            spent.set((*values, self._book.ledger), float(account.spent(now)))
            if (end := account.ends_at(now)) is not None:
                self._store.families["llm_budget_period_end_timestamp_seconds"].set(values, end)
