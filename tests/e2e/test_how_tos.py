"""How-tos that ask an engine, followed word by word on the real one."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.e2e.support.stack import Stack
from tests.support.how_tos import HOW_TOS, commands

(PAGE,) = (page for page in HOW_TOS if page.stem == "silence-during-maintenance")
# What the page leaves out without Docker.
IN_CONTAINER = ("docker", "compose", "exec", "alertmanager")


def test_silence_during_maintenance(stack: Stack, programs: Mapping[str, Path]) -> None:
    """Silence, list, end early; and the same for a time to come, without any tool."""
    add, ask, expire, send = (command.words for command in commands(PAGE))

    silence = run(add, stack, programs).strip()
    listed = run(ask, stack, programs)
    run((*expire[:-1], silence), stack, programs)
    planned = run(send, stack, programs)

    assert silence in listed
    assert "Move to the new database" in listed
    states = {one["id"]: one["status"]["state"] for one in silences(stack)}
    assert states[silence] == "expired"
    assert [state for key, state in states.items() if key in planned] == ["pending"]


def run(words: Sequence[str], stack: Stack, programs: Mapping[str, Path]) -> str:
    """Run a command without its container, at the port that Alertmanager has here; what it printed comes back."""
    here = [word.replace("http://localhost:9093", stack.url("alertmanager", "")) for word in words]
    if tuple(here[:4]) == IN_CONTAINER:
        here = [str(programs[here[4]]), *here[5:]]
    done = subprocess.run(here, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def silences(stack: Stack) -> list[dict[str, Any]]:
    """What Alertmanager knows, ended ones too."""
    found: list[dict[str, Any]] = stack.client.get(stack.url("alertmanager", "/api/v2/silences")).json()
    return found
