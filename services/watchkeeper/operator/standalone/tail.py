"""The logs of the local processes for a person: the last lines of each, and what comes after."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import EngineError

_LAST_LINES = 40
_LOOK_BACK_BYTES = 65536
_POLL_SECONDS = 0.3


def choose_logs(folder: Path, component: str | None) -> list[Path]:
    """The log files to show; raises EngineError when there is none of that name."""
    logs = sorted(folder.glob("*.log"))
    chosen = [log for log in logs if component in (None, log.stem)]
    if not chosen:
        names = ", ".join(log.stem for log in logs)
        raise EngineError(
            f"There is no log of {component}; there are: {names}."
            if names
            else f"There are no logs in {folder}: start the bundle first."
        )
    return chosen


def last_lines(log: Path, count: int = _LAST_LINES) -> list[str]:
    """The end of a log file."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LOOK_BACK_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]


def labelled(log: Path, lines: Sequence[str], width: int) -> Iterator[str]:
    """Lines with the component's name in front, as Docker Compose shows them."""
    return (f"{log.stem:<{width}} | {line}" for line in lines)


def follow_logs(logs: Sequence[Path]) -> Iterator[tuple[Path, list[str]]]:
    """New lines of all files, forever; a file that was rotated is read on from its successor."""
    followers = [Follower.at_end(log) for log in logs]
    while True:
        for follower in followers:
            lines = follower.new_lines()
            if lines:
                yield follower.log, lines
        time.sleep(_POLL_SECONDS)


@dataclass(slots=True)
class Follower:
    """How far one log file was read; owned by whoever follows it."""

    log: Path
    inode: int
    offset: int
    rest: bytes = b""

    @classmethod
    def at_end(cls, log: Path) -> "Follower":
        """A follower of what is written from now on."""
        stat = log.stat()
        return cls(log=log, inode=stat.st_ino, offset=stat.st_size)

    def new_lines(self) -> list[str]:
        """Whole lines since the last call."""
        stat = self.log.stat()
        if stat.st_ino != self.inode:
            self.inode, self.offset = stat.st_ino, 0
        with self.log.open("rb") as file:
            file.seek(self.offset)
            chunk = file.read()
        self.offset += len(chunk)
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        return [line.decode("utf-8", "replace") for line in lines]
