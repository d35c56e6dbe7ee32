"""A past in a Prometheus of its own: samples in, the recording rules over them, and blocks out."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from watchkeeper.config.thresholds import ALERT_LIMITS
from watchkeeper.errors import EngineError
from watchkeeper.operator.history.recorder import Recorder, Recording, spans
from watchkeeper.operator.history.store import Array, Labels, Store

# Prometheus takes a folder with this end for none of its blocks.
UNFINISHED = ".tmp-for-creation"

Series = Sequence[tuple[Labels, Array]]


def limits(services: Iterable[str], steps: int) -> Series:
    """The limits of alerts as they are shipped, as the exporter shows them for each service."""
    own = [(limit, {"service": service}) for service in services for limit in ALERT_LIMITS if limit.is_per_service]
    common = [(limit, dict[str, str]()) for limit in ALERT_LIMITS if not limit.is_per_service]
    return [
        ({"__name__": "llm_alert_threshold", "alert": limit.alert, **labels}, np.full(steps, limit.default))
        for limit, labels in (*own, *common)
        if limit.default is not None
    ]


def write_past(store: Store, series: Series, rules: Sequence[Recording], steps: int, piece: int) -> Iterator[int]:
    """Write series of so many steps and what the rules record of them, piece by piece; yields the steps written."""
    recorder = Recorder(list(rules))
    for first, last in spans(steps, piece):
        at = np.arange(first, last + 1)
        store.write((labels, at, values[first : last + 1]) for labels, values in series)
        recorder.record(store, first, last)
        yield last + 1


def make_blocks(store: Store, data: Path) -> Path:
    """Make blocks of everything that the store has; the folder that they are in."""
    answer = store.client.post(f"{store.url}/api/v1/admin/tsdb/snapshot")
    if answer.is_error:
        raise EngineError(f"Prometheus makes no snapshot: {answer.text}")
    return data / "snapshots" / str(answer.json()["data"]["name"])


def blocks_of(folder: Path) -> list[str]:
    """The names of the blocks in a folder."""
    return [path.name for path in folder.iterdir() if (path / "meta.json").is_file()]


def give_blocks(names: Iterable[str], folder: Path, to: Path) -> None:
    """Copy blocks into a folder of blocks; each becomes visible whole or not at all: it gets its name at the end."""
    to.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copytree(folder / name, to / f"{name}{UNFINISHED}")
        (to / f"{name}{UNFINISHED}").rename(to / name)
