"""Servers that a bench starts, and what of the machine they use."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

HEADERS = {"content-type": "application/x-protobuf"}
# Traces are evaluated 10 s after their root: the work that they leave behind counts too.
QUIET_SECONDS = 12
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], url: str, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The server, once it answers; it is stopped afterwards."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(url, timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        else:
            sys.exit(f"{command[0]} did not come up")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[index]) for index in range(11, 15)) / TICKS


def tree_cpu_seconds(pid: int) -> float:
    """CPU time of a process and its living descendants."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    return cpu_seconds(pid) + sum(tree_cpu_seconds(int(child)) for child in children)


def resident_mib(pid: int) -> float:
    """Memory in use, in MiB."""
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def served_seconds(url: str, pid: int, bodies: list[bytes]) -> float:
    """CPU seconds that a server takes for the requests, the work it does afterwards included."""
    before = tree_cpu_seconds(pid)
    with httpx.Client(timeout=300) as client:
        for body in bodies:
            client.post(url, content=body, headers=HEADERS).raise_for_status()
    time.sleep(QUIET_SECONDS)
    settled = tree_cpu_seconds(pid)
    for _ in range(100):
        time.sleep(0.5)
        now = tree_cpu_seconds(pid)
        if now - settled < 0.02:  # noqa: PLR2004  # idle: under 4 % of a core
            break
        settled = now
    return tree_cpu_seconds(pid) - before
