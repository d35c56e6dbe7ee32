"""What the demo's scenarios set off, and how soon: the page of what bench/scenarios.py measured."""

from pathlib import Path

import msgspec
from docs.reference.markdown import page, table
from docs.reference.scenarios_figures import Outcome

from watchkeeper.demo.scenarios import SCENARIOS, STEADY, Scenario

_FIGURES = Path(__file__).parents[2] / "bench" / "scenarios_measured" / "figures.json"
_INTRODUCTION = """\
What goes wrong in [the demo](../how-to/try-the-demo.md), the alerts that must come of it, and those that came.
Measured by `bench/scenarios.py`: the demo's application runs each scenario against its model server, whose waiting
passes in virtual time; the exporter counts what it sends, and a real Prometheus evaluates the shipped rules over four
steady days (twelve before silence, which is compared with that of weeks) and three hours of the scenario.
Minutes are from the change to the notification, with what Alertmanager groups and inhibits.
A false alarm is a notification of severity high or above that is about something else.
`tests/e2e/test_scenarios.py` lives through `steady`, `prompt-v2` and `tool-skipped` on the real exporter, Prometheus
and Alertmanager, with an hour of the rules in a minute: their alerts arrive, and nothing else pages anyone."""

_WITHOUT_WAITING = "Measured without waiting, with what creeps in there at once, and without the alerts about latency"
_LIMITS = """\
What creeps in does so in six steps.
An outage is one only where no other service reaches the provider; an alert about unpriced models has no service."""


def render() -> str:
    """Return the page."""
    measured = {one.scenario: one for one in msgspec.json.decode(_FIGURES.read_bytes(), type=list[Outcome])}
    rows = (_row(scenario, measured[scenario.name]) for scenario in SCENARIOS)
    others = ", ".join(f"`{name}`" for name, one in measured.items() if not one.has_waiting)
    return page(
        "Scenarios, measured",
        "bench/scenarios_measured/figures.json",
        _INTRODUCTION,
        table(["scenario", "expected", "came after minutes", "false alarms"], rows),
        *([f"{_WITHOUT_WAITING}: {others}."] if others else []),
        _LIMITS,
    )


def _row(scenario: Scenario, measured: Outcome) -> tuple[str, str, str, str]:
    came = ", ".join(f"{one.alert} {one.minutes}" for one in measured.came)
    expected = scenario.alert if scenario != STEADY else "none"
    return f"`{scenario.name}`", expected, came or "none", ", ".join(measured.false_alarms) or "0"
