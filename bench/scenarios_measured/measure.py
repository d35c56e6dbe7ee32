"""Days of steady traffic, then a scenario for some hours, in a real Prometheus with the shipped rules over them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from alerts_measured.notify import notifications
from alerts_measured.rules import Firing, Watch, read
from alerts_measured.store import ROOT, START, running
from docs.reference.scenarios_figures import Came, Outcome

from watchkeeper.demo.scenarios import Scenario
from watchkeeper.operator.history.past import limits
from watchkeeper.operator.history.recorder import Recorder
from watchkeeper.operator.history.shape import Shape
from watchkeeper.operator.history.store import Array, Labels, Store
from watchkeeper.operator.history.synth import Phase, conversations, together

RULES = ROOT / "prometheus" / "rules"
# What is usual is known after three days; a sample in five minutes is enough of them.
_DAYS, _DAY, _PAST_STEP, _STEP = 4, 86_400, 300, 60
_PER_SECOND = 2.0
_PAGES = ("critical", "high")
# Nothing waits here, so that what takes long is the work of this process alone.
_ABOUT_TIME = frozenset({"LLMLatencyHigh", "LLMLatencyUp", "LLMFirstTokenSlow", "LLMToolSlow", "LLMRetrievalSlow"})
_LABELS = {"job": "exporter", "instance": "demo"}


def measure(
    scenarios: Mapping[str, tuple[Scenario, Shape, Shape]], minutes: int, program: Path, folder: Path
) -> list[Outcome]:
    """Play scenarios side by side, each as a service of its own: its scenario, what is usual for it, what it counts.

    All reach the same provider.
    """
    names = {str(rule) for rule in _alerts()}
    recordings, alerts = read(RULES, names)
    steps = _DAYS * _DAY // _PAST_STEP
    with running(program, folder) as found:
        past = Store(found.url, found.client, found.pid, START, _PAST_STEP)
        later = Store(found.url, found.client, found.pid, START + steps * _PAST_STEP, _STEP)
        before, after = _counters(scenarios, steps, minutes)
        _write(past, before, steps)
        Recorder(recordings).record(past, 0, steps - 1)
        _write(later, after, minutes)
        Recorder(recordings).record(later, 0, minutes - 1)
        watch = Watch(alerts)
        watch.ask(later, 0, minutes - 1)
    return [_outcome(scenario, list(watch.fired())) for scenario, _, _ in scenarios.values()]


def _alerts() -> Iterator[str]:
    for file in sorted((RULES / "alerts").glob("llm_*.yml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from (rule["alert"] for rule in group["rules"] if rule["alert"] not in _ABOUT_TIME)


_Series = list[tuple[Labels, Array]]


@dataclass(frozen=True, slots=True)
class _Service:
    """A copy of the service that a scenario changes, by a name of its own."""

    scenario: Scenario
    name: str
    seed: int

    def phases(self, steps: int, seconds: int, shapes: Sequence[tuple[Shape, float]]) -> Iterator[Phase]:
        """So many steps of each shape, with how busy the service is by it."""
        for shape, busy in shapes:
            made = conversations(range(steps), busy * _PER_SECOND * seconds, lambda _: 1.0, self.seed + steps)
            service, renamed = self.scenario.services[0], {"service": self.name}
            yield Phase(shape=shape, service=service, conversations=made, renamed=renamed)


def _counters(
    scenarios: Mapping[str, tuple[Scenario, Shape, Shape]], steps: int, minutes: int
) -> tuple[_Series, _Series]:
    """Counters of the days before and of the minutes after, which begin where the days ended."""
    before, after = [], []
    for number, (name, (scenario, usual, changed)) in enumerate(scenarios.items()):
        service = _Service(scenario, name, number)
        days = together(service.phases(steps, _PAST_STEP, ((usual, 1), (changed, 0))), _LABELS)
        ends = {_key(labels): values[-1] for labels, values in days}
        busy = 0.0 if scenario.build.is_silent else 1.0 + scenario.build.extra
        hours = together(service.phases(minutes, _STEP, ((usual, 0), (changed, busy))), _LABELS)
        before += days
        after += [(labels, values + ends[_key(labels)]) for labels, values in hours]
    return [*before, *limits(scenarios, steps)], [*after, *limits(scenarios, minutes)]


def _key(labels: Labels) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _write(store: Store, series: _Series, steps: int) -> None:
    at = np.arange(steps)
    store.write((labels, at, values) for labels, values in series)


def _outcome(scenario: Scenario, fired: Sequence[Firing]) -> Outcome:
    own = [one for one in fired if one.labels.get("service", scenario.name) == scenario.name]
    sent = notifications(own)
    first = {one.alert: one for one in reversed(sent)}
    came = sorted((Came(one.alert, one.severity, one.minute) for one in first.values()), key=lambda one: one.minutes)
    wanted = {name for names in scenario.alerts for name in names}
    false = {one.alert for one in sent if one.severity in _PAGES} - wanted - scenario.may
    return Outcome(scenario.name, scenario.alerts, tuple(came), tuple(sorted(false)))
