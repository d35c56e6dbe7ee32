"""What the checks of the configuration files share: the project's folder and the pinned programs."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from watchkeeper.standalone.obtain import obtain_all
from watchkeeper.standalone.progress import Progress

ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def programs() -> dict[str, Path]:
    """Every program of the engines at its pinned version, obtained first where it is missing."""
    with Progress(Console(stderr=True)) as progress:
        provided = obtain_all(ROOT, environ=os.environ, progress=progress)
    return {name: path for engine in provided.values() for name, path in engine.programs.items()}


@pytest.fixture(scope="session")
def run(programs: dict[str, Path]) -> Run:
    """Run one of the programs to its end; its output comes back, whatever its exit code."""

    def run_program(
        name: str, *arguments: str, text: str = "", environ: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [programs[name], *arguments],
            input=text,
            env={**os.environ, **(environ or {})},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run_program
