"""Row 4: whether logs arrive and are kept."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import series

TITLE = "Log pipeline"

_REQUESTS = "loki_request_duration_seconds_count"
_CLEANED = "loki_boltdb_shipper_compact_tables_operation_last_successful_run_timestamp_seconds"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_promtail(), *_loki())


def _promtail() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Log lines",
            "Lines per second sent by Promtail and received by Loki. They differ briefly only.",
            house.LINES_PER_SECOND,
            [
                series("sum(rate(promtail_sent_entries_total[5m]))", "sent"),
                series("sum(rate(loki_distributor_lines_received_total[5m]))", "received"),
            ],
        ),
        house.graph(
            "Lost log lines",
            "Lines per second dropped by Promtail or discarded by Loki, by reason; none is good.",
            house.LINES_PER_SECOND,
            [
                series("sum by (reason) (rate(promtail_dropped_entries_total[5m])) > 0", "Promtail: {{reason}}"),
                series("sum by (reason) (rate(loki_discarded_samples_total[5m])) > 0", "Loki: {{reason}}"),
            ],
        ),
        house.graph(
            "Promtail lag",
            "Bytes of log files not read yet. Above 10 MB a whole log file of Docker may be lost at the "
            "next rotation, and PromtailFilesNotRead fires.",
            house.BYTES,
            [
                series("sum by (instance) (promtail_file_bytes_total - promtail_read_bytes_total)", "{{instance}}"),
            ],
        ),
    )


def _loki() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Loki 5xx rate",
            "Share of requests that Loki answers with 5xx, by route; above 10 % LokiRequestErrors fires after 10 "
            "minutes.",
            house.RATIO,
            [
                series(
                    f'sum by (route) (rate({_REQUESTS}{{status_code=~"5..",route!="ready"}}[5m])) / '
                    f"(sum by (route) (rate({_REQUESTS}[5m])) > 0)",
                    "{{route}}",
                )
            ],
        ).span(12),
        house.graph(
            "Time since the last compactor run of Loki",
            "Time since the last run of the compactor, which deletes what is older than the retention. It runs every "
            "10 minutes; after 3 hours LokiCompactorStalled fires.",
            house.AGE,
            [series(f"time() - max({_CLEANED} > 0)", "last run")],
        ).span(12),
    )
