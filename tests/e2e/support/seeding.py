"""Traffic of a day in a minute: a support agent in a quiet hour and in a bad one, coding, and sessions of MCP."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.e2e.support.coding import activity, coding
from tests.e2e.support.conversations import FAILING, SERVICE, USUAL, conversation
from tests.e2e.support.mcp import session
from tests.e2e.support.stack import Stack

_BATCHES = 12
_CONVERSATIONS_A_BATCH = 15
_PROMPTS_A_BATCH = 4
_GOING_ON = 4
_SEED = 20260711
_PAUSE_SECONDS = 2.0
_HEADERS = {"content-type": "application/json"}
_DEPLOYED: dict[str, object] = {
    "type": "deployment",
    "service": SERVICE,
    "kind": "app",
    "name": SERVICE,
    "version": "2.4.1",
}


def seed(stack: Stack) -> None:
    """Send batches, with a scrape between any two, so that every counter has been seen to grow."""
    random, of_coding, of_activity, of_mcp = Random(_SEED), Random(_SEED), Random(_SEED), Random(_SEED)
    _post(stack, [_DEPLOYED])
    for number in range(_BATCHES):
        traffic = FAILING if number > _BATCHES // 2 else USUAL
        events = [event for _ in range(_CONVERSATIONS_A_BATCH) for event in conversation(random, traffic)]
        _post(stack, events + [event for _ in range(_PROMPTS_A_BATCH) for event in coding(of_coding)])
        _post_activity(stack, of_activity)
        _post_mcp(stack, of_mcp)
        stack.let_prometheus_scrape()


@contextmanager
def going_on(stack: Stack) -> Iterator[None]:
    """Conversations every other second, until the end: four of five of them ask no model."""
    random, of_coding, of_activity, of_mcp = Random(_SEED), Random(_SEED), Random(_SEED), Random(_SEED)
    is_over = threading.Event()

    def send() -> None:
        while not is_over.wait(_PAUSE_SECONDS):
            events = [event for _ in range(_GOING_ON) for event in conversation(random, FAILING)]
            _post(stack, events + coding(of_coding))
            _post_activity(stack, of_activity)
            _post_mcp(stack, of_mcp)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        is_over.set()
        sender.join()


def _post(stack: Stack, events: list[dict[str, object]]) -> None:
    answer = stack.post("/v1/events", json.dumps(events).encode(), _HEADERS)
    assert answer.status_code == 200, answer.text


def _post_activity(stack: Stack, random: Random) -> None:
    answer = stack.post("/v1/metrics", activity(random, time.time_ns()), {"content-type": "application/x-protobuf"})
    assert answer.status_code == 200, answer.text


def _post_mcp(stack: Stack, random: Random) -> None:
    for body in session(random, time.time_ns()):
        answer = stack.post("/v1/traces", body, _HEADERS)
        assert answer.status_code == 200, answer.text
