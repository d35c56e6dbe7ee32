"""What is known of Alertmanager, in a file: a file of its own, because the database library would take much memory."""

import os
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from watchkeeper.analyzer.ended.memory import Memory
from watchkeeper.errors import StateError
from watchkeeper.metrics.set_aside import set_aside

log = structlog.get_logger()


def read(file: Path | None) -> Memory:
    """What the file has; nothing without one. A damaged one is set aside, and what it had is forgotten."""
    if file is None:
        return Memory()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        log.error("alerts_forgotten", error_type=type(error).__name__, file=str(file))  # noqa: TRY400  # it is named
    with suppress(OSError):
        set_aside(file)
    return Memory()


def write(file: Path | None, memory: Memory) -> None:
    """Replace the file as a whole: whoever is killed meanwhile leaves one of both. Raises: StateError."""
    if file is None:
        return
    new = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as opened:
            opened.write(msgspec.json.encode(memory))
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        raise StateError(f"{file}: {error.strerror}") from error
