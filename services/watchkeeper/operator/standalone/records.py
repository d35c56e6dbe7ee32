"""What is known of a started process, in .watchkeeper/run/<name>.json, so that a later command finds it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from watchkeeper.operator.standalone.processes import start_mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A started process and its log writer; the fingerprints are the component's when it last took its files.

    ``restarts`` is how often it died and was started again since a command started it.
    """

    name: str
    url: str
    ready_url: str
    pid: int
    mark: str
    writer_pid: int
    writer_mark: str
    fingerprint: str
    log_start: int
    command_fingerprint: str = ""
    restarts: int = 0

    @property
    def is_running(self) -> bool:
        """Whether this very process still runs."""
        return start_mark(self.pid) == self.mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The folder of records; an unreadable one counts as none."""

    folder: Path

    def read(self, name: str) -> Record | None:
        """The record of that name, if there is a whole one."""
        try:
            return Record(**json.loads(self._path(name).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, record: Record) -> None:
        """Keep a record; a reader sees all of it or the one before."""
        draft = self._path(record.name).with_suffix(".draft")
        draft.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
        draft.replace(self._path(record.name))

    def forget(self, name: str) -> None:
        """Drop a record."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
