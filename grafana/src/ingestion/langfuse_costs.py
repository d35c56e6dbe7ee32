"""Row 4: whether Langfuse puts the same costs on the same calls."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit_beside
from grafana.src.sources import rows, series

TITLE = "Do the costs in Langfuse agree?"
NO_DATA = "no project of Langfuse has compare_costs: docs/how-to/connect-langfuse.md says how"

_COST = "project:watchkeeper_langfuse_cost_dollars:increase1d"
_APART = f"1 - min by (project, model) ({_COST}) / max by (project, model) ({_COST})"
_DIFFERENCE = "watchkeeper_langfuse_cost_difference_dollars_total"
_CALLS = 'increase(watchkeeper_langfuse_compared_calls_total{{outcome=~"{}"}}[1d])'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_costs(), *_reasons())


def _costs() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Costs apart",
            "By how much the cost of the calls of a day that Langfuse and this stack both know is lower in one of the "
            "two, by project and model. Above the dashed line LLMCostDisagrees fires.",
            house.RATIO,
            [
                series(_APART, "{{project}}: {{model}}"),
                limit_beside('max(llm_alert_threshold{alert="LLMCostDisagrees"})', _APART),
            ],
        ).span(12),
        house.graph(
            "Cost here and in Langfuse",
            "US dollars of these calls in a day, of the ten models with most.",
            house.DOLLARS,
            [
                series(
                    f"{_COST} and on (project, model) topk(10, max by (project, model) ({_COST}))",
                    "{{project}}: {{model}}, {{source}}",
                )
            ],
        ).span(12),
    )


def _reasons() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Why costs differ",
            "US dollars of the last day by which calls are more expensive on one side, by the first reason found.",
            rows(f"sum by (project, model, reason) (increase({_DIFFERENCE}[1d])) > 0"),
            {"model": "model", "Value": "US dollars", "reason": "reason", "project": "project"},
        )
        .no_value("no call of the last day has another cost in Langfuse, or none was compared")
        .span(12),
        house.graph(
            "Calls of Langfuse known here",
            "Share of the calls of a day in a project that this stack has too, by trace and span. The others are in no "
            "sum of this row; 0 where the application makes traces of its own for each.",
            house.RATIO,
            [
                series(
                    f"sum by (project) ({_CALLS.format('compared')}) "
                    f"/ sum by (project) ({_CALLS.format('compared|not_here')})",
                    "{{project}}",
                )
            ],
            lowest=True,
        ).span(12),
    )
