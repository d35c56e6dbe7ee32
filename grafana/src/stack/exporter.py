"""Row 5: series limit and forwarding of the exporter."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import series

TITLE = "Does the exporter keep up?"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Series limit usage",
            "Share of the exporter's series limit in use. From 80 % on WatchkeeperSeriesNearlyFull "
            'fires; at 100 % new series are counted as "other".',
            house.RATIO,
            [series("watchkeeper_series / watchkeeper_series_limit", "{{instance}}")],
        ),
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
