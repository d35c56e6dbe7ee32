"""What the checks of the configuration files share: the project's folder and the pinned programs."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


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
            timeout=600,
            check=False,
        )

    return run_program


@pytest.fixture(scope="session")
def plain_prometheus(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose rules say `increase(x[1h])` where the shipped ones say `increase(x[1h] anchored)`.

    promtool reads the modifier, but the engine of its unit tests does not know it. What the modifier
    is for, sums that are exact, test_exact_money.py shows on a real Prometheus.
    """
    copied = tmp_path_factory.mktemp("rules") / "prometheus"
    shutil.copytree(root / "prometheus", copied)
    for file in (copied / "rules").rglob("*.yml"):
        file.write_text(file.read_text(encoding="utf-8").replace("] anchored", "]"), encoding="utf-8")
    return copied
