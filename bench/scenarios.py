"""Which alerts the demo's scenarios set off, and how many minutes after the change, by the shipped rules.

    PYTHONPATH=. .venv/bin/python bench/scenarios.py
    make generate

The demo's application runs each scenario against its model server, the exporter counts what it sends, and a real
Prometheus evaluates the shipped rules over four steady days and three hours of the scenario; what Alertmanager makes
of the alerts (groups, inhibition) is as in bench/alerts_measured.py. Scenarios about time (slow, latency-creep,
timeouts) are left out: nothing waits here. docs/reference/scenarios.md shows the result.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import msgspec
from docs.reference.scenarios_figures import Outcome
from scenarios_measured.counted import counted
from scenarios_measured.measure import measure
from tests.support.programs import obtain_programs

from watchkeeper.demo.scenarios import SCENARIOS, STEADY, Scenario
from watchkeeper.operator.history.shape import Shape

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "bench" / "scenarios_measured" / "figures.json"
ABOUT_TIME = frozenset({"slow", "latency-creep", "timeouts"})
# Known after a week of silence that is usual; counted without its service.
NOT_HERE = frozenset({"silent", "model-flood"})
# It is an outage only where no other service reaches the provider.
ALONE = frozenset({"provider-outage"})
CONVERSATIONS, MINUTES = 100, 180
_AT_ONCE = 8


def groups() -> list[list[Scenario]]:
    """Scenarios that are played side by side."""
    beside = [one for one in SCENARIOS if one.name not in ABOUT_TIME | NOT_HERE | ALONE]
    return [
        *(beside[first : first + _AT_ONCE] for first in range(0, len(beside), _AT_ONCE)),
        *([one] for one in SCENARIOS if one.name in ALONE),
    ]


def play(scenarios: list[Scenario], folder: Path, conversations: int = CONVERSATIONS) -> list[Outcome]:
    """Play scenarios side by side, after steady days of the service that each changes."""
    steady = {service: replace(STEADY, services=(service,)) for one in scenarios for service in one.services[:1]}
    usual = {service: counted(one, conversations, folder) for service, one in steady.items()}
    played = {one.name: (one, usual[one.services[0]], _changed(one, usual, conversations, folder)) for one in scenarios}
    return measure(played, MINUTES, obtain_programs(ROOT)["prometheus"], folder)


def _changed(scenario: Scenario, usual: dict[str, Shape], conversations: int, folder: Path) -> Shape:
    if scenario == STEADY:
        return usual[scenario.services[0]]
    return counted(scenario, conversations * (1 + scenario.build.extra), folder)


def main() -> None:
    """Measure all, print what is wrong, write the figures."""
    outcomes = []
    for scenarios in groups():
        with tempfile.TemporaryDirectory(prefix="scenarios-") as folder:
            for one in play(scenarios, Path(folder)):
                print(one.scenario, one.came, "missing:", one.missing, "false:", one.false_alarms, flush=True)
                outcomes.append(one)
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(outcomes), indent=1) + b"\n")


if __name__ == "__main__":
    main()
