"""How far something was read, and what was taken: in the database of notes, so that a restart changes nothing."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256

import msgspec

from watchkeeper.analyzer.notes.notes import Key, Notes

_KIND = "langfuse_scores"
# Scores come up to a quarter of an hour late; of that time, and of the longest outage, ids are known.
KEPT_SECONDS = 2 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """All up to ``read_until`` is read. Of the window up to ``end``, where it is not 0, the page at ``cursor`` is next.

    Times are Unix seconds; ``start`` is where the window began.
    """

    read_until: float
    start: float = 0.0
    end: float = 0.0
    cursor: str = ""


class ProgressNotes:
    """The progress of one project; every call may block, and raises StateError when the database fails."""

    def __init__(self, notes: Notes, project: str) -> None:
        self._notes = notes
        self._project = project
        self._ids = f"langfuse_{sha256(project.encode()).hexdigest()[:16]}"

    def read(self) -> Progress | None:
        """The progress; None before there is any, or when what is noted is of another release."""
        try:
            return msgspec.json.decode(self._notes.read(_KIND, self._project), type=Progress)
        except msgspec.MsgspecError:
            return None

    def known(self, keys: Iterable[str]) -> set[str]:
        """The scores that were taken before."""
        return self._notes.known(self._ids, list(keys))

    def write(self, progress: Progress | None, taken: Iterable[str], now: float) -> None:
        """Note where to go on, where that is known, and what was taken: both or neither."""
        noted: dict[Key, str] = {(self._ids, key): _sortable(now) for key in taken}
        if progress is not None:
            noted[_KIND, self._project] = msgspec.json.encode(asdict(progress)).decode()
        if noted:
            self._notes.write_all(noted)

    def forget(self, now: float) -> None:
        """Forget what was taken long ago."""
        self._notes.forget_below(self._ids, _sortable(now - KEPT_SECONDS))


def _sortable(seconds: float) -> str:
    return f"{max(seconds, 0.0):014.3f}"
