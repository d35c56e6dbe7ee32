"""The analyzer as a process of its own: it ends when it is asked to, whatever its jobs do."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.alertmanager import until

SCRIPT = Path(__file__).with_name("start_one.py")
# Docker gives a stopping container ten seconds.
END_SECONDS = 10


class Process:
    """A started analyzer and where it listens."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(port)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def jobs(self) -> dict[str, Any]:
        """What /health shows of the jobs; nothing while it does not answer."""
        try:
            reported: dict[str, Any] = httpx.get(f"{self.url}/health", trust_env=False).json()["jobs"]
        except httpx.HTTPError:
            return {}
        return reported


@pytest.fixture
def process() -> Iterator[Process]:
    """An analyzer, killed at the end when it is still there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    started = Process(port)
    with started.process:
        yield started
        started.process.kill()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["as Docker stops it", "as Ctrl-C stops it"])
def test_it_ends_in_time_although_a_thread_hangs(process: Process, how: signal.Signals) -> None:
    """The other job was done meanwhile, and the last line is there."""
    until(lambda: process.jobs().get("hangs", {}).get("is_running"))
    until(lambda: process.jobs()["works"]["status"] == "ok")

    process.process.send_signal(how)
    output, _ = process.process.communicate(timeout=END_SECONDS)

    assert json.loads(output.splitlines()[-1])["event"] == "analyzer_stopped"
