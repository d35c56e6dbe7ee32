"""Row 8: health of the monitoring pipeline."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import part_or_zero
from grafana.src.sources import instant, lines, rows, series

TITLE = "Can these metrics be trusted?"

_ARRIVED = "sum(increase(watchkeeper_ingest_records_total[$__range] anchored))"
# Alertmanager sends the Watchdog to the exporter about once a minute: three were missed.
_WATCHDOG_LATE_SECONDS = 180
_EVERYTHING = "It counts all services and teams."


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_graphs(), *_lists())


def _numbers() -> Sequence[PanelBuilder]:
    return (*_losses(), *_delays())


def _losses() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Records received", f"Facts that arrived in the time shown. {_EVERYTHING}", house.COUNT, instant(_ARRIVED)
        ),
        house.wanted_zero(
            "Records rejected",
            f"Records, or parts of them, that failed validation; 0 is good. Reasons are below. {_EVERYTHING}",
            house.COUNT,
            instant(_lost("watchkeeper_ingest_rejected_total")),
        ),
        house.wanted_zero(
            "Records dropped",
            f"Records that were accepted and then left out; 0 is good. Reasons are below. {_EVERYTHING}",
            house.COUNT,
            instant(_lost("watchkeeper_ingest_dropped_total")),
        ),
        house.wanted_zero(
            "Label values counted as other",
            'Values that were counted as "other" because their label is full; 0 is good. '
            "The bars below show which label. Log lines keep the value.",
            house.COUNT,
            instant(_lost("watchkeeper_label_overflow_total")),
        ),
    )


def _delays() -> Sequence[PanelBuilder]:
    return (
        house.number_with_thresholds(
            "Age of telemetry on arrival",
            "How old the newest record was when it arrived. Seconds are normal: clients send in batches. "
            "Minutes mean a wrong clock or a client with a backlog.",
            house.SECONDS,
            instant("max(watchkeeper_ingest_lag_seconds)"),
            attention=60,
            bad=600,
        ),
        house.number_with_thresholds(
            "Last Watchdog",
            "Time since the alert that always fires last reached the exporter through Prometheus and Alertmanager. "
            '"no data" means never since the exporter started: alerts may not be delivered.',
            house.SECONDS,
            instant("time() - max(watchkeeper_watchdog_last_seen_timestamp_seconds > 0)"),
            attention=_WATCHDOG_LATE_SECONDS,
            bad=2 * _WATCHDOG_LATE_SECONDS,
        ),
    )


def _graphs() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Ingest requests",
            "Ingest requests per second, by route and outcome. Outcomes other than accepted need attention. "
            f"{_EVERYTHING}",
            house.REQUESTS_PER_SECOND,
            [
                series(
                    f"sum by (route, outcome) ({_rate('watchkeeper_ingest_requests_total')})", "{{route}} {{outcome}}"
                )
            ],
        ),
        house.stacked_graph(
            "Rejected and dropped records",
            f'Records rejected or dropped per second, by reason. "no data" means none, or no telemetry. {_EVERYTHING}',
            house.PER_SECOND,
            [
                series(f"sum by (reason) ({_rate('watchkeeper_ingest_rejected_total')})", "rejected: {{reason}}"),
                series(f"sum by (reason) ({_rate('watchkeeper_ingest_dropped_total')})", "dropped: {{reason}}"),
            ],
        ),
        house.ranking(
            "Which labels are nearly full?",
            "How much of its limit each label uses, for the service that has most values of it. At 100 % new values "
            'are counted as "other", of prompt versions the longest unused as "older"; '
            "raise limits.label_values in watchkeeper.yml, or find the source of made-up values.",
            house.RATIO,
            instant(
                "topk(10, max by (label) (watchkeeper_label_values / on (instance, label) group_left () "
                "watchkeeper_label_limit))",
                "{{label}}",
            ),
        ).max(1),
    )


def _lists() -> Sequence[PanelBuilder]:
    return (
        house.listing(
            "Targets down",
            'Prometheus cannot scrape them. "no data" is good only while "Targets down" at the top shows 0.',
            rows("max by (job, instance, service) (up) == 0"),
            {"job": "job", "instance": "address", "service": "service"},
        ),
        house.listing(
            "Receivers not configured",
            "Their secret is missing, so they send no notifications; docs/how-to shows how to connect them. "
            '"no data" means that all are configured, or that the exporter does not answer.',
            rows("max by (receiver, integration) (watchkeeper_receiver_configured) == 0"),
            {"receiver": "receiver", "integration": "integration"},
        ),
        house.log_lines(
            "Warnings and errors of the exporter",
            "Log lines of level warning or error, the newest first. None is good.",
            lines('{service="watchkeeper", level=~"warning|error", event!~"alert_fired|alert_resolved"}'),
        )
        .height(8)
        .span(8),
    )


def _rate(metric: str) -> str:
    return f"rate({metric}[$__rate_interval])"


def _lost(metric: str) -> str:
    return part_or_zero(f"sum(increase({metric}[$__range] anchored))", _ARRIVED)
