"""The exporter's own log files of the local processes, which Promtail reads: lines taken out of them.

Nobody but the log writer may replace the file that it writes to, or lines would be lost: it is asked to begin another
one, which it does as when the file is full, and what it wrote before is written anew without the lines.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone.log_writer import BEGIN_ANOTHER, OLDER

_Holds = Callable[[Mapping[str, Any]], bool]
# The writer looks once a second.
_PATIENCE_SECONDS = 15.0
_POLL_SECONDS = 0.1
_ASIDE = ".forgetting"


def count(log: Path, holds: _Holds) -> int:
    """How many lines of a log and of what came before it are to be taken out."""
    return sum(holds_line(line, holds) for file in _all(log) for line in _lines_of(file))


def take_out(log: Path, holds: _Holds, *, is_written: bool) -> int:
    """Take lines out of a log and of what came before it; return how many. ``is_written`` says that its writer runs.

    Raises: OperationError when the files cannot be written, or the writer does not begin another file.
    """
    try:
        taken = _written_anew(log, holds)
        if any(holds_line(line, holds) for line in _lines_of(log)):
            _begin_another(log, is_written=is_written)
            taken += _written_anew(log, holds)
    except OSError as error:
        raise OperationError(f"{log}: lines cannot be taken out of it: {error.strerror or error}") from error
    return taken


def _begin_another(log: Path, *, is_written: bool) -> None:
    if not is_written:
        log.replace(f"{log}{OLDER}")
        return
    asked = Path(f"{log}{BEGIN_ANOTHER}")
    asked.touch()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while asked.exists():
        if time.monotonic() > deadline:
            asked.unlink(missing_ok=True)
            raise OperationError(f"{log}: its writer does not begin another file; run the command again")
        time.sleep(_POLL_SECONDS)


def _written_anew(log: Path, holds: _Holds) -> int:
    """Write what came before the log anew, where a line must go; also what an interrupted run left aside."""
    older, aside, fresh = Path(f"{log}{OLDER}"), Path(f"{log}{_ASIDE}"), Path(f"{log}{_ASIDE}.new")
    if not aside.exists():
        if not any(holds_line(line, holds) for line in _lines_of(older)):
            return 0
        older.replace(aside)
    kept = taken = 0
    with fresh.open("wb") as file:
        for line in _lines_of(aside):
            is_taken = holds_line(line, holds)
            taken, kept = taken + is_taken, kept + (not is_taken)
            file.write(b"" if is_taken else line)
    # Where the writer has begun another file meanwhile, this one is what it would have removed.
    with suppress(FileExistsError):
        os.link(fresh, older)
    fresh.unlink()
    aside.unlink()
    return taken


def holds_line(line: bytes, holds: _Holds) -> bool:
    """Whether a line is one of them; what is no JSON object names no one."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and holds(fields)


def _all(log: Path) -> tuple[Path, ...]:
    return (Path(f"{log}{_ASIDE}"), Path(f"{log}{OLDER}"), log)


def _lines_of(file: Path) -> Iterator[bytes]:
    with suppress(FileNotFoundError), file.open("rb") as opened:
        yield from opened
