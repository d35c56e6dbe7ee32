"""Counters outlive a clean restart: written when the exporter stops, read and removed when it starts.

A crash leaves no snapshot, on purpose: an old one would make counters go back, and Prometheus would take the step
down for a reset and count everything again. After a crash counters start at zero with a new created time, and
what was not scraped before it is lost.
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


class _Snapshot(msgspec.Struct):
    counters: dict[str, _SavedFamily]
    histograms: dict[str, _SavedHistogram]


def save(store: MetricStore, directory: Path) -> None:
    """Write all counters and histograms; complete or not at all."""
    snapshot = _Snapshot(
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
                counts=[series.counts for series in family.series.values()],
                sums=[series.sum for series in family.series.values()],
                created=[series.created for series in family.series.values()],
                idle=[store.life.seconds - series.touched for series in family.series.values()],
            )
            for name, family in store.histograms.items()
        },
    )
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f"{_FILE}.new"
    unfinished.write_bytes(msgspec.msgpack.encode(snapshot))
    unfinished.rename(directory / _FILE)


class Restored(msgspec.Struct, frozen=True):
    """How many series came back, and why none did where a file was there that could not be used."""

    series: int = 0
    problem: str = ""


def restore(store: MetricStore, directory: Path) -> Restored:
    """Read the snapshot back into an empty store and remove it.

    Families whose labels or buckets have changed since start again. A damaged snapshot is set aside, as a whole; one
    that cannot be removed is not used: it must not come back after the counters have moved on.
    """
    file = directory / _FILE
    try:
        snapshot = msgspec.msgpack.decode(file.read_bytes(), type=_Snapshot)
        _check(snapshot)
    except FileNotFoundError:
        return Restored()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError, IsADirectoryError) as error:
        return Restored(problem=f"{file.name} is damaged: {error}; {_aside(file)}")
    except OSError as error:
        return Restored(problem=f"{file.name} cannot be read: {error.strerror}")
    try:
        file.unlink()
    except OSError as error:
        return Restored(problem=f"{file.name} cannot be removed, so it is not used: {error.strerror}")
    return Restored(series=_restore_counters(store, snapshot) + _restore_histograms(store, snapshot))


def _aside(file: Path) -> str:
    try:
        return f"kept as {set_aside(file).name}"
    except OSError as error:
        return f"it cannot be set aside: {error.strerror}"


def _check(snapshot: _Snapshot) -> None:
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


def _restore_counters(store: MetricStore, snapshot: _Snapshot) -> int:
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


def _restore_histograms(store: MetricStore, snapshot: _Snapshot) -> int:
    restored = 0
    for name, saved in snapshot.histograms.items():
        family = store.histograms.get(name)
        if family is None or (family.metric.labels, family.metric.buckets) != (saved.labels, saved.buckets):
            continue
        rows = zip(saved.values, saved.counts, saved.sums, saved.created, _idle(saved), strict=True)
        for values, counts, total, created, idle in rows:
            touched = store.life.seconds - idle
            family.put(values, HistogramSeries(family.labels_of(values), created, counts, {}, total, touched))
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
