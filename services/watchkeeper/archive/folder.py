"""Objects as files of a folder, one folder for each day, readable by their owner alone."""

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from watchkeeper.errors import ArchiveError

_UNFINISHED = ".unfinished"
_REASONS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EROFS: "refused",
    errno.EACCES: "refused",
    errno.EPERM: "refused",
    errno.ENOENT: "gone",
    errno.ENOTDIR: "gone",
}


class FolderStore:
    """The objects below ``root``; every method raises ArchiveError, with a reason, when the disk refuses."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def prepare(self) -> None:
        """Make the folder, once: where it is gone later, something was unmounted and nothing must be written below."""
        with _explained(self._root):
            self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, key: str, content: bytes) -> None:
        """Write an object; it is there as a whole or not at all."""
        path = self._root / key
        unfinished = path.with_name(path.name + _UNFINISHED)
        with _explained(self._root):
            path.parent.mkdir(mode=0o700, exist_ok=True)
            try:
                with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(content)
                unfinished.replace(path)
            except OSError:
                unfinished.unlink(missing_ok=True)
                raise

    def get(self, key: str) -> bytes:
        """The bytes of an object."""
        with _explained(self._root / key):
            return (self._root / key).read_bytes()

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects, those too that were only begun."""
        with _explained(self._root):
            for key in keys:
                path = self._root / key
                path.unlink(missing_ok=True)
                path.with_name(path.name + _UNFINISHED).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Every object, begun ones by the name they would have had."""
        with _explained(self._root):
            for folder in sorted(self._root.iterdir()):
                for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                    yield f"{folder.name}/{path.name.removesuffix(_UNFINISHED)}"

    def remove_before(self, day: str) -> None:
        """Remove the days before one."""
        with _explained(self._root):
            for folder in self._root.iterdir():
                if len(folder.name) == len(day) and folder.name < day:
                    shutil.rmtree(folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "unavailable")
        raise ArchiveError(reason, f"{path}: {error.strerror or error}") from error
