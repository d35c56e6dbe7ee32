"""What a round of all rules costs at 150,000 series: each rule evaluated once on a real Prometheus, in order.

    .venv/bin/python bench/rules_cost.py prometheus/rules [another folder of rules]

Series of a hundred services with a sample a minute for two hours, what is recorded of the last day and at the hours of
the last four weeks that rules look up. A folder given beside the first is measured on the same samples, so that two
versions of the rules are compared in one run. Rules about what no one exposes here cost next to nothing.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from alerts_measured.rules import read
from alerts_measured.store import ROOT, Labels, Store, running
from tests.support.programs import obtain_programs

from watchkeeper.metrics.catalogue import METRICS

SERVICES, MODELS, PROMPTS = 100, 3, 10
MINUTES, DAY = 120, 1440
NOW = 28 * DAY
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
        yield from _measured(version, ("requests", "tokens_per_request"))
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
    minutes = np.arange(NOW - MINUTES, NOW + 1)
    for first in range(0, len(own), 5_000):
        store.write((labels, minutes, 2.0 * np.arange(minutes.size)) for labels in own[first : first + 5_000])
    limits = [
        {"__name__": "llm_alert_threshold", "alert": "LLMErrorRateHigh", "service": f"service-{n}"}
        for n in range(SERVICES)
    ]
    store.write((labels, minutes, np.full(minutes.size, 0.05)) for labels in limits)
    return len(own)


def a_round(store: Store, rules: Path, minute: int) -> dict[str, float]:
    """Seconds of each rule, as Prometheus counts them; what is recorded is written, for the rules that read it."""
    every = [
        rule
        for file in sorted(rules.rglob("*.yml"))
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]
    recordings, alerts = read(rules, {rule["alert"] for rule in every if "alert" in rule})
    others = [rule for rule in every if "record" in rule and rule["record"] not in {one.record for one in recordings}]
    taken: dict[str, float] = {}
    for name, expression in (
        *((one.record, one.expr) for one in recordings),
        *((one["record"], one["expr"]) for one in others),
        *((one.name, one.expr) for one in alerts),
    ):
        taken[name] = taken.get(name, 0.0) + store.seconds(expression, minute)
        found = store.ask(expression, minute, minute)
        if ":" in name:
            unique = {
                tuple(sorted({**labels, "__name__": name}.items())): (minutes, values)
                for labels, minutes, values in found
            }
            store.write((dict(labels), *samples) for labels, samples in unique.items())
    return taken


def main() -> None:
    """Fill a Prometheus, evaluate each folder three times in turns, print the best round of each."""
    folders = [Path(argument) for argument in sys.argv[1:]] or [ROOT / "prometheus" / "rules"]
    with tempfile.TemporaryDirectory() as work, running(obtain_programs(ROOT)["prometheus"], Path(work)) as store:
        print(f"{fill(store):,} series")
        rounds: dict[Path, list[dict[str, float]]] = {folder: [] for folder in folders}
        for turn in range(3):
            for folder in folders:
                rounds[folder].append(a_round(store, folder, NOW + 1 + turn * len(folders) + folders.index(folder)))
    for folder, taken in rounds.items():
        best = min(taken, key=lambda one: sum(one.values()))
        print(f"{folder}: {len(best)} rules, {sum(best.values()):.2f} s a round")
        for name, seconds in sorted(best.items(), key=lambda one: -one[1])[:12]:
            print(f"    {seconds:.3f} s {name}")


if __name__ == "__main__":
    main()
