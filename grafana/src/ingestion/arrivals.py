"""Row 1: what arrived, and what was lost on the way."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import part_or_zero
from grafana.src.sources import instant, lines, series

TITLE = "Does it arrive?"
NO_DATA = "no telemetry arrived in the time shown: docs/how-to/connect-an-app.md"

_ARRIVED = "sum(increase(watchkeeper_ingest_records_total[$__range] anchored))"

# As WatchkeeperIngestDropped leaves out.
_ON_PURPOSE = (
    "not_genai|of_no_interest|log_of_no_interest|told_twice|repeated_.+"
    "|attribute_(user|session|conversation|trace|request|response|message|url)"
)


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_graphs(), *_lists())


def _numbers() -> Sequence[PanelBuilder]:
    return (*_losses(), *_delays())


def _losses() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Received",
            "Facts that arrived in the time shown, of all services and teams.",
            house.COUNT,
            instant(_ARRIVED),
        ),
        house.wanted_zero(
            "Rejected",
            "Records, or parts of them, that failed validation; 0 is good. Reasons are below.",
            house.COUNT,
            instant(_lost("watchkeeper_ingest_rejected_total")),
        ),
        house.wanted_zero(
            "Dropped",
            "Records that were accepted and then lost; 0 is good. What is left out on purpose does not count: "
            "irrelevant telemetry, duplicates, ids on metrics. Reasons are below.",
            house.COUNT,
            instant(_lost(f'watchkeeper_ingest_dropped_total{{reason!~"{_ON_PURPOSE}"}}')),
        ),
        house.wanted_zero(
            "Lost labels",
            'Values that were counted as "other" because their label is full; 0 is good. '
            "The bars below show which label. Log lines keep the value.",
            house.COUNT,
            instant(_lost("watchkeeper_label_overflow_total")),
        ),
    )


def _delays() -> Sequence[PanelBuilder]:
    return (
        house.number_with_thresholds(
            "Age",
            "How old the newest record was when it arrived. Seconds are normal: clients send in batches. "
            "Minutes mean a wrong clock or a client with a backlog.",
            house.SECONDS,
            instant("max(watchkeeper_ingest_lag_seconds)"),
            attention=60,
            bad=600,
        ),
        house.number(
            "Samples",
            "Samples of a scrape that the exporter's own series take, each bucket counted.",
            house.COUNT,
            instant("sum(watchkeeper_series)"),
        ),
    )


def _graphs() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Ingest requests",
            "Ingest requests per second, by route and outcome. Outcomes other than accepted need attention.",
            house.REQUESTS_PER_SECOND,
            [
                series(
                    f"sum by (route, outcome) ({_rate('watchkeeper_ingest_requests_total')})", "{{route}} {{outcome}}"
                )
            ],
        ),
        house.stacked_graph(
            "Rejected and dropped records",
            "Records rejected or dropped per second, by reason.",
            house.PER_SECOND,
            [
                series(f"sum by (reason) ({_rate('watchkeeper_ingest_rejected_total')})", "rejected: {{reason}}"),
                series(f"sum by (reason) ({_rate('watchkeeper_ingest_dropped_total')})", "dropped: {{reason}}"),
            ],
        ).no_value("nothing was rejected or dropped in the time shown, or nothing arrived"),
        house.ranking(
            "Which labels are nearly full?",
            "How much of its limit each label uses, for the service that has most values of it. At 100 % new values "
            'are counted as "other", of prompt versions the longest unused as "older"; '
            "raise limits.label_values in watchkeeper.yml, or find the source of made-up values.",
            house.RATIO,
            instant(
                "topk(6, max by (label) (watchkeeper_label_values / on (instance, label) group_left () "
                "watchkeeper_label_limit))",
                "{{label}}",
            ),
        ).max(1),
    )


def _lists() -> Sequence[PanelBuilder]:
    shown = (
        '| json reason="reason", signal="signal", path="path", problem="problem" '
        "| line_format `{{.level}} {{.event}} {{.signal}} {{.path}} {{.reason}} {{.problem}}`"
    )
    return (
        house.log_lines(
            "Warnings and errors of the exporter",
            "Log lines of level warning or error, the newest first. None is good. Open a line for its fields.",
            lines(f'{{service="watchkeeper", level=~"warning|error", event!~"alert_fired|alert_resolved"}} {shown}'),
        )
        .no_value("no warning or error in the time shown")
        .height(8),
    )


def _rate(metric: str) -> str:
    return f"rate({metric}[$__rate_interval])"


def _lost(metric: str) -> str:
    return part_or_zero(f"sum(increase({metric}[$__range] anchored))", _ARRIVED)
