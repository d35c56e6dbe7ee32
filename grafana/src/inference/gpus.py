"""Row 3: the GPUs, where DCGM's exporter is scraped."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import rows, series

TITLE = "GPUs"
NO_DATA = "no exporter of DCGM is scraped: docs/how-to/watch-inference-servers.md"

_WHICH = "{{instance}} GPU {{gpu}}"
_MEMORY = f"instance_gpu:gpu_memory_used:ratio{{{SERVICE}}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "GPU busy",
            "Share of the time in which each GPU worked. 100 % does not mean that it could not do more at once.",
            house.RATIO,
            [series(f"instance_gpu:gpu_busy:ratio{{{SERVICE}}}", _WHICH)],
        ),
        house.graph(
            "GPU memory used",
            "Of each GPU; inference servers take most of it at their start. Above the dashed line GpuMemoryNearlyFull "
            "fires after 5 minutes.",
            house.RATIO,
            [series(_MEMORY, _WHICH), limit("GpuMemoryNearlyFull", _MEMORY)],
        ),
        house.listing(
            "Last error of each GPU",
            "XID codes as the driver numbers them; GpuErrors fires when a new one comes that is not a program's fault.",
            rows(f"max by (service, instance, gpu) (DCGM_FI_DEV_XID_ERRORS{{{SERVICE}}})"),
            {"gpu": "GPU", "Value": "XID", "service": "service", "instance": "address"},
        ),
    )
