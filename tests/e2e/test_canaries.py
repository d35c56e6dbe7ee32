"""Canaries on the real stack: people see whether the provider changed or the application did."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import yaml
from tests.e2e.support.stack import PROJECT, Stack, start_stack
from tests.e2e.support.waiting import eventually
from tests.support.canaries import configured
from tests.support.fake_model import FakeModel, fake_model

ALERT = "LLMCanaryFailing"
# The colour of messages of severity high.
HIGH = "#e8710a"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeModel]:
    """A provider and an application, over real HTTP."""
    with fake_model() as running:
        yield running


@pytest.fixture(scope="module")
def stack(fake: FakeModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose canaries ask the fake; by the schedule they would run twice a day."""
    folder = tmp_path_factory.mktemp("canaries")
    content = configured(fake.address, every="12h", repeats=1)
    (folder / "watchkeeper.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with ExitStack() as exits:
        yield start_stack(folder, exits, environ={"WATCHKEEPER_CONFIG": str(folder / "watchkeeper.yml")})


def canary_run(stack: Stack) -> subprocess.CompletedProcess[str]:
    """Run the canary as a person does."""
    settings = stack.bundle.settings
    environ = {**settings.environ, "WATCHKEEPER_ROOT": str(PROJECT)}
    command = [sys.executable, "-m", "watchkeeper.cli", "canary", "run", "capital"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=240, check=False)


def messages(stack: Stack, target: str, color: str) -> list[str]:
    """What reached Slack about the canary's score against a target; one message may be about several."""
    texts = [json.dumps(message) for message in stack.receivers.slack if message["attachments"][0]["color"] == color]
    # What is over has no value any more: its target is a label, of the alert or of all alerts of the message.
    ways = (f"against {target} is", f"(target {target})", f"*Target:* {target}")
    return [text for text in texts if ALERT in text and any(way in text for way in ways)]


def reported(stack: Stack, target: str, cause: str) -> Any:
    """A message about the target that names the cause."""
    found = f"against {target} is 0% (threshold 80%); cause: {cause}."
    return [text for text in messages(stack, target, HIGH) if found in text]


def test_a_changed_provider_and_a_changed_application_are_distinguished(stack: Stack, fake: FakeModel) -> None:
    """First the provider swaps the model: both get worse, and both messages say so; then only the application does."""
    first = canary_run(stack)
    assert first.returncode == 0, first.stderr
    eventually("scores of the first run", lambda: stack.query('llm_canary_score{canary="capital"} == 1'))

    fake.respond, fake.model = (lambda _system, _prompt: "Lyon"), "gpt-9-mini"
    assert "the provider changed" in canary_run(stack).stdout
    eventually("the model's alert names the provider", lambda: reported(stack, "gpt", "provider"))
    eventually("the application's alert names it, too", lambda: reported(stack, "shop", "provider"))
    changed = 'llm_canary_changed{canary="capital",target="gpt",what="model"} == 1'
    assert eventually("the change is in Prometheus", lambda: stack.query(changed))

    fake.respond, fake.model = (lambda _system, _prompt: "Paris"), "gpt-9-2026-01-01"
    canary_run(stack)
    for target in ("shop", "gpt"):
        eventually(f"{target}'s is over", lambda: messages(stack, target, "good"))  # noqa: B023 at once

    stack.receivers.slack.clear()
    fake.application = lambda _system, _prompt: "I am a teapot."
    assert "the application changed" in canary_run(stack).stdout
    eventually("the alert names the application", lambda: reported(stack, "shop", "application"))
    assert not messages(stack, "gpt", HIGH)


def test_what_canaries_cost_is_counted_like_any_other_call(stack: Stack) -> None:
    """Under a service of its own; the application's calls are the application's to report."""
    query = 'sum(llm_requests_total{service="watchkeeper-canaries",provider="openai",prompt="capital"}) >= 4'

    assert eventually("calls of canaries", lambda: stack.query(query))
