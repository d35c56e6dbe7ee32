"""Row 9: whether applications do what they did before."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import OWNED, SERVICE
from grafana.src.sources import series

TITLE = "People, silent failures, drift"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        house.graph(
            "How often are people asked?",
            "Share of the runs of the last hour that went to a person, and of the day before that hour, by service. "
            "LLMHumanReviewShifted compares the two. A gap means no runs, or that nobody is ever asked.",
            house.RATIO,
            [
                series(f"service:llm_human_reviews:ratio1h{{{OWNED}}}", "{{service}}, last hour"),
                series(f"service:llm_human_reviews:ratio1d{{{OWNED}}}", "{{service}}, day before"),
            ],
        ),
        house.graph(
            "What fails in silence?",
            "Runs in the hour before each moment that ended without an error and without what they should have done, "
            'by agent and type. 0 is good. "no data" means that nothing watches for them.',
            house.COUNT,
            [series(_silent_failures(), "{{agent}} {{type}}")],
        ),
        house.graph(
            "What has shifted?",
            "Population stability index of each feature against its reference window: 0.1 is a shift, 0.25 a large "
            'one. "no data" means that nothing measures it.',
            house.COUNT,
            [series(_drift(), "{{service}} {{feature}} {{model}} {{prompt}} {{prompt_version}}")],
        ),
    )


def _silent_failures() -> str:
    return f"sum by (agent, type) (increase(llm_silent_failures_total{{{OWNED}}}[1h]))"


def _drift() -> str:
    return f"topk(20, service_feature:llm_drift_score:psi{{{SERVICE}}})"
