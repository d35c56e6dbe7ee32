"""Row 4: why the numbers moved that active alerts are about."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import rows

TITLE = "Why did it move?"
NO_DATA = "nothing to explain: no alert about cost, tokens, latency, errors, quality or reviews is active"

_EXPLAINED = 'max by (alert, service, explanation) (llm_change_explanation_info{service=~"$service"})'
_CAUSES = 'sort_desc(max by (alert, service, cause) (llm_change_cause_ratio{service=~"$service"}))'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.wrapped(
            house.listing(
                "Explanation",
                "One line for each active alert about cost, tokens, latency, errors, quality or reviews: the largest "
                "causes of the change with their shares, and how sure that is. `watchkeeper explain` shows all causes. "
                "An empty list means that no such alert is active, or that the analyzer does not run.",
                rows(_EXPLAINED),
                {"service": "service", "alert": "alert", "explanation": "explanation"},
            ),
            {"service": 150, "alert": 190},
            "explanation",
        ).span(15),
        house.listing(
            "Share of the largest causes",
            "What share of the change each cause has; below zero what held against it. Shares can exceed 100 % then.",
            rows(_CAUSES),
            {"Value": "share", "service": "service", "alert": "alert", "cause": "cause"},
        )
        .unit(house.RATIO)
        .span(9),
    )
