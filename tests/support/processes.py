"""An exporter in a process of its own, for what only a process can show."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
from tests.support.ports import HOST, free_port

# Docker kills what has not stopped by then.
DOCKERS_PATIENCE_SECONDS = 10.0
_START_SECONDS = 60.0


class ExporterProcess:
    """A running exporter; ``url`` is where it listens, ``lines`` what it wrote."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, output: Path) -> None:
        self.process = process
        self.url = f"http://{HOST}:{port}"
        self._address = (HOST, port)
        self._output = output

    @property
    def lines(self) -> str:
        """What it wrote so far."""
        return self._output.read_text(encoding="utf-8")

    def connect(self, sent: bytes = b"") -> socket.socket:
        """A connection over which these bytes went."""
        connection = socket.create_connection(self._address, timeout=30)
        connection.sendall(sent)
        return connection

    def stop(self) -> tuple[int, float]:
        """End it as Docker does; its exit code and the seconds that it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(DOCKERS_PATIENCE_SECONDS)
        return code, time.monotonic() - started


@contextmanager
def exporter_process(folder: Path, environ: Mapping[str, str] | None = None) -> Iterator[ExporterProcess]:
    """Start an exporter that keeps its state in the folder; it is killed at the end if it still runs."""
    port, output = free_port(), folder / "lines.jsonl"
    command = [sys.executable, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
    variables = {"WATCHKEEPER_STATE_DIR": str(folder / "state"), "PATH": "/usr/bin:/bin", **(environ or {})}
    with output.open("ab") as stream:
        process = subprocess.Popen(command, env=variables, stdout=stream, stderr=stream)
    exporter = ExporterProcess(process, port, output)
    try:
        _wait_until_up(exporter)
        yield exporter
    finally:
        process.kill()
        process.wait()


def _wait_until_up(exporter: ExporterProcess) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and exporter.process.poll() is None:
        try:
            httpx.get(f"{exporter.url}/health", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the exporter did not start: {exporter.lines}")
