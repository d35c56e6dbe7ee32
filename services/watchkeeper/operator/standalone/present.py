"""Engines that are on the machine already: in the cache, on PATH, or on PATH at another version."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from watchkeeper.operator.standalone.catalogue import Engine
from watchkeeper.operator.standalone.pins import Pin
from watchkeeper.operator.standalone.sources import Provided, Refused, is_at_least, version_of

Which = Callable[[str], str | None]
VersionOf = Callable[[Path], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """Engines obtained earlier; a folder appears only when all its programs are in it."""

    folder: Path

    def place(self, engine: Engine, version: str) -> Path:
        """The folder of an engine's programs."""
        return self.folder / f"{engine.name}-{version}"

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Provide a cached engine of a pinned version."""
        for version in pin.accepted_versions:
            programs = {program.name: self.place(engine, version) / program.name for program in engine.programs}
            if all(path.is_file() for path in programs.values()):
                return Provided(version=version, programs=programs, origin="cache")
        return Refused(reason=f"not cached in {self.folder}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnPath:
    """All programs of an engine on PATH, each at a pinned version."""

    which: Which = shutil.which
    version_of: VersionOf = version_of

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Provide the programs on PATH if all are of a pinned version."""
        programs, version = {}, ""
        for program in engine.programs:
            found = self.which(program.name)
            if found is None:
                return Refused(reason=f"no {program.name} on PATH")
            version = self.version_of(Path(found)) or "of an unknown version"
            if version not in pin.accepted_versions:
                return Refused(reason=f"{program.name} on PATH is {version}, not {pin.image_version}")
            programs[program.name] = Path(found)
        return Provided(version=version, programs=programs, origin="PATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopgap:
    """The server on PATH at another version, such as Debian's package: better than none, and said so."""

    which: Which = shutil.which
    version_of: VersionOf = version_of
    origin: ClassVar[str] = "stopgap"

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Provide the server on PATH whatever its version, with a warning."""
        if not engine.stopgap_from:
            return Refused(reason="no other release can replace it")
        found = self.which(engine.server.name)
        version = self.version_of(Path(found)) if found else None
        if found is None or version is None:
            return Refused(reason=f"no {engine.server.name} of any version on PATH")
        if not is_at_least(version, engine.stopgap_from):
            return Refused(reason=f"{engine.server.name} {version} on PATH is too old to replace it")
        tools = {program.name: self.which(program.name) for program in engine.programs[1:]}
        programs = {engine.server.name: Path(found)} | {name: Path(path) for name, path in tools.items() if path}
        warning = (
            f"{engine.title} {version} from {found} replaces the pinned {pin.image_version}: "
            "rules and config are tested with the pinned one only."
        )
        return Provided(version=version, programs=programs, origin=self.origin, warning=warning)
