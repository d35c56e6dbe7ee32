"""Which alerts the demo's scenarios set off, and how many minutes after the change, by the shipped rules.

    PYTHONPATH=. .venv/bin/python bench/scenarios.py
    make generate

The demo's application runs each scenario against its model server, whose waiting passes in virtual time; the exporter
counts what it sends, and a real Prometheus evaluates the shipped rules over four steady days (twelve before silence,
which is compared with that of weeks) and three hours of the scenario; what Alertmanager makes of the alerts (groups,
inhibition) is as in bench/alerts_measured.py. docs/reference/scenarios.md shows the result.
"""

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
from docs.reference.scenarios_figures import Outcome
from scenarios_measured.counted import counted
from scenarios_measured.measure import Past, Played, measure

from watchkeeper.demo.scenarios import SCENARIOS, STEADY, Scenario
from watchkeeper.operator.history.shape import Shape

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "bench" / "scenarios_measured" / "figures.json"
# It is an outage only where no other service reaches the provider; unpriced calls are counted without their service.
ALONE = frozenset({"provider-outage", "model-flood"})
# A silence is one of severity high after eleven days, and is looked for in windows of five minutes.
LONG_PAST = {"silent": Past(days=12, step=60)}
CONVERSATIONS, MINUTES = 100, 180
_AT_ONCE = 8
# In so many steps something creeps to where it ends.
_RAMP_STEPS = 6


def groups() -> list[list[Scenario]]:
    """Scenarios that are played side by side."""
    beside = [one for one in SCENARIOS if one.name not in ALONE | LONG_PAST.keys()]
    return [
        *(beside[first : first + _AT_ONCE] for first in range(0, len(beside), _AT_ONCE)),
        *([one] for one in SCENARIOS if one.name in ALONE | LONG_PAST.keys()),
    ]


def play(scenarios: list[Scenario], folder: Path, conversations: int = CONVERSATIONS) -> list[Outcome]:
    """Play scenarios side by side, after steady days of the service that each changes."""
    steady = {service: replace(STEADY, services=(service,)) for one in scenarios for service in one.services[:1]}
    usual = {service: counted(one, conversations, folder) for service, one in steady.items()}
    played = [
        Played(
            scenario=one,
            usual=usual[one.services[0]],
            changed=list(_changed(one, usual[one.services[0]], conversations, folder)),
        )
        for one in scenarios
    ]
    return measure(played, MINUTES, folder, LONG_PAST.get(scenarios[0].name, Past()))


def _changed(scenario: Scenario, usual: Shape, conversations: int, folder: Path) -> Iterator[tuple[float, Shape]]:
    """What is counted from some minutes after the change on; what creeps does so in steps."""
    if scenario == STEADY or scenario.build.is_silent:
        yield 0, usual
        return
    behaviour, ramp = scenario.behaviour, scenario.behaviour.ramp_minutes
    step = ramp / _RAMP_STEPS
    for since in [number * step for number in range(_RAMP_STEPS)] if ramp else []:
        there = replace(scenario, behaviour=behaviour.after(since + step / 2))
        yield since, counted(there, conversations, folder)
    yield ramp, counted(scenario, conversations * (1 + scenario.build.extra), folder)


def main() -> None:
    """Measure all or some, print what is wrong, write the figures; those of others stay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[one.name for one in SCENARIOS], help="these scenarios")
    asked = parser.parse_args()
    outcomes = {one.scenario: one for one in msgspec.json.decode(FIGURES.read_bytes(), type=list[Outcome])}
    for scenarios in groups():
        some = [one for one in scenarios if one.name in asked.only]
        with tempfile.TemporaryDirectory(prefix="scenarios-") as folder:
            for one in play(some, Path(folder)) if some else ():
                print(one.scenario, one.came, "missing:", one.missing, "false:", one.false_alarms, flush=True)
                outcomes[one.scenario] = one
        known = [outcomes[one.name] for one in SCENARIOS if one.name in outcomes]
        FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(known), indent=1) + b"\n")


if __name__ == "__main__":
    main()
