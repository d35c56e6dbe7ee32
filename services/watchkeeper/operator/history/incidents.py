"""What the exporter would have logged of alerts and deployments in the month, by the shipped rules over its metrics.

Inhibition is Alertmanager's and not applied: the lines are of every alert that fired.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import promql_parser as promql

from watchkeeper.model.timestamps import rfc3339
from watchkeeper.operator.history.month import DAY_MINUTES, MINUTE, Month
from watchkeeper.operator.history.recorder import without_name
from watchkeeper.operator.history.samples import Samples
from watchkeeper.operator.history.store import Labels, Store
from watchkeeper.operator.history.talks import Line
from watchkeeper.operator.limits.spells import Timing, begins_and_goes_on, spells

_SECOND_NS = 1_000_000_000
# What the incident causes begins with it, and the slowest of it has ended a day later.
_DAYS_OF_INCIDENT = 1.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """An alert that fired, in Unix seconds."""

    alert: str
    severity: str
    summary: str
    labels: Labels
    begins: int
    ends: int


def fired(store: Store, rules: Sequence[Mapping[str, Any]], month: Month) -> Iterator[Fired]:
    """The alerts about models and agents that fired from the incident on, until all of it was over."""
    began, _ = month.incident
    first = max(0, (began - month.since) // MINUTE)
    last = min(month.minutes, (began - month.since) // MINUTE + round(_DAYS_OF_INCIDENT * DAY_MINUTES)) - 1
    if last <= first:
        return
    for rule in rules:
        name = str(rule.get("alert", ""))
        if not name.startswith("LLM"):
            continue
        begins, goes_on = begins_and_goes_on(str(rule["expr"]), name)
        # What reads other alerts asks what is firing, which only Prometheus' own evaluation writes.
        if "ALERTS" in begins:
            continue
        timing = Timing(step=1, waits=_minutes(rule.get("for")), stays=_minutes(rule.get("keep_firing_for")))
        going = {_key(labels): at.tolist() for labels, at, _ in store.ask(goes_on, first, last)} if goes_on else {}
        for labels, minutes, _ in store.ask(begins, first, last):
            for spell in spells(minutes.tolist(), timing, going.get(_key(labels), ())):
                yield Fired(
                    alert=name,
                    severity=str(rule["labels"]["severity"]),
                    summary=str(rule["annotations"]["summary"]).strip(),
                    labels={**without_name(labels), **{str(k): str(v) for k, v in rule["labels"].items()}},
                    begins=month.since + int(spell.begins) * MINUTE,
                    ends=month.since + int(spell.ends) * MINUTE,
                )


def _key(labels: Labels) -> frozenset[tuple[str, str]]:
    return frozenset(without_name(labels).items())


def _minutes(duration: object) -> float:
    return promql.parse_duration(str(duration)).total_seconds() / MINUTE if duration else 0.0


def alert_lines(alerts: Sequence[Fired], month: Month) -> Iterator[tuple[int, Line]]:
    """A line for each that fired, and for each that resolved within the month."""
    for one in alerts:
        about = {
            "alertname": one.alert,
            "severity": one.severity,
            "summary": one.summary,
            "started_at": rfc3339(one.begins * _SECOND_NS),
            "fingerprint": f"{zlib.crc32(repr((one.alert, sorted(one.labels.items()))).encode()):016x}",
        }
        yield _line(one.begins, "alert_fired", "warning", {**_whose(one.labels), **about})
        if one.ends < month.until:
            ended = {**about, "ended_at": rfc3339(one.ends * _SECOND_NS)}
            yield _line(one.ends, "alert_resolved", "info", {**_whose(one.labels), **ended})


def _whose(labels: Labels) -> Line:
    named = {name: labels[name] for name in ("team", "provider", "model") if labels.get(name)}
    return {"service": labels.get("service") or "watchkeeper", **named}


def deployment_lines(month: Month, samples: Samples) -> Iterator[tuple[int, Line]]:
    """Each version of each service's prompt, in the moment in which it went out."""
    firsts = {talk[0].fields["service"]: talk[0].fields for talk in samples.steady}
    for at, version in month.deployments:
        for service in sorted(firsts.keys() & month.per_second.keys()):
            fields = firsts[service]
            deployed = {"kind": "prompt", "name": fields["prompt"], "version": version or fields["prompt_version"]}
            yield _line(at, "deployment_recorded", "info", {"service": service, "team": fields["team"], **deployed})


def _line(at: int, event: str, level: str, fields: Line) -> tuple[int, Line]:
    time_ns = at * _SECOND_NS
    head = {"timestamp": rfc3339(time_ns), "level": level, "event": event, "service": fields["service"]}
    return time_ns, {**head, "happened_at": rfc3339(time_ns), **fields}
