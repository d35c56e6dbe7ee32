"""Row 1: what was promised, and how much of each error budget is left."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.slos.filters import OBJECTIVES, PROMISES
from grafana.src.sources import instant, rows

TITLE = "Are promises kept?"

_LEFT = f"service_slo:llm_slo_budget_remaining:ratio_rate30d{{{PROMISES}}}"
_BURN = f"service_slo:llm_slo_budget_burn:ratio_rate1h{{{PROMISES}}}"
_EVENTS = f"service_slo:llm_slo_events:increase30d{{{PROMISES}}}"
_NO_SLO = """no SLO yet, or nothing judged. Add one to watchkeeper.yml, then make reload:
slos: [{name: answers-in-time, kind: latency, under: 5s, objective: 0.95}]"""


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_tables())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.judged(
            house.number(
                "Least error budget left",
                "The smallest share of a 30-day error budget that is left, of everything chosen above. At 0 % a "
                'promise is broken. "no data" means that no SLO is in watchkeeper.yml, or nothing was judged.',
                house.RATIO,
                instant(f"min({_LEFT})"),
            ).span(6),
            house.LEFT,
        ),
        house.wanted_zero(
            "Promises broken too fast",
            "Error budgets that the last hour used up faster than they may; 0 is good. A single bad event of a quiet "
            "hour counts too, so an alert waits for more. The graph below names them.",
            house.COUNT,
            instant(f"count({_BURN} > 1) or 0 * count({_BURN})"),
        ).span(6),
        house.wanted_zero(
            "Error budgets spent",
            "Error budgets of which nothing is left for the last 30 days; 0 is good.",
            house.COUNT,
            instant(f"count({_LEFT} <= 0) or 0 * count({_LEFT})"),
        ).span(6),
        house.number(
            "Events judged",
            "Calls and scores that SLOs judged in the last 30 days. An event counts once for each SLO it is about.",
            house.COUNT,
            instant(f"sum({_EVENTS})"),
        ).span(6),
    )


def _tables() -> Sequence[PanelBuilder]:
    return (
        house.judged_column(
            house.listing(
                "How much of each error budget is left?",
                "The share of the bad events of 30 days that may still come. Negative is overdrawn. "
                "LLMErrorBudgetSpent fires at 0 %, after three days of events.",
                rows(f"sort(max by (slo, service, team) ({_LEFT}))"),
                {"slo": "SLO", "service": "service", "team": "team", "Value": "left"},
            )
            .unit(house.RATIO)
            .no_value(_NO_SLO)
            .span(12),
            "left",
            house.LEFT,
        ),
        house.listing(
            "What was promised?",
            "The share of events that must be good, from watchkeeper.yml, for each service that had events. "
            "docs/how-to/add-an-slo.md tells how to add one.",
            rows(
                f"max by (slo, kind, service) (llm_slo_objective_ratio{{{OBJECTIVES}}}) and on (slo, service) {_EVENTS}"
            ),
            {"slo": "SLO", "kind": "kind", "service": "service", "Value": "objective"},
        )
        .unit(house.RATIO)
        .no_value(_NO_SLO)
        .span(12),
    )
