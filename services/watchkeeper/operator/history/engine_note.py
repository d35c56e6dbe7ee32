"""Which engine works in a folder, noted there: a run that is killed leaves it running, and the next one ends it."""

from pathlib import Path

from watchkeeper.operator.standalone.processes import end, start_mark

_NOTE = "engine.pid"
# What it has is thrown away with the folder.
_STOP_SECONDS = 5.0


def note_engine(folder: Path, pid: int) -> None:
    """Note the process that works in a folder."""
    (folder / _NOTE).write_text(f"{pid} {start_mark(pid) or ''}", encoding="utf-8")


def end_engines(folder: Path) -> None:
    """End what was noted in a folder or below it and still runs."""
    for note in folder.rglob(_NOTE):
        pid, _, mark = note.read_text(encoding="utf-8").partition(" ")
        # Killed while it wrote this, it noted no number, or none that belongs to a process.
        if pid.isdecimal() and mark:
            end(int(pid), mark, deadline_seconds=_STOP_SECONDS)
