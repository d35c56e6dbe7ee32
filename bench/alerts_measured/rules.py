"""The shipped alerts, and when Prometheus would fire them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import promql_parser as promql

from watchkeeper.operator.history.recorder import Recording, in_order, read_rules, without_name
from watchkeeper.operator.history.store import Labels, Store
from watchkeeper.operator.limits.spells import Timing, begins_and_goes_on, spells

_Key = tuple[tuple[str, str], ...]


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


def recordings_for(folder: Path, expressions: Iterable[str]) -> list[Recording]:
    """Every recording rule that the expressions depend on, each after those that it reads."""
    return in_order(read_rules(folder), expressions)


def read(folder: Path, names: Iterable[str]) -> tuple[list[Recording], list[Alert]]:
    """The alerts of these names and every recording rule that they depend on, each after those that it reads."""
    rules = read_rules(folder)
    alerts = [_alert(rule) for rule in rules if rule.get("alert") in set(names)]
    return in_order(rules, [alert.expr for alert in alerts]), alerts


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


@dataclass(slots=True)
class Watch:
    """The minutes at which the expressions of alerts hold, and out of all of them when the alerts fire."""

    alerts: list[Alert]
    _holds: dict[tuple[int, _Key], list[int]] = field(default_factory=lambda: defaultdict(list))
    _goes_on: dict[tuple[int, _Key], list[int]] = field(default_factory=lambda: defaultdict(list))

    def ask(self, store: Store, first: int, last: int) -> None:
        """Evaluate every alert over these minutes, which come after those asked before."""
        for place, alert in enumerate(self.alerts):
            begins, goes_on = begins_and_goes_on(alert.expr, alert.name)
            for expression, found in ((begins, self._holds), (goes_on, self._goes_on)):
                for labels, minutes, _ in store.ask(expression, first, last) if expression else ():
                    key = place, tuple(sorted(without_name(labels).items()))
                    found[key] = sorted({*found[key], *minutes.tolist()})

    def fired(self) -> Iterator[Firing]:
        """Everything that fired."""
        for (place, labels), holds in self._holds.items():
            alert = self.alerts[place]
            timing = Timing(step=1, waits=alert.waits, stays=alert.stays)
            for spell in spells(holds, timing, self._goes_on[place, labels]):
                begins, ends = int(spell.begins), int(spell.ends)
                yield Firing(alert=alert.name, severity=alert.severity, labels=dict(labels), begins=begins, ends=ends)
