"""The accepted changes of a process, kept in a file."""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from watchkeeper.analyzer.accepted.change import Accepted, AcceptedChange
from watchkeeper.analyzer.kept_file import read_kept, write_kept
from watchkeeper.errors import StateError

# No reference reaches further back: seven windows of twelve days.
_FORGOTTEN_SECONDS = 90 * 86_400.0
# More than a fleet accepts in three months; a loop that accepts must not fill the disk.
_MOST = 1000


class AcceptedChanges:
    """What was accepted; without a ``file`` it ends with the process. Any thread may ask."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._turn = Lock()
        self._entries: Accepted = read_kept(file, Accepted, (), "accepted_changes_damaged")

    @property
    def is_kept(self) -> bool:
        """Whether it outlives the process."""
        return self._file is not None

    def entries(self) -> Accepted:
        """All of them, the oldest first."""
        return self._entries

    def accept(self, change: AcceptedChange) -> None:
        """Accept a change, in the place of an earlier one of the same series.

        Raises: StateError when it cannot be kept, or when there are too many; nothing is accepted then.
        """
        with self._turn:
            others = [one for one in self._entries if (one.service, one.feature) != (change.service, change.feature)]
            rest = [one for one in others if one.since > change.since - _FORGOTTEN_SECONDS]
            if len(rest) >= _MOST:
                raise StateError(f"{_MOST} changes are accepted already: undo some of them")
            self._keep((*rest, change))

    def undo(self, service: str, feature: str) -> bool:
        """Take back what was accepted of a series; False when nothing was. Raises: StateError."""
        with self._turn:
            rest = [one for one in self._entries if (one.service, one.feature) != (service, feature)]
            if len(rest) == len(self._entries):
                return False
            self._keep(rest)
            return True

    def _keep(self, entries: Sequence[AcceptedChange]) -> None:
        """Write first: what is said to be accepted is so after a restart."""
        write_kept(self._file, entries)
        self._entries = tuple(entries)
