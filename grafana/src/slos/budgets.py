"""Row 3: usage and forecast of budgets."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.slos.filters import BUDGETS
from grafana.src.sources import rows, series

TITLE = "Budgets"
NO_DATA = "no budget yet, or no cost: docs/how-to/add-a-budget.md shows how to add one"

_USED = f"budget_period:llm_budget_used:ratio{{{BUDGETS}}}"
_LIMIT = f"max by (budget, period) (llm_budget_limit_dollars{{{BUDGETS}}})"
_SPENT = f"budget_period:llm_budget_period_spend_dollars:sum{{{BUDGETS}}}"
_FORECAST = f"budget_period:llm_budget_forecast_dollars:next3d{{{BUDGETS}}}"
_ENDS = f"max by (budget) (llm_budget_period_end_timestamp_seconds{{{BUDGETS}}}) - time()"
_STRAIGHT = f"budget_period:llm_budget_straight_dollars:next3d{{{BUDGETS}}}"
_BURN = f"budget_period:llm_budget_burn:ratio_rate1d{{{BUDGETS}}}"
_WHICH = "{{budget}}"
_NO_BUDGET = """no budget yet. Add one to watchkeeper.yml, then make reload:
budgets: [{name: all, limit_usd: 500, period: month}]"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_tables(), *_over_time())


def _tables() -> Sequence[PanelBuilder]:
    return (
        house.column_with_thresholds(
            house.with_widths(
                house.listing(
                    "Budget usage",
                    "Usage in the current period. LLMBudgetUsed fires from 50 % on, with rising severity. "
                    "docs/how-to/add-a-budget.md shows how to add one.",
                    rows(f"sort_desc({_USED})"),
                    {"budget": "budget", "Value": "used", "period": "period", "team": "team"},
                )
                .unit(house.RATIO)
                .no_value(_NO_BUDGET),
                {"period": 75, "team": 110},
            ),
            "used",
            house.USED,
        ),
        house.listing(
            "Remaining budget",
            "US dollars left in the current period; negative is overspent.",
            rows(f"sort({_LIMIT} - on (budget, period) {_SPENT})"),
            {"budget": "budget", "Value": "left", "period": "period"},
        ).unit(house.DOLLARS),
        house.listing(
            "End of the period",
            "Time until a calendar period ends and its budget resets. Rolling periods never end.",
            rows(f"sort({_ENDS})"),
            {"budget": "budget", "Value": "ends in"},
        ).unit(house.AGE),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (*_shares(), *_pace())


def _shares() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Budget usage over time",
            "Usage in the period at each point in time. A drop to zero is a new month; "
            "a rolling period falls when expensive days leave it.",
            house.RATIO,
            [series(_USED, _WHICH), series(f"0 * max({_USED}) + 1", house.LIMIT)],
        ),
        house.graph(
            "Budget usage forecast for three days",
            "Budget usage in three days, by last week and the trend since, drawn up to 300 %: "
            "see docs/decisions. Above the dashed line LLMBudgetOverrunProjected fires. The straight line "
            "through the last day is for comparison: it ignores weekends.",
            house.RATIO,
            [
                series(f"clamp_max({_FORECAST} / on (budget, period) {_LIMIT}, 3)", _WHICH),
                series(f"clamp_max({_STRAIGHT} / on (budget, period) {_LIMIT}, 3)", f"{_WHICH}, straight line"),
                series(f"0 * max({_FORECAST}) + 1", house.LIMIT),
            ],
        ),
    )


def _pace() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Cost per hour by budget",
            "US dollars over the last hour, by budget. A call counts in every budget it belongs to, "
            "so these lines do not add up.",
            house.DOLLARS,
            [series(f"budget:llm_budget_spend_dollars:increase1h{{{BUDGETS}}}", _WHICH)],
        ),
        house.graph(
            "Budget burn rate",
            "Cost of the last day over a day's share of the limit. At the dashed line a budget lasts exactly "
            "for its period; above it for days LLMBudgetOverrunProjected fires.",
            house.COUNT,
            [
                series(_BURN, _WHICH),
                series(f"0 * max({_BURN}) + 1", house.LIMIT),
            ],
        ).span(12),
        house.listing(
            "Time until exhausted",
            "Time until the limit is reached if every hour costs what an hour of the last day did, the shortest first, "
            "ignoring weekends and the end of the month. Budgets without cost are not listed.",
            rows(f"sort(budget_period:llm_budget_left_seconds:increase1d{{{BUDGETS}}})"),
            {"budget": "budget", "Value": "lasts for", "period": "period"},
        )
        .unit(house.AGE)
        .span(12),
    )
