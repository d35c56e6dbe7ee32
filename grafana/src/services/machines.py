"""Row 3: the machines that everything runs on; without node_exporter only the disk of the stack's own data."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import limit
from grafana.src.sources import rows, series

TITLE = "How full are the machines?"

_NEEDS = '"no data" means that no machine runs node_exporter.'
_FREE, _SIZE = "instance_disk:free_bytes:min", "instance_disk:size_bytes:min"
_DISK = "{{instance}} {{disk}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_used(), *_room_left())


def _used() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "How busy are processors?",
            "Share of processor time that is used. Above the dashed line HostCpuSaturated fires after 15 minutes. "
            f"{_NEEDS}",
            house.RATIO,
            [
                series('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m]))', "{{instance}}"),
                limit("HostCpuSaturated"),
            ],
        ),
        house.graph(
            "How much memory is used?",
            f"Share of memory that is used. Above the dashed line HostMemoryNearlyFull fires after 5 minutes. {_NEEDS}",
            house.RATIO,
            [
                series("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "{{instance}}"),
                limit("HostMemoryNearlyFull"),
            ],
        ),
        house.graph(
            "How full are disks?",
            'Share of each disk that is used; "volumes" is the one that the stack\'s own data lies on. '
            "Above the dashed line HostDiskNearlyFull fires after 5 minutes.",
            house.RATIO,
            [series(f"1 - {_FREE} / {_SIZE}", _DISK), limit("HostDiskNearlyFull")],
        ),
    )


def _room_left() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "How much room will be left in a day?",
            "The line of the last six hours, prolonged by a day. Below zero the disk is full by then, and DiskFillsUp "
            "fires when more than half of it is used.",
            house.BYTES,
            [series(f"predict_linear({_FREE}[6h], 86400)", _DISK)],
        ).span(12),
        house.listing(
            "Which disks have the least room?",
            "Free bytes of each disk, the fullest first. What lies in memory or cannot be written is not here.",
            rows(f"sort({_FREE})"),
            {"instance": "machine", "disk": "disk", "Value": "free"},
        )
        .unit(house.BYTES)
        .span(12),
    )
