"""Counters outlive the process: written when the exporter stops, and every minute with the number of a journal.

A snapshot without the journal of what was counted after it must not come back after a crash: counters would go back,
and Prometheus would take the step down for a reset and count everything again. One that was written at a clean stop
names no journal and is removed when it is read; one that names a journal comes back with the requests in it
(exporter/recovery.py), and only the families that these fill: all others begin at zero with a new created time.
"""

import math
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec

from watchkeeper.metrics.set_aside import set_aside
from watchkeeper.metrics.store import HistogramSeries, MetricStore, Series

_FILE = "counters.msgpack"
# Exact sums of money have thirty; Python reads no whole number of more than 4300.
_MOST_DIGITS = 400

# As _spelled writes it: checked while decoding, so that a damaged file is refused as a whole.
_Amount = Annotated[str, msgspec.Meta(pattern=r"^\$?-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$")]


class _SavedFamily(msgspec.Struct):
    labels: tuple[str, ...]
    values: list[tuple[str, ...]]
    amounts: list[_Amount]
    created: list[float]
    idle: list[float] = []


class _SavedHistogram(msgspec.Struct):
    labels: tuple[str, ...]
    buckets: tuple[float, ...]
    values: list[tuple[str, ...]]
    counts: list[list[int]]
    sums: list[float]
    created: list[float]
    idle: list[float] = []


class Journaled(msgspec.Struct, frozen=True):
    """What is known beside the counters when a journal begins: its ``number``, and what must not be counted twice.

    ``spent`` is what ``writer`` spent of each budget, by slots of time; changes are reported ``reports_from`` on.
    """

    number: int
    writer: str = ""
    spent: dict[str, list[tuple[int, str]]] = {}
    reports_from: float = 0.0


class Snapshot(msgspec.Struct):
    """All counters and histograms at one moment; ``kept`` is what else must outlive the process, by name."""

    counters: dict[str, _SavedFamily]
    histograms: dict[str, _SavedHistogram]
    journaled: Journaled | None = None
    kept: dict[str, bytes] = {}


def save(store: MetricStore, directory: Path, journaled: Journaled | None = None) -> None:
    """Write all counters and histograms; complete or not at all."""
    write(collect(store, journaled), directory)


def collect(store: MetricStore, journaled: Journaled | None = None, kept: dict[str, bytes] | None = None) -> Snapshot:
    """A copy of all counters and histograms, which may be written while they go on counting."""
    return Snapshot(
        journaled=journaled,
        kept=kept or {},
        counters={
            name: _SavedFamily(
                labels=family.metric.labels,
                values=list(family.series),
                amounts=[_spelled(series.value) for series in family.series.values()],
                created=[series.created for series in family.series.values()],
                idle=[store.life.seconds - series.touched for series in family.series.values()],
            )
            for name, family in store.families.items()
            if family.metric.type == "counter"
        },
        histograms={
            name: _SavedHistogram(
                labels=family.metric.labels,
                buckets=family.metric.buckets,
                values=list(family.series),
                counts=[list(series.counts) for series in family.series.values()],
                sums=[series.sum for series in family.series.values()],
                created=[series.created for series in family.series.values()],
                idle=[store.life.seconds - series.touched for series in family.series.values()],
            )
            for name, family in store.histograms.items()
        },
    )


def write(snapshot: Snapshot, directory: Path) -> None:
    """Write a snapshot; complete or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f"{_FILE}.new"
    unfinished.write_bytes(msgspec.msgpack.encode(snapshot))
    unfinished.rename(directory / _FILE)


class Restored(msgspec.Struct, frozen=True):
    """How many series came back, what else was ``kept``, and why none did where a file could not be used."""

    series: int = 0
    problem: str = ""
    kept: dict[str, bytes] = {}


def restore(store: MetricStore, directory: Path) -> Restored:
    """Read the snapshot back into an empty store and remove it.

    Families whose labels or buckets have changed since start again. A damaged snapshot is set aside, as a whole; one
    that cannot be removed is not used: it must not come back after the counters have moved on.
    """
    snapshot, problem = read(directory)
    if snapshot is None:
        return Restored(problem=problem)
    try:
        forget(directory)
    except OSError as error:
        return Restored(problem=f"{_FILE} cannot be removed, so it is not used: {error.strerror}")
    return Restored(series=put_back(store, snapshot), kept=snapshot.kept)


def read(directory: Path) -> tuple[Snapshot | None, str]:
    """The snapshot of a directory, and why there is none where a file is there; a damaged one is set aside."""
    file = directory / _FILE
    try:
        snapshot = msgspec.msgpack.decode(file.read_bytes(), type=Snapshot)
        _check(snapshot)
    except FileNotFoundError:
        return None, ""
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, IsADirectoryError) as error:
        return None, f"{file.name} is damaged: {error}; {_aside(file)}"
    except OSError as error:
        return None, f"{file.name} cannot be read: {error.strerror}"
    return snapshot, ""


def forget(directory: Path) -> None:
    """Remove the snapshot. Raises: OSError."""
    (directory / _FILE).unlink(missing_ok=True)


def put_back(store: MetricStore, snapshot: Snapshot) -> int:
    """Put copies of the series of a snapshot into a store that has none of them; return how many."""
    return _restore_counters(store, snapshot) + _restore_histograms(store, snapshot)


def _aside(file: Path) -> str:
    try:
        return f"kept as {set_aside(file).name}"
    except OSError as error:
        return f"it cannot be set aside: {error.strerror}"


def _check(snapshot: Snapshot) -> None:
    """Raise ValueError where lists of one family differ in length, or hold what no counter has."""
    for name, saved in snapshot.counters.items():
        _check_rows(name, saved, len(saved.amounts))
        if any(len(amount) > _MOST_DIGITS for amount in saved.amounts):
            raise ValueError(f"{name} has a number of too many digits")
        _check_finite(name, (float(amount.lstrip("$")) for amount in saved.amounts))
    for name, histogram in snapshot.histograms.items():
        _check_rows(name, histogram, len(histogram.counts), len(histogram.sums))
        counts = (count for row in histogram.counts for count in row)
        if any(len(row) != len(histogram.buckets) + 1 for row in histogram.counts) or any(c < 0 for c in counts):
            raise ValueError(f"{name} has counts that are not those of its buckets")
        _check_finite(name, histogram.sums)


def _check_rows(name: str, saved: _SavedFamily | _SavedHistogram, *lengths: int) -> None:
    rows = len(saved.values)
    if any(length != rows for length in (*lengths, len(saved.created), len(_idle(saved)))):
        raise ValueError(f"{name} has lists of unequal length")
    if any(len(values) != len(saved.labels) for values in saved.values):
        raise ValueError(f"{name} has series without all labels")
    _check_finite(name, (*saved.created, *saved.idle))


def _check_finite(name: str, numbers: Iterable[float]) -> None:
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"{name} has what is no number")


def _restore_counters(store: MetricStore, snapshot: Snapshot) -> int:
    restored = 0
    for name, saved in snapshot.counters.items():
        family = store.families.get(name)
        if family is None or (family.metric.type, family.metric.labels) != ("counter", saved.labels):
            continue
        rows = zip(saved.values, saved.amounts, saved.created, _idle(saved), strict=True)
        for values, amount, created, idle in rows:
            family.put(
                values, Series(family.labels_of(values), created, _read(amount), touched=store.life.seconds - idle)
            )
            restored += 1
    return restored


def _restore_histograms(store: MetricStore, snapshot: Snapshot) -> int:
    restored = 0
    for name, saved in snapshot.histograms.items():
        family = store.histograms.get(name)
        if family is None or (family.metric.labels, family.metric.buckets) != (saved.labels, saved.buckets):
            continue
        rows = zip(saved.values, saved.counts, saved.sums, saved.created, _idle(saved), strict=True)
        for values, counts, total, created, idle in rows:
            touched = store.life.seconds - idle
            family.put(values, HistogramSeries(family.labels_of(values), created, list(counts), {}, total, touched))
            restored += 1
    return restored


def _idle(saved: _SavedFamily | _SavedHistogram) -> list[float]:
    """How long each series had counted nothing; what an older version saved does not say it."""
    return saved.idle or [0.0] * len(saved.values)


def _spelled(value: int | float | Decimal) -> str:
    """Exact text of a number; money is marked, because it must come back as Decimal."""
    return f"${value}" if isinstance(value, Decimal) else repr(value)


def _read(text: str) -> int | float | Decimal:
    if text.startswith("$"):
        return Decimal(text[1:])
    return int(text) if text.lstrip("-").isdigit() else float(text)
