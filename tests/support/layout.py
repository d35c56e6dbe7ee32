"""Where the files of the project may lie, as the table of docs/architecture.md says."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

PAGE = "docs/architecture.md"
HEADING = "## Folders of the project"
# What the tools of the tests keep in the project's root; .gitignore has them too.
CACHES = frozenset({".pytest_cache", ".hypothesis", ".mypy_cache", ".ruff_cache", ".import_linter_cache"})

# For each place at the top the kinds of files below it; none for a file.
Layout = Mapping[str, Collection[str]]


def read_layout(page: str) -> Layout:
    """Return the places of the page's table: a kind is an ending, or the name of a file that has none."""
    section = page.partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {place.rstrip("/"): _quoted(kinds) for places, _, kinds in rows for place in _quoted(places)}


def misplaced(files: Iterable[str], layout: Layout) -> Iterator[str]:
    """Yield a sentence for each committed file that has no place."""
    for file in files:
        path = PurePosixPath(file)
        top = path.parts[0]
        table = f"{PAGE}, {HEADING.strip('# ')!r}"
        if top not in layout:
            yield f"{file}: {top} has no row in {table}: move the file, or add the row"
        elif len(path.parts) > 1 and _kind(path) not in layout[top]:
            kinds = " ".join(layout[top])
            yield f"{file}: {_kind(path)} must be among the kinds of {top} in {table}, got {kinds}: move it, or add it"


def missing(files: Iterable[str], layout: Layout) -> Iterator[str]:
    """Yield a sentence for each row without files."""
    for place in sorted(layout.keys() - {PurePosixPath(file).parts[0] for file in files}):
        yield f"{PAGE}: {place} must exist, got no committed file"


def left_behind(before: Iterable[str], after: Iterable[str], layout: Layout) -> list[str]:
    """Return what came into the project's root meanwhile and belongs nowhere."""
    return sorted(set(after) - set(before) - layout.keys() - CACHES)


def _kind(path: PurePosixPath) -> str:
    return path.suffix or path.name


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)
