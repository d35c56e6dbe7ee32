"""Row 3: the GPUs, where DCGM's exporter is scraped."""

from collections.abc import Sequence

from grafana.src import house, palette
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
        _last_errors(),
    )


def _last_errors() -> PanelBuilder:
    """A narrow table: the address is as wide as it can be."""
    panel = house.listing(
        "Last error of each GPU",
        "XID codes as the driver numbers them; GpuErrors fires when a new one comes that is not a program's fault.",
        rows(f"sort_desc(max by (service, instance, gpu) (DCGM_FI_DEV_XID_ERRORS{{{SERVICE}}}))"),
        {"gpu": "GPU", "Value": "XID", "instance": "address", "service": "service"},
    )
    panel = house.column_with_meanings(panel, "XID", {"0": house.Meaning("none", palette.NEUTRAL)})
    panel = house.column_with_thresholds(panel, "XID", ((None, palette.NEUTRAL), (1, palette.BAD)))
    return house.with_widths(panel, {"GPU": 55, "XID": 70, "service": 130})
