"""Counters outlive a clean restart: written when the exporter stops, read and removed when it starts.

A crash leaves no snapshot, on purpose: an old one would make counters go back, and Prometheus would take the step
down for a reset and count everything again. After a crash counters start at zero with a new created time, and
what was not scraped before it is lost.
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec

from watchkeeper.metrics.store import HistogramSeries, MetricStore, Series

_FILE = "counters.msgpack"

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


def restore(store: MetricStore, directory: Path) -> int:
    """Read the snapshot back into an empty store, remove it, and return how many series came back.

    Families whose labels or buckets have changed since start again. An unreadable snapshot is removed as well:
    it must not come back after the counters have moved on.
    """
    file = directory / _FILE
    try:
        snapshot = msgspec.msgpack.decode(file.read_bytes(), type=_Snapshot)
    except FileNotFoundError:
        return 0
    except (OSError, msgspec.DecodeError):
        file.unlink(missing_ok=True)
        return 0
    file.unlink()
    return _restore_counters(store, snapshot) + _restore_histograms(store, snapshot)


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
