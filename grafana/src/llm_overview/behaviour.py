"""Row 9: signals that someone else has to measure: drift, silent failures and canaries."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import OWNED, SERVICE, lower_limit
from grafana.src.sources import series

TITLE = "Drift, silent failures, canaries"
NO_DATA = "not measured in the time shown"

_CANARY = "min by (canary, target) (llm_canary_score)"
_AGE = "time() - max by (canary, target) (last_over_time(llm_canary_last_run_timestamp_seconds[1d]))"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Silent failures",
            "Over the last hour: runs that ended without an error and without their expected result, by agent and "
            "type. 0 is good; LLMSilentFailures fires when they are too many.",
            house.COUNT,
            [
                series(
                    f"topk(10, sum by (agent, type) (increase(llm_silent_failures_total{{{OWNED}}}[1h])))",
                    "{{agent}} {{type}}",
                )
            ],
        )
        .no_value("no silent failure in the last hour, or no agent's runs are seen: spans of frameworks show them")
        .span(6)
        .data_links([links.to_page("Silent failures", links.SILENT_FAILURES, carry=links.OWNER)]),
        house.graph(
            "Drift",
            "Population stability index of each feature against its reference window: 0.1 is a shift, 0.25 a large "
            "one, at which LLMDrift fires. The ten largest.",
            house.COUNT,
            [
                series(
                    f"topk(10, service_feature:llm_drift_score:psi{{{SERVICE}}})",
                    "{{service}} {{feature}}",
                )
            ],
        )
        .no_value("no drift measured in the time shown: the analyzer compares features of at least a day")
        .span(6)
        .data_links([links.to_page("Drift", links.DRIFT, carry=("service",))]),
        *_canaries(),
    )


def _canaries() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Canary scores",
            "Score of each canary, regardless of the filters. 1 is good; below the dashed line LLMCanaryFailing fires.",
            house.RATIO,
            [series(_CANARY, "{{canary}} {{target}}"), lower_limit("LLMCanaryFailing", _CANARY)],
            lowest=True,
        )
        .no_value("no canary ran in the time shown: canaries are in watchkeeper.yml")
        .span(6)
        .data_links([links.to_page("Canaries", links.CANARIES)]),
        house.graph(
            "Time since the last canary run",
            "Time since the last run of each canary, regardless of the filters; LLMCanaryStale fires when one stays "
            "away.",
            house.AGE,
            [series(_AGE, "{{canary}} {{target}}")],
        )
        .no_value("no canary ran in the last day: canaries are in watchkeeper.yml")
        .span(6)
        .data_links([links.to_page("Canaries", links.CANARIES)]),
    )
