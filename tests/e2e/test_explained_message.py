"""Prompt v2 takes twice the tokens: the message that people get says so, and says why."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually

from watchkeeper.operator.drills.remote_write import HEADERS, Samples, encode

SERVICE = "support"
# An hour of the rules is five minutes: an alert that must hold for ten minutes does so for 50 seconds, in which the
# analyzer, whose time is not shortened, looks at least once.
TIME_SCALE = 12.0
HOUR, MINUTE = 3_600, 60
LABELS = {"service": SERVICE, "team": "care", "prompt": "answer", "prompt_version": "v1"}
CALL_LABELS = LABELS | {"operation": "chat", "provider": "openai", "model": "gpt-4o-mini", "tenant": "default"}
TOKENS_IN, TOKENS_OUT, CALLS_A_MINUTE = 480, 100, 10
WHY = "prompt answer/v2, tokens in per call 480 to 990"
V2 = {
    "type": "llm_call",
    "service": SERVICE,
    "team": "care",
    "operation": "chat",
    "provider": "openai",
    "model": "gpt-4o-mini",
    "prompt": "answer",
    "prompt_version": "v2",
    "input_tokens": 990,
    "output_tokens": TOKENS_OUT,
}
CALLS = json.dumps([V2] * CALLS_A_MINUTE).encode()


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bundle with a day of calls of version v1, the last of them an hour ago."""
    with ExitStack() as exits:
        stack = start_stack(tmp_path_factory.mktemp("bundle"), exits, time_scale=TIME_SCALE)
        body = encode([*_counted(time.time()), *_recorded(time.time())])
        stack.client.post(stack.url("prometheus", "/api/v1/write"), content=body, headers=HEADERS).raise_for_status()
        yield stack


def _counted(now: float) -> Iterator[tuple[dict[str, str], Samples]]:
    """What the exporter would have counted: a day of v1."""
    start, end = int(now) - 26 * HOUR, int(now) - HOUR
    for name, more, each in (
        ("llm_requests_total", {"status": "ok"}, 1),
        ("llm_tokens_total", {"type": "input"}, TOKENS_IN),
        ("llm_tokens_total", {"type": "output"}, TOKENS_OUT),
    ):
        minutes = range((end - start) // MINUTE)
        samples = [((start + minute * MINUTE) * 1000, float(minute * CALLS_A_MINUTE * each)) for minute in minutes]
        yield {"__name__": name, "job": "exporter", "instance": "before", **CALL_LABELS, **more}, samples


def _recorded(now: float) -> Iterator[tuple[dict[str, str], Samples]]:
    """What the shortened rules would have recorded of it: eight of their hours, until now."""
    for name, each in (("tokens", TOKENS_IN + TOKENS_OUT), ("requests", 1)):
        hourly = float(HOUR / MINUTE * CALLS_A_MINUTE * each)
        times = range(int(now - 10 * HOUR / TIME_SCALE), int(now) - 5, 5)
        yield {"__name__": f"service_version:llm_{name}:increase1h", **LABELS}, [(at * 1000, hourly) for at in times]


@pytest.fixture(scope="module")
def message(explained: Stack) -> dict[str, Any]:
    """Send calls of v2 until people hear of it."""

    def sent_and_found() -> dict[str, Any] | None:
        explained.post("/v1/events", CALLS, {"content-type": "application/json"})
        return _slack(explained)

    return eventually("Slack hears of prompt v2", sent_and_found)


def test_the_message_says_why(message: dict[str, Any]) -> None:
    """The prompt version and its tokens, before and after, below the alert's own sentence."""
    text = message["attachments"][0]["text"]

    assert "_Why:_ " in text
    assert WHY in text
    assert "certainty: high" in text


def test_the_panel_has_the_line_and_the_cause(explained: Stack, message: dict[str, Any]) -> None:
    """The same by Prometheus, for a dashboard."""
    assert message

    of_service = f'{{service="{SERVICE}"}}'
    ((line, _),) = eventually("the line", lambda: explained.query(f"llm_change_explanation_info{of_service}"))
    ((cause, share),) = eventually("the cause", lambda: explained.query(f"llm_change_cause_ratio{of_service}"))

    assert WHY in line["explanation"]
    assert cause["cause"] == "prompt answer/v2, tokens in per call"
    assert share == pytest.approx(1.0)


def _slack(stack: Stack) -> dict[str, Any] | None:
    found = [
        message
        for message in stack.receivers.slack
        for attachment in message["attachments"]
        if "LLMTokensPerRequestUp" in attachment["title"] and SERVICE in attachment["title"]
    ]
    return found[0] if found else None
