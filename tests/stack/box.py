"""A bundle in a box: a copy of the shipped files, free ports, and the command as a person types it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests.e2e.support.waiting import ANSWER_SECONDS
from tests.support.ports import HOST, free_ports_of_a_bundle

PROJECT = Path(__file__).resolve().parents[2]
SHIPPED = ("docker-compose.yml", "watchkeeper.yml", "prometheus", "alertmanager", "loki", "promtail", "docs/runbooks")


@dataclass(frozen=True)
class Box:
    """A copy of the shipped files, so that a test may break one; free ports; the command that runs there."""

    project: Path
    ports: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a person does in the project's folder."""
        return subprocess.run(
            [sys.executable, "-m", "watchkeeper.cli", *arguments],
            cwd=self.project,
            env={**os.environ, **self.ports, "WATCHKEEPER_ROOT": str(self.project)},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    @property
    def pids(self) -> dict[str, int]:
        """The recorded processes by component."""
        records = (json.loads(path.read_text()) for path in (self.project / ".watchkeeper" / "run").glob("*.json"))
        return {record["name"]: record["pid"] for record in records}

    def url(self, variable: str, path: str) -> str:
        """An address by the variable of its port."""
        return f"http://127.0.0.1:{self.ports[variable]}{path}"

    def get(self, variable: str, path: str, **more: Any) -> httpx.Response:
        """Ask a component; a busy machine may keep it from answering for a while."""
        return httpx.get(self.url(variable, path), **{"timeout": ANSWER_SECONDS, "trust_env": False, **more})

    def post(self, variable: str, path: str, **more: Any) -> httpx.Response:
        """Send something to a component."""
        return httpx.post(self.url(variable, path), **{"timeout": ANSWER_SECONDS, "trust_env": False, **more})

    @property
    def is_listening(self) -> bool:
        """Whether some process answers on one of the ports."""
        return any(self._answers(port) for port in self.ports.values())

    @staticmethod
    def _answers(port: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, int(port))) == 0


@contextmanager
def hanging(pid: int) -> Iterator[None]:
    """Let a process keep its connections and do nothing for a while."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def boxed(folder: Path) -> Iterator[Box]:
    """Yield a box in which nothing runs yet; whatever was started in it is stopped at the end."""
    box = Box(_copy_shipped(folder / "project"), free_ports_of_a_bundle())
    try:
        yield box
    finally:
        box.run("down")


def _copy_shipped(root: Path) -> Path:
    for name in SHIPPED:
        source, target = PROJECT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copyfile(source, target)
    return root
