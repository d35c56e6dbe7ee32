"""The exporter as a process of its own on a free port, and what it reports."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families
from tests.support.ports import free_port

_START_SECONDS = 60
# A machine that installs packages beside it answers late.
_ANSWER_SECONDS = 30


class Exporter:
    """A running exporter."""

    def __init__(self, address: str, log: Path) -> None:
        self.address = address
        self._log = log

    def by_label(self, name: str, label: str) -> dict[str, float]:
        """A metric's sums by one label, less those that are 0."""
        sums: dict[str, float] = {}
        for family in text_string_to_metric_families(
            httpx.get(f"{self.address}/metrics", timeout=_ANSWER_SECONDS).text
        ):
            for sample in family.samples:
                if sample.name == name and sample.value:
                    value = sample.labels.get(label, "")
                    sums[value] = sums.get(value, 0) + sample.value
        return sums

    def lines(self) -> list[dict[str, Any]]:
        """The log lines so far."""
        return [json.loads(line) for line in self._log.read_text(encoding="utf-8").splitlines()]


@contextmanager
def run_exporter(directory: Path) -> Iterator[Exporter]:
    """Start an exporter with the settings that everything has by default, and stop it at the end."""
    port = free_port()
    log = directory / "exporter.log"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("WATCHKEEPER_")}
    command = [str(Path(sys.executable).with_name("watchkeeper")), "serve", "--port", str(port)]
    with log.open("wb") as out, subprocess.Popen(command, cwd=directory, stdout=out, env=environ) as process:
        try:
            _await_start(f"http://127.0.0.1:{port}")
            yield Exporter(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()


def _await_start(address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/health", timeout=_ANSWER_SECONDS).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the exporter did not start within {_START_SECONDS} s")
