"""What a round of all rules costs at 150,000 series: each rule evaluated once on a real Prometheus, in order.

    PYTHONPATH=. .venv/bin/python bench/rules_cost.py prometheus/rules [another folder of rules]

Series of a hundred services with a sample every 15 seconds for the last hour, and those that rules read over a day for
a day; what is recorded of the last day and at the hours of the last four weeks that rules look up. A folder given
beside the first is measured on the same samples, so that two versions of the rules are compared in one run. Rules about
what no one exposes here cost next to nothing.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import promql_parser as promql
import yaml
from alerts_measured.rules import read
from alerts_measured.store import ROOT, Labels, Store, running
from tests.support.programs import obtain_programs

from watchkeeper.metrics.catalogue import METRICS

SERVICES, MODELS, PROMPTS = 100, 3, 10
# scrape_interval of prometheus.yml, in minutes.
SCRAPE = 0.25
MINUTES, DAY = 70, 1440
_A_DAY_LONG = "llm_cost_dollars_total"
NOW = 28 * DAY
TURNS = 3
# evaluation_interval of prometheus.yml.
_INTERVAL = "15s"
_Key = TypeVar("_Key")
# Hours back at which usual.yml looks.
PAST_HOURS = (671, 503, 335, 167, 143, 119, 95, 71, 47, 23)
_VALUES = {"status": ("ok", "error", "timeout"), "type": ("input", "output", "cached_input", "reasoning")}
_CALLS = (
    "llm_requests_total",
    "llm_request_duration_seconds",
    "llm_time_to_first_token_seconds",
    "llm_time_per_output_token_seconds",
    "llm_tokens_total",
    "llm_request_tokens",
    "llm_cost_dollars_total",
)


def series() -> Iterator[Labels]:
    """The exporter's series about calls, buckets too."""
    metrics = [metric for metric in METRICS if metric.name in _CALLS]
    for number in range(SERVICES * MODELS * PROMPTS):
        known = {
            "service": f"service-{number % SERVICES}",
            "team": f"team-{number % 10}",
            "operation": "chat",
            "provider": f"provider-{number % 3}",
            "model": f"model-{number // SERVICES % MODELS}",
            "prompt": f"prompt-{number // SERVICES // MODELS}",
            "prompt_version": "1",
            "tenant": f"tenant-{number % 50}",
        }
        for metric in metrics:
            [own] = [label for label in metric.labels if label in _VALUES] or [""]
            for value in _VALUES.get(own, ("",))[: 2 if metric.buckets else None]:
                labels = {label: known[label] for label in metric.labels if label in known}
                labels |= {own: value} if own else {}
                yield from _of(metric.name, labels, metric.buckets)


def _of(name: str, labels: Labels, buckets: tuple[float, ...]) -> Iterator[Labels]:
    if not buckets:
        yield {**labels, "__name__": name}
        return
    for bound in (*map(str, buckets), "+Inf"):
        yield {**labels, "__name__": f"{name}_bucket", "le": bound}
    yield {**labels, "__name__": f"{name}_sum"}
    yield {**labels, "__name__": f"{name}_count"}


_SERVICE, _TENANT = (
    ("cost_dollars", "requests", "cost_per_request", "seconds_per_request"),
    ("cost_dollars", "requests"),
)


def looked_up() -> Iterator[Labels]:
    """What usual.yml and presence.yml look up at single hours."""
    for owner, measures in (*((one, _SERVICE) for one in owners()), *((one, _TENANT) for one in tenants())):
        yield from _measured(owner, measures)
    for version in versions():
        yield from _measured(version, ("tokens_per_request",))
    yield from ({**owner, "__name__": "service:llm_requests:min2h_increase1h"} for owner in owners())


def added_up() -> Iterator[Labels]:
    """What usual.yml adds up over a day."""
    for owner, measures in (
        *((one, ("cost_dollars", "requests", "seconds", "timed_requests")) for one in owners()),
        *((one, _TENANT) for one in tenants()),
        *((one, ("requests", "tokens")) for one in versions()),
    ):
        yield from ({**owner, "__name__": "measure:llm_usage:increase1h", "measure": measure} for measure in measures)


def owners() -> list[Labels]:
    """All services."""
    return [{"service": f"service-{number}", "team": f"team-{number % 10}"} for number in range(SERVICES)]


def tenants() -> list[Labels]:
    """All tenants."""
    return [{"tenant": f"tenant-{number}"} for number in range(50)]


def versions() -> list[Labels]:
    """All prompts of all services."""
    prompts = [{"prompt": f"prompt-{n}", "prompt_version": "1", "level": "version"} for n in range(PROMPTS)]
    return [{**owner, **prompt} for owner in owners() for prompt in prompts]


def _measured(owner: Labels, measures: tuple[str, ...]) -> Iterator[Labels]:
    for measure in measures:
        for window in ("1h", "1d"):
            yield {**owner, "__name__": "measure_window:llm_usage:max2h", "measure": measure, "window": window}


def fill(store: Store) -> int:
    """Write everything in the order of time; return the number of the exporter's series."""
    for hours in PAST_HOURS:
        store.write((labels, np.array([NOW - 60 * hours]), np.array([3.0])) for labels in looked_up())
    day = np.arange(NOW - DAY, NOW - MINUTES)
    store.write((labels, day, np.full(day.size, 3.0)) for labels in added_up())
    # Some metrics have no prompt: of these there is one series for all.
    own = list({tuple(sorted(labels.items())): labels for labels in series()}.values())
    for minutes, chosen in (
        (DAY, [labels for labels in own if labels["__name__"] == _A_DAY_LONG]),
        (MINUTES, [labels for labels in own if labels["__name__"] != _A_DAY_LONG]),
    ):
        at = np.arange(NOW - minutes, NOW + TURNS + 3, SCRAPE)
        # Prometheus takes no more than 32 MiB in one request.
        for part in np.array_split(np.arange(at.size), at.size // 300):
            for first in range(0, len(chosen), 5_000):
                store.write((labels, at[part], 0.5 * part) for labels in chosen[first : first + 5_000])
    limits = [
        {"__name__": "llm_alert_threshold", "alert": "LLMErrorRateHigh", "service": f"service-{n}"}
        for n in range(SERVICES)
    ]
    now = np.arange(NOW, NOW + 1)
    store.write((labels, now, np.full(now.size, 0.05)) for labels in limits)
    return len(own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A rule and how often its group is evaluated, in seconds."""

    name: str
    expr: str
    labels: Labels
    every: int


def timed(folder: Path) -> list[Timed]:
    """All rules of a folder: what alerts read, in the order in which rules read each other, then the rest."""
    groups = [group for file in sorted(folder.rglob("*.yml")) for group in yaml.safe_load(file.read_text())["groups"]]
    every = {
        rule["expr"]: int(promql.parse_duration(group.get("interval", _INTERVAL)).total_seconds())
        for group in groups
        for rule in group["rules"]
    }
    rules = [rule for group in groups for rule in group["rules"]]
    recordings, alerts = read(folder, {rule["alert"] for rule in rules if "alert" in rule})
    needed = [(one.record, one.expr, one.labels) for one in recordings]
    others = [(rule["record"], rule["expr"], rule.get("labels", {})) for rule in rules if "record" in rule]
    every_rule = [*needed, *(one for one in others if one not in needed), *((one.name, one.expr, {}) for one in alerts)]
    return [Timed(name=name, expr=expr, labels=labels, every=every[expr]) for name, expr, labels in every_rule]


def record(store: Store, rules: Sequence[Timed], minute: int) -> None:
    """Write what is recorded, for the rules that read it."""
    for rule in (rule for rule in rules if ":" in rule.name):
        found = store.ask(rule.expr, minute, minute)
        own = {tuple(sorted({**labels, **rule.labels, "__name__": rule.name}.items())): at for labels, *at in found}
        store.write((dict(labels), minutes, values) for labels, (minutes, values) in own.items())


def a_round(store: Store, rules: Sequence[Timed], minute: int) -> tuple[dict[int, float], dict[str, float]]:
    """Evaluate all rules: seconds of CPU by interval of the group, and by the clock for each rule.

    What else the machine does changes the latter.
    """
    cpu, taken = {}, {}
    for every in sorted({rule.every for rule in rules}):
        before = cpu_seconds(store)
        for rule in (rule for rule in rules if rule.every == every):
            taken[f"{rule.name} every {every} s"] = store.seconds(rule.expr, minute)
        cpu[every] = cpu_seconds(store) - before
    return cpu, taken


def cpu_seconds(store: Store) -> float:
    """What the Prometheus has taken of the processor since it was started."""
    lines = store.client.get(f"{store.url}/metrics").text.splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("process_cpu_seconds_total "))


def main() -> None:
    """Fill a Prometheus, evaluate each folder three times in turns, print the best of each."""
    folders = [Path(argument) for argument in sys.argv[1:]] or [ROOT / "prometheus" / "rules"]
    rules = [timed(folder) for folder in folders]
    with tempfile.TemporaryDirectory() as work, running(obtain_programs(ROOT)["prometheus"], Path(work)) as store:
        print(f"{fill(store):,} series", flush=True)
        rounds: list[list[tuple[dict[int, float], dict[str, float]]]] = [[] for _ in folders]
        for place, own in enumerate(rules):
            record(store, own, NOW + 1 + place)
        for _ in range(TURNS):
            for place, own in enumerate(rules):
                rounds[place].append(a_round(store, own, NOW + 1 + place))
    for folder, measured in zip(folders, rounds, strict=True):
        cpu, taken = zip(*measured, strict=True)
        show(folder, _best(cpu), _best(taken))


def _best(rounds: Sequence[dict[_Key, float]]) -> dict[_Key, float]:
    return {key: min(one[key] for one in rounds) for key in rounds[0]}


def show(folder: Path, cpu: dict[int, float], taken: dict[str, float]) -> None:
    """Print what rules cost: when all groups are due at once, in fifteen seconds on average, and what costs most."""
    mean = sum(seconds * 15 / every for every, seconds in cpu.items())
    print(f"{folder}: {sum(cpu.values()):.2f} s of CPU a round of all rules, {mean:.2f} s in 15 s on average")
    for every, seconds in cpu.items():
        print(f"    {seconds:.2f} s of CPU: groups evaluated every {every} s")
    for name, seconds in sorted(taken.items(), key=lambda one: -one[1])[:12]:
        print(f"        {seconds:.3f} s {name}")


if __name__ == "__main__":
    main()
