"""Row 3: what may be spent, what is, and what will be."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.slos.filters import BUDGETS
from grafana.src.sources import instant, rows, series

TITLE = "Is the money enough?"

_USED = f"budget_period:llm_budget_used:ratio{{{BUDGETS}}}"
_LIMIT = f"max by (budget, period) (llm_budget_limit_dollars{{{BUDGETS}}})"
_SPENT = f"budget_period:llm_budget_period_spend_dollars:sum{{{BUDGETS}}}"
_FORECAST = f"budget_period:llm_budget_forecast_dollars:next3d{{{BUDGETS}}}"
_ENDS = f"max by (budget) (llm_budget_period_end_timestamp_seconds{{{BUDGETS}}}) - time()"
_STRAIGHT = f"budget_period:llm_budget_straight_dollars:next3d{{{BUDGETS}}}"
_WHICH = "{{budget}}"
_NO_BUDGET = """no budget yet. Add one to watchkeeper.yml, then make reload:
budgets: [{name: all, limit_usd: 500, period: month}]"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_tables(), *_over_time())


def _tables() -> Sequence[PanelBuilder]:
    return (
        house.judged_column(
            house.listing(
                "How much of each budget is spent?",
                "The share of the current period's budget. LLMBudgetUsed fires from 50 % on, the worse the more. "
                "docs/how-to/add-a-budget.md tells how to add one.",
                rows(f"sort_desc({_USED})"),
                {"budget": "budget", "period": "period", "team": "team", "Value": "spent"},
            )
            .unit(house.RATIO)
            .no_value(_NO_BUDGET),
            "spent",
            house.USED,
        ),
        house.listing(
            "What is left?",
            "US dollars that may still be spent in the current period; negative is overrun.",
            rows(f"sort({_LIMIT} - on (budget, period) {_SPENT})"),
            {"budget": "budget", "period": "period", "Value": "left"},
        ).unit(house.DOLLARS),
        house.listing(
            "When does a month end?",
            "Time until a calendar period ends and its budget begins anew. Rolling periods never end.",
            rows(f"sort({_ENDS})"),
            {"budget": "budget", "Value": "ends in"},
        ).unit(house.SECONDS),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (*_shares(), *_pace())


def _shares() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Spent of each budget",
            "The share of the budget spent in the period at each moment. A drop to zero is a new month; "
            "a rolling period falls when dear days are older than it.",
            house.RATIO,
            [series(_USED, _WHICH), series("vector(1)", house.LIMIT)],
        ),
        house.graph(
            "Forecast for three days from now",
            "The share of the budget that will be spent in three days, by last week and the trend since: "
            "docs/decisions tells how. Above the dashed line LLMBudgetOverrunProjected fires. The straight line "
            "through the last day is for comparison: it knows no weekends.",
            house.RATIO,
            [
                series(f"{_FORECAST} / on (budget, period) {_LIMIT}", _WHICH),
                series(f"{_STRAIGHT} / on (budget, period) {_LIMIT}", f"{_WHICH}, straight line"),
                series("vector(1)", house.LIMIT),
            ],
        ),
    )


def _pace() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "How fast is money spent?",
            "US dollars in the hour before each moment, by budget. A call counts in every budget it belongs to, "
            "so these lines do not add up.",
            house.DOLLARS,
            [series(f"budget:llm_budget_spend_dollars:increase1h{{{BUDGETS}}}", _WHICH)],
        ),
        house.graph(
            "How many times as fast as it may?",
            "What the last day cost, over a day's share of the limit. At the dashed line a budget lasts exactly "
            "for its period; above it for days is what LLMBudgetOverrunProjected tells of.",
            house.COUNT,
            [
                series(f"budget_period:llm_budget_burn:ratio_rate1d{{{BUDGETS}}}", _WHICH),
                series("vector(1)", house.LIMIT),
            ],
        ).span(12),
        house.ranking(
            "Used up when, at the pace of the last day?",
            "Time until the limit is reached if every hour costs what an hour of the last day did, "
            "without looking at weekends or at the end of the month. Budgets that cost nothing are not here.",
            house.SECONDS,
            instant(f"budget_period:llm_budget_left_seconds:increase1d{{{BUDGETS}}}", _WHICH),
        ).span(12),
    )
