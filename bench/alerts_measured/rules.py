"""The shipped rules in the order in which one reads the other, and alerts as Prometheus would fire them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import promql_parser as promql
import yaml
from alerts_measured.store import Labels, Store

_NAME = re.compile(r"[A-Za-z_:][\w:]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording rule."""

    record: str
    expr: str
    labels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alerting rule; durations in minutes."""

    name: str
    expr: str
    severity: str
    waits: int
    stays: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """An alert of a service from one minute to another, both included."""

    alert: str
    severity: str
    labels: Labels
    begins: int
    ends: int


def read(folder: Path, names: Iterable[str]) -> tuple[list[Recording], list[Alert]]:
    """The alerts of these names and every recording rule that they stand on, each after those that it reads."""
    rules = [
        rule
        for file in sorted(folder.rglob("*.yml"))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]
    alerts = [_alert(rule) for rule in rules if rule.get("alert") in set(names)]
    recordings = [Recording(record=r["record"], expr=r["expr"], labels=r.get("labels", {})) for r in rules if "record" in r]
    needed: list[Recording] = []
    for alert in alerts:
        _add_needed(alert.expr, recordings, needed)
    return needed, alerts


def _add_needed(expr: str, recordings: list[Recording], needed: list[Recording]) -> None:
    read_here = set(_NAME.findall(expr))
    for rule in recordings:
        if rule.record in read_here and rule not in needed and rule.expr != expr:
            # A rule may read its own past.
            _add_needed(rule.expr, [other for other in recordings if other.record != rule.record], needed)
            needed.append(rule)


def _alert(rule: dict[str, object]) -> Alert:
    return Alert(
        name=str(rule["alert"]),
        expr=str(rule["expr"]),
        severity=dict(rule["labels"])["severity"],  # type: ignore[call-overload]
        waits=_minutes(rule.get("for")),
        stays=_minutes(rule.get("keep_firing_for")),
    )


def _minutes(duration: object) -> int:
    return int(promql.parse_duration(str(duration)).total_seconds() // 60) if duration else 0


def record(store: Store, rules: Iterable[Recording], first: int, last: int) -> None:
    """Evaluate recording rules over these minutes and write what they give."""
    for rule in rules:
        found = store.ask(rule.expr, first, last)
        store.write(
            ({**_without_name(labels), **rule.labels, "__name__": rule.record}, minutes, values)
            for labels, minutes, values in found
        )


def _without_name(labels: Labels) -> Labels:
    return {name: value for name, value in labels.items() if name != "__name__"}


@dataclass(slots=True)
class _State:
    """Where one alert with its labels stands between two spans of minutes."""

    true_since: int | None = None
    last_true: int | None = None
    firing_since: int | None = None


@dataclass(slots=True)
class Watch:
    """Alerts over all minutes: ``for`` and keep_firing_for as rules/alerting.go of Prometheus applies them."""

    alerts: list[Alert]
    fired: list[Firing] = field(default_factory=list)
    _states: dict[tuple[int, tuple[tuple[str, str], ...]], _State] = field(default_factory=dict)

    def ask(self, store: Store, first: int, last: int) -> None:
        """Evaluate every alert over these minutes."""
        for place, alert in enumerate(self.alerts):
            found = {tuple(sorted(_without_name(labels).items())): minutes for labels, minutes, _ in store.ask(alert.expr, first, last)}
            known = {labels for known_place, labels in self._states if known_place == place}
            for labels in found.keys() | known:
                self._follow(place, labels, set(found.get(labels, np.array([], dtype=int)).tolist()), range(first, last + 1))

    def close(self, last: int) -> list[Firing]:
        """End what still fires; return everything that fired."""
        for (place, labels), state in self._states.items():
            if state.firing_since is not None:
                self._end(place, labels, state, last)
        return self.fired

    def _follow(self, place: int, labels: tuple[tuple[str, str], ...], true: set[int], minutes: range) -> None:
        alert, state = self.alerts[place], self._states.setdefault((place, labels), _State())
        for minute in minutes:
            if minute in true:
                state.last_true = minute
                state.true_since = minute if state.true_since is None else state.true_since
                if state.firing_since is None and minute - state.true_since >= alert.waits:
                    state.firing_since = minute
                continue
            if state.firing_since is not None and state.last_true is not None and minute - state.last_true < alert.stays:
                continue
            if state.firing_since is not None:
                self._end(place, labels, state, minute - 1)
            state.true_since = None

    def _end(self, place: int, labels: tuple[tuple[str, str], ...], state: _State, minute: int) -> None:
        alert = self.alerts[place]
        begins = state.firing_since or 0
        self.fired.append(Firing(alert=alert.name, severity=alert.severity, labels=dict(labels), begins=begins, ends=minute))
        state.firing_since = None


def spans(minutes: int, step: int) -> Iterator[tuple[int, int]]:
    """First and last minute of each span."""
    return ((first, min(first + step, minutes) - 1) for first in range(0, minutes, step))
