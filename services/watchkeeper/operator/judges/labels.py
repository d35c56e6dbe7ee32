"""People's labels from a CSV file: what was judged, and what a person said of it."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import WatchkeeperError

LABEL, OUTPUT = "label", "output"
_KNOWN = ("input", OUTPUT, "context", LABEL)
# A field of a CSV file is 128 KiB at most unless one says otherwise; a context may be longer.
_MAX_FIELD = 1024 * 1024
# More calls than anyone wants to pay for by mistake.
MOST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One row: what a rubric's placeholders stand for, and the person's label as it is written."""

    material: Mapping[str, str]
    label: str


def read_labels(file: Path) -> list[Labelled]:
    """Return the rows. Raises: WatchkeeperError when it is no such file."""
    csv.field_size_limit(_MAX_FIELD)
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            rows = list(_rows(file, csv.DictReader(text)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise WatchkeeperError(f"{file}: must be a CSV file in UTF-8, got {type(error).__name__}") from error
    if not 0 < len(rows) <= MOST:
        raise WatchkeeperError(f"{file}: must have 1 to {MOST} rows, got {len(rows)}")
    return rows


def _rows(file: Path, reader: "csv.DictReader[str]") -> Iterator[Labelled]:
    columns = reader.fieldnames or ()
    for needed in (OUTPUT, LABEL):
        if needed not in columns:
            raise WatchkeeperError(f"{file}: must have the columns {OUTPUT} and {LABEL}, got {', '.join(columns)}")
    unknown = [name for name in columns if name not in _KNOWN and not name.startswith("metadata.")]
    if unknown:
        allowed = ", ".join((*_KNOWN, "metadata.NAME"))
        raise WatchkeeperError(f"{file}: unknown column {unknown[0]}; allowed: {allowed}")
    for number, row in enumerate(reader, start=2):
        label = (row[LABEL] or "").strip()
        if not label:
            raise WatchkeeperError(f"{file}: line {number} must have a label")
        material = {name: text or "" for name, text in row.items() if name is not None and name != LABEL}
        yield Labelled(material=material, label=label)
