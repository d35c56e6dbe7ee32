"""backup.json: what a backup holds, so that a restore can distinguish a whole one from half of one."""

import hashlib
from pathlib import Path

import msgspec

from watchkeeper.errors import OperationError

_FILE = "backup.json"


class StoredArchive(msgspec.Struct, frozen=True, kw_only=True):
    """One archive of the backup: whose data, how large, and the hash of its bytes."""

    store: str
    bytes: int
    sha256: str

    @property
    def file_name(self) -> str:
        """Its file beside backup.json."""
        return f"{self.store}.tar"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """When a backup was made, with which images, and its archives."""

    made_at: str
    watchkeeper: str
    images: dict[str, str]
    archives: tuple[StoredArchive, ...]


def describe(file: Path) -> StoredArchive:
    """The archive in a file named after its store."""
    return StoredArchive(store=file.stem, bytes=file.stat().st_size, sha256=_sha256(file))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write backup.json; no one but its owner may read it."""
    file = folder / _FILE
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")


def read_manifest(folder: Path) -> Manifest:
    """What a backup says it holds, with every archive found whole.

    Raises: OperationError when the folder is no backup, or when an archive is missing or was changed.
    """
    try:
        manifest = msgspec.json.decode((folder / _FILE).read_bytes(), type=Manifest)
    except OSError as problem:
        raise OperationError(f"{folder}: must be a backup, got no {_FILE} ({problem.strerror})") from problem
    except msgspec.DecodeError as problem:
        raise OperationError(f"{folder / _FILE}: must be what `make backup` writes, got {problem}") from problem
    problems = [_problem(folder / archive.file_name, archive) for archive in manifest.archives]
    if any(problems):
        raise OperationError("\n".join(problem for problem in problems if problem))
    return manifest


def _problem(file: Path, archive: StoredArchive) -> str:
    if not file.is_file():
        return f"{file}: must be there, backup.json names it"
    if file.stat().st_size != archive.bytes or _sha256(file) != archive.sha256:
        return f"{file}: must be as it was written, got other bytes"
    return ""


def _sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
