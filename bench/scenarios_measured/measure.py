"""Days of steady traffic, then a scenario for some hours, in a real Prometheus with the shipped rules over them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from alerts_measured.notify import notifications
from alerts_measured.rules import Firing, Watch, read
from alerts_measured.store import ROOT, START, running
from docs.reference.scenarios_figures import Came, Outcome
from tests.support.programs import obtain_programs

from scenarios_measured.counted import OF_NO_SERVICE
from watchkeeper.demo.scenarios import Scenario
from watchkeeper.operator.history.past import limits
from watchkeeper.operator.history.recorder import Recorder, spans
from watchkeeper.operator.history.shape import Shape
from watchkeeper.operator.history.store import Array, Labels, Store
from watchkeeper.operator.history.synth import Phase, conversations, together

RULES = ROOT / "prometheus" / "rules"
# What is usual is known after three days; a sample in five minutes is enough of them.
_DAY, _STEP = 86_400, 60
_PER_SECOND = 2.0
_PAGES = ("critical", "high")
_LABELS = {"job": "exporter", "instance": "demo"}
# The transport of the bench gives an answer as a whole, so that no piece of it is the first.
_NOT_SIMULATED = frozenset({"LLMFirstTokenSlow"})
# A range query has 11,000 points at most.
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How many steady days there are before the scenario, and how many seconds are between their samples."""

    days: int = 4
    step: int = 300

    @property
    def steps(self) -> int:
        """How many samples each series has of it."""
        return self.days * _DAY // self.step


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A scenario, what its service counts usually, and what from some minutes after the change on, in order."""

    scenario: Scenario
    usual: Shape
    changed: Sequence[tuple[float, Shape]]


def measure(played: Sequence[Played], minutes: int, folder: Path, past: Past) -> list[Outcome]:
    """Play scenarios side by side, each as a service of its own. All reach the same provider."""
    recordings, alerts = read(RULES, set(_alerts()))
    with running(obtain_programs(ROOT)["prometheus"], folder) as found:
        before = Store(found.url, found.client, found.pid, START, past.step)
        after = Store(found.url, found.client, found.pid, START + past.days * _DAY, _STEP)
        days, hours = _counters(played, past, minutes)
        recorder, watch = Recorder(recordings), Watch(alerts)
        for first, last in spans(past.steps, _MOST_STEPS):
            _write(before, days, first, last)
            recorder.record(before, first, last)
        _write(after, hours, 0, minutes - 1)
        Recorder(recordings).record(after, 0, minutes - 1)
        watch.ask(after, 0, minutes - 1)
    return [_outcome(one.scenario, list(watch.fired()), minutes) for one in played]


def _alerts() -> Iterator[str]:
    for file in sorted((RULES / "alerts").glob("llm_*.yml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from (rule["alert"] for rule in group["rules"] if rule["alert"] not in _NOT_SIMULATED)


_Series = list[tuple[Labels, Array]]
_Busy = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class _Service:
    """A copy of the service that a scenario changes, by the name of the scenario."""

    scenario: Scenario
    seed: int

    def phases(self, steps: int, seconds: int, shapes: Sequence[tuple[Shape, _Busy]]) -> Iterator[Phase]:
        """So many steps of each shape, with how busy the service is by it at each step."""
        for shape, busy in shapes:
            made = conversations(range(steps), _PER_SECOND * seconds, busy, self.seed + steps)
            service, renamed = self.scenario.services[0], {"service": self.scenario.name}
            yield Phase(shape=shape, service=service, conversations=made, renamed=renamed)


def _counters(played: Sequence[Played], past: Past, minutes: int) -> tuple[_Series, _Series]:
    """Counters of the days before and of the minutes after, which begin where the days ended."""
    before, after = [], []
    for number, one in enumerate(played):
        service = _Service(one.scenario, number)
        not_yet = [(shape, _never) for _, shape in one.changed]
        days = together(service.phases(past.steps, past.step, [(one.usual, _always), *not_yet]), _LABELS)
        ends = {_key(labels): values[-1] for labels, values in days}
        hours = together(service.phases(minutes, _STEP, [(one.usual, _never), *_changes(one)]), _LABELS)
        before += days
        after += [(labels, values + ends[_key(labels)]) for labels, values in hours]
    names = [one.scenario.name for one in played]
    return [*map(_as_exported, before), *limits(names, past.steps)], [
        *map(_as_exported, after),
        *limits(names, minutes),
    ]


def _changes(one: Played) -> Iterator[tuple[Shape, _Busy]]:
    """What is counted from the change on, each until the next."""
    busy = 0.0 if one.scenario.build.is_silent else 1.0 + one.scenario.build.extra
    ends = [*(since for since, _ in one.changed[1:]), float("inf")]
    for (since, shape), until in zip(one.changed, ends, strict=True):
        yield shape, partial(_between, busy, since, until)


def _between(busy: float, since: float, until: float, minute: float) -> float:
    return busy if since <= minute < until else 0.0


def _always(_: float) -> float:
    return 1.0


def _never(_: float) -> float:
    return 0.0


def _as_exported(series: tuple[Labels, Array]) -> tuple[Labels, Array]:
    labels, values = series
    return (_without_service(labels) if labels["__name__"] in OF_NO_SERVICE else labels), values


def _without_service(labels: Labels) -> Labels:
    """The labels of a counter that has none for the service."""
    return {name: value for name, value in labels.items() if name != "service"}


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _write(store: Store, series: _Series, first: int, last: int) -> None:
    at = np.arange(first, last + 1)
    store.write((labels, at, values[first : last + 1]) for labels, values in series)


def _outcome(scenario: Scenario, fired: Sequence[Firing], minutes: int) -> Outcome:
    """What was sent in these minutes; what would be after them is of alerts of which nothing more is known."""
    own = [one for one in fired if one.labels.get("service", scenario.name) == scenario.name]
    sent = [one for one in notifications(own) if one.minute < minutes]
    first = {one.alert: one for one in reversed(sent)}
    came = sorted((Came(one.alert, one.severity, one.minute) for one in first.values()), key=lambda one: one.minutes)
    wanted = {name for names in scenario.alerts for name in names}
    false = {one.alert for one in sent if one.severity in _PAGES} - wanted - scenario.may
    return Outcome(scenario.name, scenario.alerts, tuple(came), tuple(sorted(false)), has_waiting=True)
