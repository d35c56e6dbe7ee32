"""Three of the demo's scenarios, lived through: what its own table promises reaches a receiver, and nothing else does.

All scenarios are measured by bench/scenarios.py, in virtual time (docs/reference/scenarios.md). Here are those whose
cause people must be able to read in the message, and the one that must be quiet; the wait is an hour of the rules.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.e2e.support.customers import scenario_of
from tests.e2e.support.played import Played, playing
from tests.e2e.support.waiting import eventually

# Conversations in a second. A shift of reviews from a tenth to a quarter exceeds chance with some hundred runs.
PROCESSES = ({"prompt-v2": 4.0}, {"steady": 1.0, "tool-skipped": 1.0})
NAMES = sorted(name for process in PROCESSES for name in process)
PAGES = {"CRITICAL", "HIGH"}
_TITLE = re.compile(r"\[(?P<severity>\w+)\] (?P<alert>\w+): (?P<service>[\w-]+)")


@dataclass(frozen=True)
class Sent:
    """A message to Slack about a service."""

    severity: str
    alert: str
    service: str
    text: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """All three side by side, from the change until what is promised came."""
    with playing(tmp_path_factory.mktemp("bundle"), PROCESSES) as found:
        found.begin()
        for name in NAMES:
            for alerts in scenario_of(name).alerts:
                eventually(f"{name}: {' or '.join(alerts)}", lambda: first(found, name, alerts))  # noqa: B023 at once
        yield found


def sent(played: Played) -> list[Sent]:
    """What came that is about one of the services, and is not over."""
    attachments = [one for message in played.stack.receivers.slack for one in message["attachments"]]
    matches = ((_TITLE.match(one["title"]), one["text"]) for one in attachments)
    found = [Sent(**match.groupdict(), text=text) for match, text in matches if match]
    return [one for one in found if one.severity != "RESOLVED" and one.service in NAMES]


def first(played: Played, service: str, alerts: tuple[str, ...]) -> Sent | None:
    """The first message of one of these alerts."""
    return next((one for one in sent(played) if one.service == service and one.alert in alerts), None)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_pages_anyone(played: Played, name: str) -> None:
    """Of severity high or above come only the promised alerts and those that may; of steady customers none."""
    scenario = scenario_of(name)
    rightly = {alert for alerts in scenario.alerts for alert in alerts} | scenario.may

    paged = {one.alert for one in sent(played) if one.service == name and one.severity in PAGES}

    assert paged <= rightly


@pytest.mark.parametrize("alerts", scenario_of("prompt-v2").alerts, ids=" or ".join)
def test_each_message_about_the_new_prompt_names_it_and_says_why(played: Played, alerts: tuple[str, ...]) -> None:
    """The version, as the cause or as what changed meanwhile, and the deployment that was announced."""
    message = first(played, "prompt-v2", alerts)

    assert message
    why = re.search(r"_Why:_ (.*)", message.text)
    assert why, message.text
    assert re.match(r"\d+ % of \+", why[1])
    assert "prompt support-answer/v2" in why[1]
    assert "deployments in the last 6 hours: prompt" in message.text


def test_the_message_about_the_skipped_tool_names_agent_and_tool(played: Played) -> None:
    """What the contract expects, and of whom."""
    message = first(played, "tool-skipped", ("LLMToolSkipped",))

    assert message
    assert message.severity == "CRITICAL"
    assert "support-agent" in message.text
    assert "find_order" in message.text
