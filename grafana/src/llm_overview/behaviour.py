"""Row 9: whether applications behave as before."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import OWNED, SERVICE
from grafana.src.sources import series

TITLE = "Human reviews, silent failures, drift, canaries"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_people_and_drift(), *_runs_and_canaries())


def _people_and_drift() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Human-review rate",
            "Share of runs with a human review in the last hour, and in the day before that hour, by service. "
            "LLMHumanReviewShifted compares the two. A gap means no runs, or no reviews at all.",
            house.RATIO,
            [
                series(f"service:llm_human_reviews:ratio1h{{{OWNED}}}", "{{service}}, last hour"),
                series(f"service:llm_human_reviews:ratio1d{{{OWNED}}}", "{{service}}, day before"),
            ],
        ),
        house.graph(
            "Silent failures",
            "Over the last hour: runs that ended without an error and without their expected result, "
            'by agent and type, and failed evaluations, by score. 0 is good. "no data" means not reported.',
            house.COUNT,
            [
                series(_silent_failures(), "{{agent}} {{type}}"),
                series(_failed_evaluations(), "evaluation of {{score}}"),
            ],
        ),
        house.graph(
            "Drift",
            "Population stability index of each feature against its reference window: 0.1 is a shift, 0.25 a large "
            'one. "no data" means not measured.',
            house.COUNT,
            [series(_drift(), "{{service}} {{feature}} {{model}} {{prompt}} {{prompt_version}}")],
        ),
    )


def _runs_and_canaries() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Model calls per run",
            "Calls of a trace, on average, in the last hour and in the day before that hour, by service. A rise while "
            "calls fail means retries; LLMRetriesHigh covers it. A gap means no traces.",
            house.COUNT,
            [
                series(f"service:llm_trace_calls:avg1h{{{OWNED}}}", "{{service}}, last hour"),
                series(f"service:llm_trace_calls:avg1d{{{OWNED}}}", "{{service}}, day before"),
            ],
        ),
        house.graph(
            "Canary scores",
            "Score of each canary, regardless of the filters. 1 is good. "
            'The dashed line is the threshold. "no data" means that no canaries run.',
            house.RATIO,
            [
                series("min by (canary, target) (llm_canary_score)", "{{canary}} {{target}}"),
                series('max(llm_alert_threshold{alert="LLMCanaryFailing"})', house.LIMIT),
            ],
        ),
    )


def _silent_failures() -> str:
    return f"sum by (agent, type) (increase(llm_silent_failures_total{{{OWNED}}}[1h]))"


def _failed_evaluations() -> str:
    return f"sum by (score) (increase(llm_evaluation_failures_total{{{OWNED}}}[1h]))"


def _drift() -> str:
    return f"topk(20, service_feature:llm_drift_score:psi{{{SERVICE}}})"
