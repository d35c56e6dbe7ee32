"""Writing into the cache of engines so that a reader never sees half an engine, and only one process builds."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.catalogue import Engine, Program


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheWriter:
    """Drafts are complete or absent: a draft folder is renamed into place, or removed.

    ``variable`` is what names the folder.
    """

    folder: Path
    variable: str = "WATCHKEEPER_CACHE"

    def place(self, engine: Engine, version: str, program: Program) -> Path:
        """Where a cached program lies."""
        return self.folder / f"{engine.name}-{version}" / program.name

    @contextmanager
    def draft(self, engine: Engine, version: str) -> Iterator[Path]:
        """A folder to fill; it becomes the cached engine only if every program is in it at the end."""
        draft = Path(tempfile.mkdtemp(prefix=f".{engine.name}-", dir=self._existing()))
        try:
            yield draft
            if all((draft / program.name).is_file() for program in engine.programs):
                self._install(draft, self.folder / f"{engine.name}-{version}")
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def locked(self, engine: Engine, *, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the engine's lock; ``on_wait`` is called once when another process holds it."""
        with (self._existing() / f".{engine.name}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _existing(self) -> Path:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise EngineError(
                f"The cache {self.folder} cannot be written ({problem.strerror}): "
                f"name a writable folder in {self.variable}."
            ) from problem
        return self.folder

    @staticmethod
    def _install(draft: Path, final: Path) -> None:
        for program in draft.iterdir():
            program.chmod(0o755)
        draft.chmod(0o755)
        # Something incomplete may be there; a folder is renamed only onto nothing.
        shutil.rmtree(final, ignore_errors=True)
        draft.replace(final)
