"""Row 4: what a token of one's own costs, by what is paid for and by what worked."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE
from grafana.src.sources import series

TITLE = "What do own tokens cost?"
NO_DATA = "no tokens in the last hour of a service with a price_per_gpu_hour in watchkeeper.yml"

_BUSY = f"service:inference_busy:ratio1h{{{SERVICE}}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "Dollars per million own tokens",
            "Over the last hour, input and output together: by what the GPUs cost, and by the share of it in which "
            "they worked. The first is what a token costs; the second what it would cost if the GPUs were always busy.",
            house.DOLLARS,
            [
                series(
                    f"service:inference_allocated_dollars_per_million_tokens:ratio1h{{{SERVICE}}}",
                    "{{service}} paid for",
                ),
                series(f"service:inference_used_dollars_per_million_tokens:ratio1h{{{SERVICE}}}", "{{service}} used"),
            ],
        ).span(12),
        house.graph(
            "Share of the last hour that GPUs worked",
            "By DCGM where it is scraped, else the share of time in which a server had a request. "
            "GpuIdle fires for GPUs with a price when it stays low for 6 hours.",
            house.RATIO,
            [series(_BUSY, "{{service}}")],
        ).span(12),
    )
