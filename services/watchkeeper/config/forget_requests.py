"""Whose use of ceilings and quotas is to be forgotten: files in the exporter's state directory, and its answers.

Only whoever may write there can ask: an agent that has reached its ceiling must not be able to have it forgotten. A
request stays until an exporter has done it, over restarts too.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

_FOLDER = "forget"
# A thousand ids, each as long as an id may be.
_MOST_BYTES = 1024 * 1024
# Whoever waits for an answer waits a quarter of that.
_LONGEST_SECONDS = 60.0


class ForgetUsed(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes of users, ids of sessions and ids of traces; with a ``tenant`` only what is counted for it."""

    users: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    tenant: str = ""


def ask(state_dir: Path, request: ForgetUsed) -> Path:
    """Leave a request; the file that it is. Raises: OSError where it cannot be written."""
    folder = state_dir / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _clear(folder)
    name = secrets.token_hex(8)
    unfinished = folder / f"{name}.new"
    unfinished.write_bytes(msgspec.json.encode(request))
    unfinished.chmod(0o600)
    return unfinished.rename(folder / f"{name}.json")


def answer_to(request: Path) -> int | None:
    """How many sums an exporter took away, told once; None as long as it has not. Raises: OSError."""
    answer = request.with_suffix(".done")
    try:
        count = int(answer.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
    answer.unlink(missing_ok=True)
    return count


def requests_in(state_dir: Path) -> Iterator[tuple[Path, ForgetUsed | None]]:
    """Yield what waits, in no order; None for what is no request. Raises: OSError where it cannot be read."""
    for file in sorted((state_dir / _FOLDER).glob("*.json")):
        yield file, _read(file)


def finish(request: Path, count: int) -> None:
    """Answer a request that was done; it waits no longer. Raises: OSError where that cannot be written."""
    unfinished = request.with_suffix(".new")
    unfinished.write_text(str(count), encoding="ascii")
    unfinished.replace(request.with_suffix(".done"))
    request.unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Remove answers that no one waited for, and what a crash left half written."""
    for file in (*folder.glob("*.done"), *folder.glob("*.new")):
        with suppress(FileNotFoundError):  # another command does the same
            if file.stat().st_mtime < time.time() - _LONGEST_SECONDS:
                file.unlink()


def _read(file: Path) -> ForgetUsed | None:
    if file.stat().st_size > _MOST_BYTES:
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=ForgetUsed)
    except msgspec.DecodeError:
        return None
