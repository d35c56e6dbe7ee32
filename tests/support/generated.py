"""Generated files that are not what their source gives."""

from collections.abc import Iterator
from pathlib import Path


def outdated(shipped: Path, fresh: Path, kind: str, root: Path) -> Iterator[str]:
    """Yield a sentence for each file of a kind that ``make generate`` would change, add or take away."""
    files = {file.relative_to(folder) for folder in (shipped, fresh) for file in folder.rglob(kind)}
    for file in sorted(files):
        if _text(shipped / file) != _text(fresh / file):
            yield f"{(shipped / file).relative_to(root)}: must be what its source gives: run `make generate`"


def _text(file: Path) -> str | None:
    return file.read_text("utf-8") if file.is_file() else None
