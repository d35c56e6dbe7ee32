"""The lines of a history among the files of the Loki that runs: whole days that it has nothing of, and away again."""

import base64
import binascii
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from watchkeeper.errors import OperationError
from watchkeeper.operator.history.incidents import Fired, alert_lines, deployment_lines
from watchkeeper.operator.history.loki import LineStore
from watchkeeper.operator.history.month import Month
from watchkeeper.operator.history.samples import Samples
from watchkeeper.operator.history.talks import Line, apart, talked

DAY_SECONDS = 86_400
# A table of Loki's index, of which each day has one, is named after the number of the day.
_TABLE = "index_"


def days_for_lines(chunks: Path, month: Month) -> range:
    """The beginnings of the days (Unix seconds) that get lines: whole ones, before the first of which Loki has any.

    A day that had lines of others as well could not be taken away again.
    """
    tables = (path.name.removeprefix(_TABLE) for path in (chunks / "index").glob(f"{_TABLE}*"))
    first_own = min((int(number) * DAY_SECONDS for number in tables if number.isdigit()), default=month.until)
    until = min(month.until, first_own) // DAY_SECONDS * DAY_SECONDS
    return range(-(-month.since // DAY_SECONDS) * DAY_SECONDS, until, DAY_SECONDS)


def push_past(store: LineStore, days: range, month: Month, samples: Samples, alerts: Iterable[Fired]) -> int:
    """Push the lines of these days, each by itself; returns how many there are."""
    rare = [*alert_lines(list(alerts), month), *deployment_lines(month, samples)]
    count = 0
    for day in days:
        lines = list(_of_day(day, month, samples, rare))
        store.push(lines)
        store.flush()
        count += len(lines)
    return count


def _of_day(day: int, month: Month, samples: Samples, rare: list[tuple[int, Line]]) -> Iterator[bytes]:
    """The lines of a day; a conversation that goes on into the next one is left out."""
    until_ns = (day + DAY_SECONDS) * 1_000_000_000
    own = [one for one in rare if day * 1_000_000_000 <= one[0] < until_ns]
    for at, line in apart([*own, *talked(month, samples, day, day + DAY_SECONDS)]):
        if at < until_ns:
            yield msgspec.json.encode(line)


def give(files: Iterable[str], chunks: Path, to: Path) -> None:
    """Move files to those of the Loki that runs; what they index must come before the index."""
    for name in files:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        (chunks / name).rename(to / name)


def check_alone(chunks: Path, files: Iterable[str]) -> None:
    """Raises: OperationError when Loki has lines of its own in a day of a history."""
    own = set(files)
    days = {name.split("/")[1] for name in own if name.startswith("index/")}
    for path in (chunks / "fake").glob("*/*"):
        name = str(path.relative_to(chunks))
        if name not in own and days & _tables_of(path.name):
            raise OperationError(f"Loki has lines of others in a day of the history, in {path}")


def take_away(chunks: Path, files: Iterable[str]) -> None:
    """Delete a history's index, which Loki may have written anew meanwhile, and then what it indexed."""
    names = list(files)
    for table in {name.split("/")[1] for name in names if name.startswith("index/")}:
        shutil.rmtree(chunks / "index" / table, ignore_errors=True)
    for name in names:
        path = chunks / name
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _tables_of(chunk: str) -> set[str]:
    """The tables that index a chunk, whose name says in base64 from when to when it is, in milliseconds."""
    try:
        since, until, _ = base64.b64decode(chunk).decode("ascii").split(":")
        days = range(int(since, 16) // 1000 // DAY_SECONDS, int(until, 16) // 1000 // DAY_SECONDS + 1)
    except (binascii.Error, ValueError):
        return set()
    return {f"{_TABLE}{day}" for day in days}
