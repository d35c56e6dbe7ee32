"""Row 3: hosts; without node_exporter only the disk of the stack's own data."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import limit
from grafana.src.sources import rows, series

TITLE = "Hosts"
NO_DATA = "no machine runs node_exporter: docs/how-to/scrape-a-service.md"

_FREE, _SIZE = "instance_disk:free_bytes:min", "instance_disk:size_bytes:min"
_DISK = "{{instance}} {{disk}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_used(), *_room_left())


_CPU = '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))'
_MEMORY = "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"
_DISK_USED = f"1 - {_FREE} / {_SIZE}"


def _used() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "CPU usage",
            "Share of CPU time in use. Above the dashed line HostCpuSaturated fires after 15 minutes.",
            house.RATIO,
            [
                series(_CPU, "{{instance}}"),
                limit("HostCpuSaturated", _CPU),
            ],
        ),
        house.graph(
            "Memory usage",
            "Share of memory in use. Above the dashed line HostMemoryNearlyFull fires after 5 minutes.",
            house.RATIO,
            [
                series(_MEMORY, "{{instance}}"),
                limit("HostMemoryNearlyFull", _MEMORY),
            ],
        ),
        house.graph(
            "Disk usage",
            'Share of each disk in use; "volumes" is the one with the stack\'s own data. '
            "Above the dashed line HostDiskNearlyFull fires after 5 minutes.",
            house.RATIO,
            [series(_DISK_USED, _DISK), limit("HostDiskNearlyFull", _DISK_USED)],
        ),
    )


def _room_left() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Free disk space in a day (forecast)",
            "Linear extrapolation of the last six hours by a day. At zero the disk is full by then, and DiskFillsUp "
            "fires when more than half of it is used.",
            house.BYTES,
            [series(f"clamp_min(predict_linear({_FREE}[6h], 86400), 0) and {_FREE} offset 1h", _DISK)],
            lowest=True,
        )
        .no_value("no disk has been measured for an hour: before that a forecast is a guess")
        .span(12),
        house.listing(
            "Disks with the least free space",
            "Free bytes of each disk, the fullest first. In-memory and read-only file systems are not listed.",
            rows(f"sort({_FREE})"),
            {"instance": "host", "Value": "free", "disk": "disk"},
        )
        .unit(house.BYTES)
        .span(12),
    )
