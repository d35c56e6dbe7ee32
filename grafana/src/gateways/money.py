"""Row 4: what the gateways spend, how much of it is counted here, and what is left of their budgets."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.gateways.words import NOT_REPORTED
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, lower_limit
from grafana.src.sources import series

TITLE = "Spend and budgets"
NO_DATA = NOT_REPORTED

_CAPTURED = f"service:gateway_spend_captured:ratio1h{{{SERVICE}}}"
_LEFT = f"service_account:gateway_budget_remaining:ratio{{{SERVICE}}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_spend(), *_budgets())


def _spend() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Spend of the last hour by both counts",
            "US dollars by the gateway's own count, and by what was counted here of the calls of the same service.",
            house.DOLLARS,
            [
                series(f"sum by (service) (service:gateway_spend_dollars:increase1h{{{SERVICE}}})", "{{service}}"),
                series(
                    f"sum by (service) (service:llm_cost_dollars:increase1h{{{SERVICE}}}) "
                    f"and on (service) service:gateway_spend_dollars:increase1h{{{SERVICE}}}",
                    "{{service}} counted here",
                ),
            ],
        ).span(12),
        house.graph(
            "Share of the spend that is counted here",
            "Of the last hour; 100 % is right. Below the dashed line GatewaySpendNotCaptured fires after 15 minutes, "
            "from ten cents an hour on. Of calls that an application reports too, the application has the cost.",
            house.RATIO,
            [series(_CAPTURED, "{{service}}"), lower_limit("GatewaySpendNotCaptured", _CAPTURED)],
            lowest=True,
        ).span(12),
    )


def _budgets() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Budgets left",
            "Share of the budget of each team and key that the gateway says is left, as of the last request of each. "
            "Below the dashed line GatewayBudgetLow fires after 5 minutes.",
            house.RATIO,
            [series(_LEFT, "{{service}} {{scope}} {{account}}"), lower_limit("GatewayBudgetLow", _LEFT)],
            lowest=True,
        ).span(12),
        house.graph(
            "Spend by model",
            "US dollars of the last hour by the gateway's own count; a model without a price at the gateway costs "
            "nothing there.",
            house.DOLLARS,
            [
                series(
                    f"sum by (service, model) (increase(litellm_spend_metric_total{{{SERVICE}}}[1h]))",
                    "{{service}} {{model}}",
                )
            ],
        ).span(12),
    )
