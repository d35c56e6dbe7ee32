"""Row 1: SLO compliance and remaining error budgets."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.slos.filters import CHOSEN, OBJECTIVES
from grafana.src.sources import instant, rows

TITLE = "SLO compliance"
NO_DATA = "no SLO yet, or no events: docs/how-to/add-an-slo.md shows how to add one"

_LEFT = f"service_slo:llm_slo_budget_remaining:ratio_rate30d{{{CHOSEN}}}"
_BURN = f"service_slo:llm_slo_budget_burn:ratio_rate1h{{{CHOSEN}}}"
_EVENTS = f"service_slo:llm_slo_events:increase30d{{{CHOSEN}}}"
_NO_SLO = """no SLO yet, or no events. Add one to watchkeeper.yml, then make reload:
slos: [{name: answers-in-time, kind: latency, under: 5s, objective: 0.95}]"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_tables())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.with_thresholds(
            house.number(
                "Least budget left",
                "The lowest remaining share of a 30-day error budget, of all selected SLOs. At 0 % the "
                'SLO is missed. "no data" means that no SLO is in watchkeeper.yml, or that there were no events.',
                house.RATIO,
                instant(f"min({_LEFT})"),
            )
            .no_value("no SLO")
            .span(6),
            house.LEFT,
        ),
        house.wanted_zero(
            "Burning too fast",
            "Error budgets with a burn rate above 1 in the last hour; 0 is good. A single bad event of a quiet "
            "hour counts too, so an alert waits for more. The graph below names them.",
            house.COUNT,
            instant(f"count({_BURN} > 1) or 0 * count({_BURN})"),
        )
        .no_value("no SLO")
        .span(6),
        house.wanted_zero(
            "Exhausted budgets",
            "Error budgets with nothing left for the last 30 days; 0 is good.",
            house.COUNT,
            instant(f"count({_LEFT} <= 0) or 0 * count({_LEFT})"),
        )
        .no_value("no SLO")
        .span(6),
        house.number(
            "Events evaluated",
            "Calls and scores evaluated by SLOs in the last 30 days. An event counts once for each SLO it belongs to.",
            house.COUNT,
            instant(f"sum({_EVENTS})"),
        )
        .no_value("no SLO")
        .span(6),
    )


def _tables() -> Sequence[PanelBuilder]:
    return (
        house.column_with_thresholds(
            house.listing(
                "Remaining error budget",
                "Remaining share of the 30-day error budget. Negative is overspent. "
                "LLMErrorBudgetSpent fires at 0 %, after three days of events.",
                rows(f"sort(max by (slo, service, team) ({_LEFT}))"),
                {"slo": "SLO", "Value": "left", "service": "service", "team": "team"},
            )
            .unit(house.RATIO)
            .no_value(_NO_SLO)
            .span(12),
            "left",
            house.LEFT,
        ),
        house.listing(
            "Objectives",
            "The share of events that must be good, from watchkeeper.yml, for each service that had events. "
            "docs/how-to/add-an-slo.md shows how to add one.",
            rows(
                f"max by (slo, kind, service) (llm_slo_objective_ratio{{{OBJECTIVES}}}) and on (slo, service) {_EVENTS}"
            ),
            {"slo": "SLO", "Value": "objective", "service": "service", "kind": "kind"},
        )
        .unit(house.RATIO)
        .no_value(_NO_SLO)
        .span(12),
    )
