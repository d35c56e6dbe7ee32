"""Row 3: whether answers got worse meanwhile, and what was changed."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.drift.filters import SERVICE
from grafana.src.house import PanelBuilder
from grafana.src.sources import rows, series

TITLE = "Did answers get worse, and what was changed?"
NO_DATA = "none in the time shown: docs/reference/events.md has the events score and deployment"

_REQUESTS = f'service_version:llm_requests:increase1h{{{SERVICE}, prompt_version!=""}}'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_scores_and_deployments(), *_versions_and_accepted())


def _scores_and_deployments() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Scores",
            "Mean of each score over the last six hours, and over the seven days before. The severity of LLMDrift "
            "comes from drift and from scores together.",
            house.COUNT,
            [
                series(f"service_score:llm_score:avg6h{{{SERVICE}}}", "{{service}} {{score}}"),
                series(f"service_score:llm_score:avg7d{{{SERVICE}}}", "{{service}} {{score}}, 7 days before"),
            ],
            lowest=True,
        ),
        house.with_widths(
            house.listing(
                "Deployments in the last six hours",
                "Changes that applications announced; docs/how-to/record-a-deployment.md shows how.",
                rows(f"round(sum by (service, kind) (increase(llm_deployments_total{{{SERVICE}}}[6h]))) > 0"),
                {"kind": "kind", "Value": "changes", "service": "service"},
            ),
            {"kind": 90, "changes": 100},
        ),
    )


def _versions_and_accepted() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Prompt versions first seen in the last six hours",
            "Versions with calls in the last six hours and none in the week before.",
            rows(
                f"count by (service, prompt, prompt_version) (last_over_time({_REQUESTS}[6h])) unless "
                f"count by (service, prompt, prompt_version) (last_over_time({_REQUESTS}[6d] offset 6h))"
            ),
            {"service": "service", "prompt": "prompt", "prompt_version": "version"},
        ),
        house.listing(
            "Accepted changes",
            "Changes that people called intended by `watchkeeper drift accept`: what was before is no reference any "
            "more. `watchkeeper drift undo` takes one back.",
            rows(f"time() - max by (service, feature) (llm_drift_accepted_timestamp_seconds{{{SERVICE}}})"),
            {"feature": "feature", "Value": "ago", "service": "service"},
        )
        .unit(house.SECONDS)
        .no_value("no change is accepted")
        .span(24)
        .height(5),
    )
