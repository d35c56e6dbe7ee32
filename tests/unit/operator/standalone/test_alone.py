"""Commands that change the bundle wait for each other."""

import os
import subprocess
import sys
from threading import Thread

from tests.unit.operator.standalone.test_supervise import wait_for

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.alone import alone, writing_history

HOLD = """
import sys
from pathlib import Path
from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.alone import alone
root = Path(sys.argv[1])
with alone(Places(root=root, work=root / "work", secrets=root / "secrets"), print):
    print("holds", flush=True)
    sys.stdin.read()
"""


def test_the_second_waits_and_says_for_whom(places: Places) -> None:
    """It goes on when the first has ended, whatever way that was."""
    said: list[str] = []
    command = [sys.executable, "-c", HOLD, str(places.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "holds\n"

        def say(sentence: str) -> None:
            said.append(sentence)
            first.kill()

        with alone(places, say):
            wait_for(lambda: first.poll() is not None)

    assert said == [f"Waiting for process {first.pid}, which starts it."]


def test_a_second_history_waits_for_the_first(places: Places) -> None:
    """And says for whom; commands that start the stack need not wait for a history."""
    said: list[str] = []
    with writing_history(places, said.append):
        with alone(places, said.append):
            assert said == []
        second = Thread(target=lambda: _held(places, said))
        second.start()
        wait_for(lambda: bool(said))
    second.join()

    assert said == [f"Waiting for process {os.getpid()}, which writes it.", "held"]


def _held(places: Places, said: list[str]) -> None:
    with writing_history(places, said.append):
        said.append("held")
