"""`watchkeeper secrets`: gives each secret the owner and mode with which its reader, and no one else, gets at it.

Compose mounts files with the owner and the mode that they have on this machine, whatever its file says.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import OperationError
from watchkeeper.operator.doctor.secret_files import ALERTMANAGER_UID, files_below

_FOLDER_MODE = 0o755
_PROJECT_MODE = 0o700
_FOR_ITS_READER = 0o400
_FOR_ALL = 0o644


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """A folder of secrets and the user id that reads its files in a container. Source: docker-compose.yml."""

    folder: str
    uid: int


READERS = (
    Readers(folder="", uid=ALERTMANAGER_UID),
    Readers(folder="archive", uid=10001),
    Readers(folder="audit", uid=10001),
    Readers(folder="bills", uid=10001),
    Readers(folder="caddy", uid=0),
    Readers(folder="forward", uid=10001),
    Readers(folder="langfuse", uid=10001),
    Readers(folder="models", uid=10001),
    Readers(folder="webhooks", uid=10001),
)


def give_access(root: Path, *, is_root: bool) -> Iterator[str]:
    """Set owners and modes below ``root``/secrets, and yield a sentence for each thing that was changed.

    Root hands each file to its reader. Anyone else cannot, so the files are readable for all and the
    project's folder, through which containers do not go, is shut to others.
    Raises: OperationError when a file belongs to someone else.
    """
    try:
        for reader in READERS:
            folder = root / "secrets" / reader.folder
            folder.mkdir(parents=True, exist_ok=True)
            yield from _set_mode(folder, _FOLDER_MODE)
            for file in files_below(folder):
                yield from _give(file, reader.uid, is_root=is_root)
        if not is_root:
            yield from _set_mode(root, _PROJECT_MODE)
    except PermissionError as problem:
        raise OperationError(f"{problem.filename}: must be yours, run this as its owner or as root") from problem


def _give(file: Path, uid: int, *, is_root: bool) -> Iterator[str]:
    if not is_root:
        yield from _set_mode(file, _FOR_ALL)
        return
    if file.stat().st_uid != uid:
        os.chown(file, uid, -1)
        yield f"{file}: belongs to uid {uid} now"
    yield from _set_mode(file, _FOR_ITS_READER)


def _set_mode(path: Path, mode: int) -> Iterator[str]:
    if path.stat().st_mode & 0o777 != mode:
        path.chmod(mode)
        yield f"{path}: mode {mode:o} now"
