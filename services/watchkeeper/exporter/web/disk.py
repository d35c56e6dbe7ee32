"""How full the disk is that our state lies on: with Docker, the one that all volumes of the stack share."""

import shutil
from pathlib import Path

from watchkeeper.metrics.store import MetricStore


class DiskGauges:
    """Sets size and free bytes of a folder's disk; nothing where there is no such folder."""

    def __init__(self, store: MetricStore, folder: Path | None) -> None:
        self._free = store.families["watchkeeper_disk_free_bytes"]
        self._size = store.families["watchkeeper_disk_size_bytes"]
        self._folder = folder

    def refresh(self) -> None:
        """Ask the disk; when it does not answer there is no sample, which is not the same as no space."""
        try:
            usage = shutil.disk_usage(self._folder) if self._folder else None
        except OSError:
            usage = None
        if usage is None:
            self._free.drop(())
            self._size.drop(())
            return
        self._free.set((), usage.free)
        self._size.set((), usage.total)
