"""The counter and the gauges of budgets."""

from decimal import Decimal

import pytest
from tests.support.facts import NOW, make_call, make_context
from tests.support.objectives import make_budget, paid_call

from watchkeeper.config import Budget
from watchkeeper.exporter.sinks.budgets import BudgetSink
from watchkeeper.exporter.watch.budgets import BudgetBook
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import ToolCall

DAY = 86_400


class Spent:
    """A sink of some budgets and its store."""

    def __init__(self, *budgets: Budget, store: MetricStore | None = None) -> None:
        self.store = store or MetricStore(METRICS)
        self.book = BudgetBook(budgets)
        self.sink = BudgetSink(self.book, self.store)
        self.sink.start(NOW)

    def samples(self, metric: str) -> dict[tuple[str, ...], object]:
        """The samples of a metric by their label values."""
        return {values: series.value for values, series in self.store.families[metric].series.items()}


def test_a_budget_reports_its_limit_and_begins_at_nothing() -> None:
    """Before the first call there is a zero, so that no first dollar is lost."""
    spent = Spent(make_budget("week", limit_usd="12.50", team="search"))

    assert spent.samples("llm_budget_limit_dollars") == {("week", "week", "search"): 12.5}
    assert spent.samples("llm_budget_spend_dollars_total") == {("week",): Decimal(0)}


def test_calls_add_up_exactly() -> None:
    """A thousand tenths of a cent are a dollar, to the last digit."""
    spent = Spent(make_budget("week"), make_budget("month", match={"team": ["sales"]}))

    for _ in range(1000):
        spent.sink.take(paid_call("0.001"), NOW)
    spent.sink.take(make_call(), NOW)
    spent.sink.take(ToolCall(context=make_context(), tool="t"), NOW)

    assert spent.samples("llm_budget_spend_dollars_total") == {("week",): Decimal("1.000"), ("month",): Decimal(0)}


def test_the_gauges_follow_the_period() -> None:
    """A rolling period forgets; a month has an end."""
    spent = Spent(make_budget("day"), make_budget("month"))
    spent.sink.take(paid_call("3"), NOW)

    spent.sink.refresh(NOW)
    assert spent.samples("llm_budget_period_spend_dollars") == {("day", "day", ""): 3.0, ("month", "month", ""): 3.0}
    spent.sink.refresh(NOW + 2 * DAY)
    assert spent.samples("llm_budget_period_spend_dollars") == {("day", "day", ""): 0.0, ("month", "month", ""): 3.0}
    # The first of December 2026, UTC.
    assert spent.samples("llm_budget_period_end_timestamp_seconds") == {("month", "month"): pytest.approx(1796083200)}


def test_a_ledger_that_answers_late_leaves_no_second_gauge() -> None:
    """Whoever adds ledgers up would count the money twice."""
    spent = Spent(make_budget("week"))
    spent.sink.take(paid_call("3"), NOW)
    spent.sink.refresh(NOW)

    spent.book.ledger = "shared"
    spent.sink.refresh(NOW)

    assert spent.samples("llm_budget_period_spend_dollars") == {("week", "week", "shared"): 3.0}


def test_a_budget_that_is_gone_is_forgotten() -> None:
    """The counter of a clean stop comes back only for what is still limited."""
    before = Spent(make_budget("day"), make_budget("week"))

    after = Spent(make_budget("week"), store=before.store)

    assert after.samples("llm_budget_spend_dollars_total") == {("week",): Decimal(0)}
