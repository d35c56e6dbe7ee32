"""The scenarios as data: alerts that are there, words that pages have, and commands that list them."""

import re
from pathlib import Path

import pytest
import yaml

from watchkeeper.demo.assistant.desk import DESKS
from watchkeeper.demo.scenarios import SCENARIOS, STEADY, USUAL_MINUTES, Scenario
from watchkeeper.prices.retirements import RetirementBook

PROJECT = Path(__file__).resolve().parents[3]
ALERTS = {
    rule["alert"]
    for file in (PROJECT / "prometheus" / "rules" / "alerts").glob("*.yml")
    for group in yaml.safe_load(file.read_text())["groups"]
    for rule in group["rules"]
}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_alert_that_a_scenario_names_is_there(scenario: Scenario) -> None:
    """What must come, and what may."""
    names = {name for names in scenario.alerts for name in names} | scenario.may

    assert names <= ALERTS


def test_names_are_there_once() -> None:
    """Each is a word that people type."""
    names = [scenario.name for scenario in SCENARIOS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", name) for name in names)


def test_a_scenario_lasts_for_as_long_as_its_alerts_may_take() -> None:
    """Unless something else is said."""
    assert max(scenario.minutes for scenario in SCENARIOS) <= USUAL_MINUTES


def test_every_scenario_but_the_steady_one_sets_something_off_in_a_time() -> None:
    """A scenario that no alert reports is none."""
    assert [one.name for one in SCENARIOS if not one.alerts or not one.minutes] == ["steady"]


def test_the_how_to_has_every_scenario() -> None:
    """The table of the page is that of the code."""
    page = (PROJECT / "docs" / "how-to" / "try-the-demo.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \| (.*?) \| (\d+) \|$", page, re.MULTILINE)

    assert rows == [
        (scenario.name, scenario.effect, scenario.alert, str(scenario.minutes))
        for scenario in SCENARIOS
        if scenario is not STEADY
    ]


def test_no_model_of_the_demo_is_about_to_be_retired() -> None:
    """Whoever looks at it for the first time would be notified of that before all else."""
    book = RetirementBook()

    assert {model: book.of("openai", model) for desk in DESKS for model in desk.models} == dict.fromkeys(
        (model for desk in DESKS for model in desk.models), None
    )
