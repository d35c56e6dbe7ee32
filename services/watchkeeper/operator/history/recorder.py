"""Recording rules over a past: in the order in which one reads the other, written as Prometheus would have."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from watchkeeper.config import fast_yaml
from watchkeeper.operator.drills.remote_write import STALE
from watchkeeper.operator.history.store import Array, Labels, Store

_Key = tuple[tuple[str, str], ...]
_NAME = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording rule."""

    record: str
    expr: str
    labels: Labels


def read_rules(folder: Path) -> list[dict[str, Any]]:
    """Every rule of a folder, in the order of files and groups."""
    return [
        rule
        for file in sorted(folder.rglob("*.yml"))
        for group in fast_yaml.load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def in_order(rules: Iterable[Mapping[str, Any]], expressions: Iterable[str] | None = None) -> list[Recording]:
    """The recording rules that these expressions depend on, or all, each after those that it reads."""
    recordings = [
        Recording(record=r["record"], expr=str(r["expr"]), labels=r.get("labels", {})) for r in rules if "record" in r
    ]
    needed: list[Recording] = []
    for expression in [rule.record for rule in recordings] if expressions is None else expressions:
        _add_needed(expression, recordings, needed)
    return needed


def _add_needed(expr: str, recordings: list[Recording], needed: list[Recording]) -> None:
    read_here = set(_NAME.findall(expr))
    for rule in recordings:
        if rule.record in read_here and rule not in needed and rule.expr != expr:
            # A rule may read its own past.
            _add_needed(rule.expr, [other for other in recordings if other.record != rule.record], needed)
            needed.append(rule)


@dataclass(slots=True)
class Recorder:
    """Recording rules over one span of minutes after the other, in the order in which they read each other.

    A series that ends gets Prometheus' own mark of it: without one, queries see its last value for five minutes more.
    """

    rules: list[Recording]
    _open: dict[int, set[_Key]] = field(default_factory=lambda: defaultdict(set))

    def record(self, store: Store, first: int, last: int) -> None:
        """Evaluate the rules over these minutes and write what they give."""
        for place, rule in enumerate(self.rules):
            found = self._found(store, rule, first, last)
            ended = self._open[place] - found.keys()
            store.write([(dict(labels), np.array([first]), np.array([STALE])) for labels in ended])
            open_before = self._open[place]
            store.write(
                (dict(labels), *_marked(minutes, values, first if labels in open_before else minutes[0], last))
                for labels, (minutes, values) in found.items()
            )
            self._open[place] = {labels for labels, (minutes, _) in found.items() if minutes[-1] == last}

    def _found(self, store: Store, rule: Recording, first: int, last: int) -> dict[_Key, tuple[Array, Array]]:
        pieces: dict[_Key, list[tuple[Array, Array]]] = defaultdict(list)
        for labels, minutes, values in store.ask(rule.expr, first, last):
            own = {**without_name(labels), **rule.labels, "__name__": rule.record}
            pieces[tuple(sorted(own.items()))].append((minutes, values))
        return {labels: _merged(found) for labels, found in pieces.items()}


def _merged(pieces: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """One series of what a query gives as several, which differ in their name alone: `a or b + 0`."""
    minutes, values = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.argsort(minutes)
    return minutes[order], values[order]


def _marked(minutes: Array, values: Array, since: int, last: int) -> tuple[Array, Array]:
    """The samples of a series, and the mark at each minute at which it ends."""
    known = np.zeros(last + 1 - since, dtype=bool)
    known[minutes - since] = True
    ends = np.flatnonzero(~known & np.concatenate(([True], known[:-1])))
    return _in_order(minutes, values, since + ends)


def _in_order(minutes: Array, values: Array, ends: Array) -> tuple[Array, Array]:
    every, all_values = np.append(minutes, ends), np.append(values, np.full(ends.size, STALE))
    order = np.argsort(every)
    return every[order], all_values[order]


def without_name(labels: Labels) -> Labels:
    """Labels without the name of the metric."""
    return {name: value for name, value in labels.items() if name != "__name__"}


def spans(minutes: int, step: int) -> Iterator[tuple[int, int]]:
    """First and last minute of each span."""
    return ((first, min(first + step, minutes) - 1) for first in range(0, minutes, step))
