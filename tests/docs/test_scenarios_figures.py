"""The measured scenarios did what each of them says."""

from pathlib import Path

import msgspec
import pytest
from docs.reference.scenarios_figures import Outcome

from watchkeeper.demo.scenarios import SCENARIOS, Scenario

FIGURES = Path(__file__).parents[2] / "bench" / "scenarios_measured" / "figures.json"
OUTCOMES = {one.scenario: one for one in msgspec.json.decode(FIGURES.read_bytes(), type=list[Outcome])}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_every_scenario_was_measured_and_did_what_it_says(scenario: Scenario) -> None:
    """The alerts that must come came in time, and nothing else of severity high or above."""
    outcome = OUTCOMES[scenario.name]

    assert outcome.expected == scenario.alerts
    assert (outcome.missing, outcome.false_alarms) == ([], ())
    for names in outcome.expected:
        assert min(one.minutes for one in outcome.came if one.alert in names) <= scenario.minutes
