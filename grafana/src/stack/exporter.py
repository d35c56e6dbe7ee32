"""Row 5: whether the exporter has room and gets rid of what it should pass on."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.sources import series

TITLE = "Does the exporter keep up?"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "How full is it?",
            "Share of the samples that a scrape of the exporter may show. From 80 % on WatchkeeperSeriesNearlyFull "
            'fires; at 100 % what is new counts as "other".',
            house.RATIO,
            [series("watchkeeper_series / watchkeeper_series_limit", "{{instance}}")],
        ),
        house.graph(
            "What is not delivered to other backends?",
            "Requests in 15 minutes that were not passed on, by destination and reason; none is good.",
            house.COUNT,
            [
                series(
                    "sum by (destination, reason) (increase(watchkeeper_forward_dropped_total[15m])) > 0",
                    "{{destination}}: {{reason}}",
                )
            ],
        ),
        house.graph(
            "How much waits for them?",
            "Bytes of requests that wait for another backend. A queue that only grows is a backend that does not "
            "answer.",
            house.BYTES,
            [series("sum by (destination) (watchkeeper_forward_queue_bytes)", "{{destination}}")],
        ),
    )
