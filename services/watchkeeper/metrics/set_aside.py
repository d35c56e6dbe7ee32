"""Damaged files of the state: kept under a new name for whoever wants to look, out of the way of the next start."""

from itertools import count
from pathlib import Path


def set_aside(file: Path) -> Path:
    """Rename a file, or a directory in its place, to the first free name; return the name. Raises: OSError."""
    names = (file.with_name(f"{file.name}.damaged{number or ''}") for number in count())
    aside = next(name for name in names if not name.exists())
    file.rename(aside)
    return aside
