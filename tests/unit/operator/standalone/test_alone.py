"""Commands that change the bundle wait for each other."""

import subprocess
import sys

from tests.unit.operator.standalone.test_supervise import wait_for

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.alone import alone

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
