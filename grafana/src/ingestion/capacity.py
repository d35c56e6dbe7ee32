"""Row 2: capacity for series, and requests for other backends."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import over_range, ten_and_others
from grafana.src.sources import instant, series

TITLE = "Is there capacity?"
NO_DATA = "none in the time shown, or the exporter does not answer: see The stack itself"

_LESS_DETAIL = 'watchkeeper_label_overflow_total{reason="series_limit"}'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_series(), *_forwarding(), *_stored())


def _series() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Series limit usage",
            "Share of the exporter's series limit in use. A service that would take more than it leaves for others "
            "loses detail before the limit is reached, and WatchkeeperSeriesFull fires.",
            house.RATIO,
            [series("watchkeeper_series / watchkeeper_series_limit", "{{instance}}")],
        ),
        house.ranking(
            "Samples by service",
            "Samples of a scrape by service, each bucket counted.",
            house.COUNT,
            instant("topk(6, sum by (service) (watchkeeper_service_series))", "{{service}}"),
        ),
        house.stacked_graph(
            "Detail lost at the series limit",
            "Series in an hour that were counted with less detail, by service and label: the ten with most, and the "
            "rest. None is good.",
            house.COUNT,
            ten_and_others(
                "service, label",
                f"sum by (service, label) (increase({_LESS_DETAIL}[1h])) > 0",
                over_range("increase", _LESS_DETAIL),
                "{{service}}: {{label}}",
            ),
        ),
        house.stacked_graph(
            "Ended series",
            "Series in a day that ended because nothing was counted in them for limits.idle_seconds, by metric: the "
            "ten with most, and the rest.",
            house.COUNT,
            ten_and_others(
                "metric",
                "sum by (metric) (increase(watchkeeper_series_ended_total[1d])) > 0",
                over_range("increase", "watchkeeper_series_ended_total"),
                "{{metric}}",
            ),
        ),
    )


def _forwarding() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Failed forwarding to other backends",
            "Requests in 15 minutes that were not delivered, by destination and reason; none is good.",
            house.COUNT,
            [
                series(
                    "sum by (destination, reason) (increase(watchkeeper_forward_dropped_total[15m])) > 0",
                    "{{destination}}: {{reason}}",
                )
            ],
        ),
        house.graph(
            "Forwarding queue",
            "Bytes of requests that wait for another backend. A queue that only grows is a backend that does not "
            "answer.",
            house.BYTES,
            [series("sum by (destination) (watchkeeper_forward_queue_bytes)", "{{destination}}")],
        ),
    )


def _stored() -> Sequence[PanelBuilder]:
    audited = "increase(watchkeeper_forward_audited_total{}[1h])"
    missing = audited.format('{outcome="missing"}')
    asked = audited.format('{outcome=~"found|missing"}')
    return (
        house.graph(
            "Missing at other backends",
            "Share of the samples of an hour that a backend acknowledged and does not have, by destination. Above 5 %, "
            "and as much in six hours, WatchkeeperForwardNotStored fires. What could not be asked for is not in it.",
            house.RATIO,
            [
                series(
                    f"(sum by (destination, signal) ({missing}) or 0 * sum by (destination, signal) ({asked})) "
                    f"/ sum by (destination, signal) ({asked})",
                    "{{destination}}: {{signal}}",
                )
            ],
        ).span(12),
        house.graph(
            "Samples looked for at other backends",
            "Samples in an hour that a backend was asked for, by what became of them: found, missing, or the error for "
            "which that is not known. What became of telemetry at a backend that is not asked is never known.",
            house.COUNT,
            [
                series(
                    f"sum by (destination, outcome) ({audited.format('')}) > 0",
                    "{{destination}}: {{outcome}}",
                ),
                series(
                    '0 * max by (destination) (watchkeeper_forward_audit_info{api="none"})',
                    "{{destination}}: not asked",
                ),
            ],
        ).span(12),
    )
