"""The archive that watchkeeper.yml names: where its objects are, and how they are sealed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from watchkeeper.archive.folder import FolderStore
from watchkeeper.archive.names import parse
from watchkeeper.archive.sealing import Sealer, read_secret
from watchkeeper.config.archive import Archive
from watchkeeper.config.headers import read_header_file
from watchkeeper.errors import ArchiveError, ConfigError

_ID, _SECRET = "Access-Key-Id", "Secret-Access-Key"


class Store(Protocol):
    """A folder or a bucket; every method raises ArchiveError when it does not do its work."""

    def prepare(self) -> None:
        """Make what must be there."""

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""

    def get(self, key: str) -> bytes:
        """The bytes of an object."""

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects."""

    def keys(self) -> Iterator[str]:
        """Every object."""

    def remove_before(self, day: str) -> None:
        """Remove the days before one."""


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """Texts by their keys."""

    store: Store
    sealer: Sealer

    def put(self, key: str, text: str) -> None:
        """Seal and store a text. Raises: ArchiveError."""
        self.store.put(key, self.sealer.seal(key, text))

    def text(self, key: str) -> str:
        """A text, which is what was stored. Raises: ArchiveError when it is not there, or was changed."""
        if parse(key) is None:
            raise ArchiveError("gone", "this is no name of an archived text")
        return self.sealer.open(key, self.store.get(key))


def open_archive(section: Archive, folder: Path) -> OpenArchive | None:
    """The archive, whose relative paths begin at ``folder``; None where none is named. Nothing is asked of it yet.

    Raises: ConfigError when a file of a key cannot be used.
    """
    if not section.to:
        return None
    secret = read_secret(folder / section.key_file) if section.key_file else None
    if not section.is_bucket:
        return OpenArchive(FolderStore(folder / section.to), Sealer(secret))
    # It takes 100 ms to load, and only buckets need it.
    from watchkeeper.archive.bucket import BucketStore, Place

    keys = _keys(section, folder)
    parts = urlsplit(section.to)
    place = Place(
        bucket=parts.netloc,
        prefix=parts.path.strip("/"),
        endpoint=section.endpoint or "",
        region=section.region,
        access_key_id=keys.get(_ID, ""),
        secret_access_key=keys.get(_SECRET, ""),
    )
    return OpenArchive(BucketStore(place), Sealer(secret))


def _keys(section: Archive, folder: Path) -> dict[str, str]:
    if section.credentials_file is None:
        return {}
    problems: list[str] = []
    keys = read_header_file(section.credentials_file, folder, "archive.credentials_file", problems)
    if not problems and set(keys) != {_ID, _SECRET}:
        problems.append(f"archive.credentials_file must have the lines {_ID}: … and {_SECRET}: …")
    if problems:
        raise ConfigError(problems)
    return keys
