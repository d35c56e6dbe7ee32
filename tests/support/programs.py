"""The pinned programs of the engines, for tests that run one by itself."""

import os
from pathlib import Path

from rich.console import Console

from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress


def obtain_programs(root: Path) -> dict[str, Path]:
    """Return every program at its pinned version, obtained first where it is missing."""
    with Progress(Console(stderr=True)) as progress:
        provided = obtain_all(root, environ=os.environ, progress=progress)
    return {name: path for engine in provided.values() for name, path in engine.programs.items()}
