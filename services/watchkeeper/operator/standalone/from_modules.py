"""Engines built with Go from the module proxy, by the committed module files in ``engines/``."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.cache_writer import CacheWriter
from watchkeeper.operator.standalone.catalogue import ALERTMANAGER, Engine
from watchkeeper.operator.standalone.commands import follow
from watchkeeper.operator.standalone.go_toolchain import Go, find_go
from watchkeeper.operator.standalone.pins import MODULES_FOLDER, Pin, go_line
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.sources import Provided, Refused

# The published module lacks the built web pages that the program embeds; without any it does not compile.
_STAND_IN_PAGE = Path(__file__).parent / "engines" / "alertmanager" / "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromModules:
    """Builds all programs of an engine in one go; takes minutes when Go's caches are cold."""

    writer: CacheWriter
    progress: Progress
    environ: Mapping[str, str]
    origin: ClassVar[str] = "built from source"

    def __call__(self, engine: Engine, pin: Pin) -> Provided | Refused:
        """Build all programs, or say why not."""
        module_file = MODULES_FOLDER / engine.name / "go.mod"
        try:
            go = find_go(go_line(module_file), cache=self.writer.folder, environ=self.environ, progress=self.progress)
        except EngineError as problem:
            return Refused(reason=str(problem))
        with (
            tempfile.TemporaryDirectory(prefix="watchkeeper-build-") as folder,
            self.writer.draft(engine, pin.built_version) as draft,
        ):
            refusal = self._build(engine, pin, go, Path(folder), draft)
        if refusal is not None:
            return refusal
        programs = {program.name: self.writer.place(engine, pin.built_version, program) for program in engine.programs}
        return Provided(version=pin.built_version, programs=programs, origin=self.origin)

    def _build(self, engine: Engine, pin: Pin, go: Go, folder: Path, draft: Path) -> Refused | None:
        self.progress.step(f"{engine.title} {pin.built_version}: building from source")
        for name in ("go.mod", "go.sum"):
            shutil.copyfile(MODULES_FOLDER / engine.name / name, folder / name)
        if engine is ALERTMANAGER:
            refusal = self._add_stand_in_page(engine, go, folder)
            if refusal is not None:
                return refusal
        packages = [program.package for program in engine.programs]
        # Debug tables are half of the size; paths are trimmed so that two machines build the same bytes.
        flags = ["-v", "-trimpath", "-ldflags", f"-s -w -X {engine.version_variable}={pin.built_version}"]
        return self._run([str(go.program), "build", *flags, "-o", f"{draft}/", *packages], go, folder)

    def _add_stand_in_page(self, engine: Engine, go: Go, folder: Path) -> Refused | None:
        lines: list[str] = []
        command = [str(go.program), "mod", "download", "-json", engine.module]
        outcome = follow(command, folder=folder, environ=go.environ, on_line=lines.append)
        found = re.search(r"^\{.*^\}", "\n".join(lines), re.DOTALL | re.MULTILINE)
        if outcome.code != 0 or found is None:
            return Refused(reason=_sentence(outcome.message))
        source = folder / "source"
        shutil.copytree(json.loads(found[0])["Dir"], source, copy_function=shutil.copyfile)
        for path in (source, *source.rglob("*")):
            # Go keeps its module cache read-only, and copytree keeps the folders' modes.
            path.chmod(0o755 if path.is_dir() else 0o644)
        page = source / "ui" / "app" / "dist" / "index.html"
        page.parent.mkdir(parents=True)
        shutil.copyfile(_STAND_IN_PAGE, page)
        return self._run([str(go.program), "mod", "edit", "-replace", f"{engine.module}=./source"], go, folder)

    def _run(self, command: list[str], go: Go, folder: Path) -> Refused | None:
        watcher = _BuildWatcher(self.progress)
        outcome = follow(command, folder=folder, environ=go.environ, on_line=watcher.see)
        return None if outcome.code == 0 else Refused(reason=_sentence(outcome.message))


class _BuildWatcher:
    """Counts what Go prints, so that a person sees that a build of minutes moves on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._downloaded = 0
        self._compiled = 0

    def see(self, line: str) -> None:
        if line.startswith("go: downloading"):
            self._downloaded += 1
            self._progress.detail(f"{self._downloaded} modules downloaded")
        else:
            self._compiled += 1
            self._progress.detail(f"{self._compiled} packages compiled")


def _sentence(message: str) -> str:
    return f"the build from source ended with: {message}"
