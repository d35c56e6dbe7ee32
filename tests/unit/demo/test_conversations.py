"""What the demo sends is taken by the exporter, and each scenario shows in it."""

import re
from collections import Counter
from pathlib import Path
from random import Random

import msgspec
import pytest

from watchkeeper.demo.conversations import Event, conversation
from watchkeeper.demo.scenarios import SCENARIOS, USUAL, Scenario, scenario_named
from watchkeeper.exporter.ingest.events import NativeEvent

PROJECT = Path(__file__).resolve().parents[3]
CONVERSATIONS = 2000


def events_in(scenario: Scenario) -> list[Event]:
    """The events of many conversations, always the same ones."""
    random = Random(7)
    return [event for _ in range(CONVERSATIONS) for event in conversation(random, scenario)]


def share(scenario_name: str, kind: str, field: str, value: object) -> float:
    """Which share of the events of a kind has a value, in a scenario."""
    scenario = scenario_named(scenario_name)
    assert scenario is not None
    found = [event.get(field) == value for event in events_in(scenario) if event["type"] == kind]
    return sum(found) / len(found)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_event_is_one_that_the_exporter_takes(scenario: Scenario) -> None:
    """No field is misspelt, no value out of range."""
    for event in events_in(scenario):
        msgspec.json.decode(msgspec.json.encode(event), type=NativeEvent)


def test_a_conversation_is_one_trace_of_one_service() -> None:
    """Calls, tools and scores of a question are found together."""
    events = conversation(Random(3), USUAL)

    assert len({event["trace_id"] for event in events}) == 1
    assert {event["service"] for event in events} == {"demo-support"}


def test_the_usual_scenario_has_everything_that_a_dashboard_shows() -> None:
    """Each kind of event comes, and hardly anything fails."""
    kinds = Counter(event["type"] for event in events_in(USUAL))

    assert kinds.keys() >= {
        "llm_call",
        "tool_call",
        "retrieval",
        "branch_decision",
        "score",
        "feedback",
        "cache_lookup",
    }
    assert share("usual", "llm_call", "finish_reason", None) < 0.03


@pytest.mark.parametrize(
    ("scenario", "kind", "field", "value", "least"),
    [
        ("errors", "llm_call", "status", "error", 0.25),
        ("rate-limits", "llm_call", "status", "rate_limited", 0.4),
        ("timeouts", "llm_call", "status", "timeout", 0.25),
        ("cut-off", "llm_call", "finish_reason", "length", 0.4),
        ("broken-tools", "tool_call", "status", "error", 0.6),
        ("bad-answers", "quality_gate", "passed", False, 0.9),
        ("helpless", "branch_decision", "branch", "person", 0.7),
    ],
)
def test_a_scenario_shows(scenario: str, kind: str, field: str, value: object, least: float) -> None:
    """Far above what is usual, so that the alert that it names has something to report."""
    assert share(scenario, kind, field, value) > least
    assert share("usual", kind, field, value) < least / 2


@pytest.mark.parametrize(("scenario", "field"), [("slow", "duration_seconds"), ("greedy", "input_tokens")])
def test_a_scenario_multiplies(scenario: str, field: str) -> None:
    """The middle of all calls moves."""

    def middle(name: str) -> float:
        chosen = scenario_named(name)
        assert chosen is not None
        values = sorted(event[field] for event in events_in(chosen) if field in event and "finish_reason" in event)
        return float(values[len(values) // 2])

    assert middle(scenario) > 5 * middle("usual")


def test_silence_sends_nothing() -> None:
    """As if the application were gone."""
    silent = scenario_named("silent")
    assert silent is not None

    assert conversation(Random(1), silent) == []


def test_every_alert_that_a_scenario_names_is_there() -> None:
    """The command reports which alert will follow."""
    rules = "".join(path.read_text() for path in (PROJECT / "prometheus" / "rules" / "alerts").glob("*.yml"))

    named = {scenario.alert for scenario in SCENARIOS if scenario.alert}
    assert named <= set(re.findall(r"alert: (\w+)", rules))
    assert scenario_named("no such scenario") is None


def test_the_how_to_has_every_scenario() -> None:
    """The table of the page is that of the code."""
    page = (PROJECT / "docs" / "how-to" / "try-the-demo.md").read_text()
    rows = re.findall(r"^\| `([\w-]+)` \| (.*?) \| (\w*) ?\|$", page, re.MULTILINE)

    assert rows == [(scenario.name, scenario.effect, scenario.alert) for scenario in SCENARIOS if scenario is not USUAL]
