"""How long people wait for an alert about an agent that goes wrong, in real time: from its runs to the message.

    PYTHONPATH=. .venv/bin/python bench/silent_failures_live.py

Starts a stack of its own with the shipped waiting times and receivers in the place of Slack, sends runs of a recorded
agent that skips its tool, goes round in a loop and babbles, and prints the seconds until each message. Takes some
minutes, in which the machine does next to nothing.
"""

import itertools
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import yaml
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.test_silent_failures import CONTRACT, babbling, send, slack_of
from tests.support.mutated_runs import dropped, looping

CASES = (
    ("LLMToolSkipped", "skipping-bot", dropped),
    ("LLMAgentLoop", "looping-bot", looping),
    ("LLMSilentFailures", "babbling-bot", babbling),
)
# Two wrong runs each time: the rules want three, and five of gibberish.
ROUNDS = 3
PATIENCE_SECONDS = 900.0


def main() -> None:
    """Send, wait, and print."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as exits:
        folder = Path(name)
        file = folder / "own.yml"
        file.write_text(yaml.safe_dump({"contracts": [CONTRACT], "privacy": {"inspect": True}}), encoding="utf-8")
        stack = start_stack(folder / "bundle", exits, time_scale=1, environ={"WATCHKEEPER_CONFIG": str(file)})
        # Counters that begin before the runs: their increase is seen whole.
        stack.let_prometheus_scrape()
        numbers = itertools.count(1)
        for _ in range(ROUNDS):
            for _, service, change in CASES:
                send(stack, service, change, numbers)
        _watch(stack, time.monotonic())


def _watch(stack: Stack, began: float) -> None:
    waiting = {alert: service for alert, service, _ in CASES}
    while waiting and time.monotonic() - began < PATIENCE_SECONDS:
        for alert, service in list(waiting.items()):
            if slack_of(stack, alert, service):
                del waiting[alert]
                print(f"{alert}: {time.monotonic() - began:.0f} s", flush=True)
        time.sleep(1)
    for alert in waiting:
        print(f"{alert}: not within {PATIENCE_SECONDS:.0f} s", flush=True)


if __name__ == "__main__":
    main()
