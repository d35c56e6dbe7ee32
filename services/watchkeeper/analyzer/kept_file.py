"""What outlives the process in a file of its own: the database library would take a third of the idle memory."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from watchkeeper.errors import StateError
from watchkeeper.metrics.set_aside import set_aside

log = structlog.get_logger()

Kind = TypeVar("Kind")


def read_kept(file: Path | None, kind: type[Kind], nothing: Kind, event: str) -> Kind:
    """What the file has; ``nothing`` where there is none.

    A damaged one is set aside, what it had is forgotten, and ``event`` is the line that says so.
    """
    if file is None:
        return nothing
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except FileNotFoundError:
        return nothing
    except (msgspec.DecodeError, UnicodeDecodeError, OSError) as error:
        log.error(event, error_type=type(error).__name__, file=str(file))  # noqa: TRY400  # it is named
    with suppress(OSError):
        set_aside(file)
    return nothing


def write_kept(file: Path | None, content: object) -> None:
    """Replace the file as a whole: whoever is killed meanwhile leaves the old one or the new one.

    Without a file nothing is kept. Raises: StateError.
    """
    if file is None:
        return
    new = file.with_suffix(".new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as opened:
            opened.write(msgspec.json.encode(content))
            opened.flush()
            os.fsync(opened.fileno())
        new.replace(file)
    except OSError as error:
        raise StateError(f"{file}: {error.strerror}") from error
