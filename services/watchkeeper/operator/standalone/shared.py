"""Engines of a folder that several machines share: copied into the cache of this one, and from there to the folder.

WATCHKEEPER_SHARED_CACHE names it. Programs of each kind of machine lie apart, as in ``linux-x86_64/loki-3.7.8/loki``.
"""

import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import Engine
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.present import Cache, VersionOf
from watchkeeper.operator.standalone.sources import Provided, Refused, version_of

VARIABLE = "WATCHKEEPER_SHARED_CACHE"


def shared_folder(environ: Mapping[str, str]) -> Path | None:
    """Where programs for machines like this one are shared; None where nothing is."""
    named = environ.get(VARIABLE)
    return Path(named).absolute() / f"{platform.system()}-{platform.machine()}".lower() if named else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Copies an engine from the shared folder, once each of its programs has run here and named its pinned version."""

    folder: Path
    writer: CacheWriter
    version_of: VersionOf = version_of
    origin: ClassVar[str] = "shared cache"

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Copy all programs, or say why not."""
        found = Cache(folder=self.folder)(engine, pin)
        if isinstance(found, Refused):
            return Refused(reason=f"not in the shared cache {self.folder}")
        with self.writer.draft(engine, found.version) as draft:
            for name, path in found.programs.items():
                problem = self._copied(path, draft / name, found.version)
                if problem:
                    (draft / name).unlink(missing_ok=True)
                    return Refused(reason=f"{path} {problem}")
        programs = {one.name: self.writer.place(engine, found.version, one) for one in engine.programs}
        return Provided(version=found.version, programs=programs, origin=self.origin)

    def _copied(self, source: Path, target: Path, wanted: str) -> str:
        """Copy a program and try it; what is wrong with it, empty when nothing is."""
        try:
            shutil.copyfile(source, target)
            target.chmod(0o755)
        except OSError as problem:
            return f"cannot be copied: {problem.strerror}"
        version = self.version_of(target)
        if version == wanted:
            return ""
        return f"says it is {version}" if version else "does not run on this machine"


def share(folder: Path, engine: Engine, provided: Provided, pin: Pin, say: Callable[[str], None]) -> None:
    """Copy a pinned engine out to the shared folder unless it is there; a folder that cannot be written is said."""
    if provided.version not in pin.accepted_versions:
        return
    writer = CacheWriter(folder=folder, variable=VARIABLE)
    places = [writer.place(engine, provided.version, program) for program in engine.programs]
    if all(place.is_file() for place in places):
        return
    try:
        with writer.draft(engine, provided.version) as draft:
            for program in engine.programs:
                shutil.copyfile(provided.programs[program.name], draft / program.name)
    except (EngineError, OSError) as problem:
        say(f"{engine.title} is not shared in {folder}: {problem}")
