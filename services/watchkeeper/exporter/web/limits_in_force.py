"""Whether watchkeeper.yml is still the file that the exporter read last, at its start or when it was asked to."""

import hashlib
from pathlib import Path

from watchkeeper.metrics.store import MetricStore
from watchkeeper.serving.differences import DifferenceReport

_COMPONENT = "exporter"


class LimitsInForce:
    """Compares the hash of the file with that of what runs; nothing where there is no file."""

    def __init__(self, store: MetricStore, file: Path | None, running_hash: str) -> None:
        self._report = DifferenceReport(store)
        self._file = file
        self._running = running_hash

    def refresh(self) -> None:
        """Read the file again; no sample while it cannot be read."""
        if self._file is None:
            return
        try:
            wanted = hashlib.sha256(self._file.read_bytes()).hexdigest()[:12]
        except OSError:
            self._report.forget(_COMPONENT)
            return
        place = f"{self._file.name} must be {wanted}, runs with {self._running}"
        self._report.report(_COMPONENT, [] if wanted == self._running else [place])
