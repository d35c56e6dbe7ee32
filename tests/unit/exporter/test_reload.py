"""SIGHUP: watchkeeper.yml is read again while clients go on sending, and nothing that was accepted is lost."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.alertmanager import until

CALL = {"type": "llm_call", "service": "shop", "provider": "openai", "model": "gpt-4o-mini"}
TEAM = "teams: [{{name: {name}, services: [shop]}}]  # {number}\n"


class Exporter:
    """The exporter as a process, with a file that a test may edit."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.port = int(server.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = folder / "watchkeeper.yml"
        self._edits = 0
        self.file.write_text(TEAM.format(name="one", number=0))
        environ = {"WATCHKEEPER_CONFIG": str(self.file), "WATCHKEEPER_STATE_DIR": str(folder / "state")}
        self._lines = (folder / "lines").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "watchkeeper.cli", "serve", "--port", str(self.port)],
            env={**os.environ, **environ},
            stdout=self._lines,
        )
        until(lambda: self.config_hash)

    @property
    def config_hash(self) -> str:
        """The hash of the file it runs with; empty while it does not answer."""
        try:
            return str(httpx.get(f"{self.url}/startup", trust_env=False).json()["config_hash"])
        except httpx.HTTPError:
            return ""

    def edit_team(self) -> None:
        """Change whose calls they are, from one team to the other."""
        self._edits += 1
        self.edit(TEAM.format(name=("one", "two")[self._edits % 2], number=self._edits))

    def edit(self, text: str) -> None:
        """Change the file, and have it read."""
        self.file.write_text(text)
        self.process.send_signal(signal.SIGHUP)

    def count(self, team: str) -> float:
        """How many calls of a team were counted."""
        metrics = httpx.get(f"{self.url}/metrics", trust_env=False).text
        found = re.findall(rf'^llm_requests_total\{{.*team="{team}".*\}} ([0-9.e+]+)', metrics, re.MULTILINE)
        return sum(map(float, found))

    def events(self) -> list[str]:
        """The events of its lines until now."""
        self._lines.flush()
        return [json.loads(line)["event"] for line in Path(self._lines.name).read_text().splitlines()]

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        self.process.wait(10)
        self._lines.close()


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """A running exporter; starting one takes most of the time."""
    started = Exporter(tmp_path_factory.mktemp("exporter"))
    yield started
    started.end()


class Senders:
    """Clients that post one call after the other, on kept connections, until they are asked to stop."""

    def __init__(self, url: str, count: int) -> None:
        self.answers: list[int | str] = []
        self._url = url
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the last answers."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with httpx.Client(trust_env=False, timeout=20) as client:
            while not self._is_over.is_set():
                try:
                    self.answers.append(client.post(f"{self._url}/v1/events", json=[CALL]).status_code)
                except httpx.HTTPError as error:
                    self.answers.append(repr(error))


def test_no_request_fails_and_none_is_lost_while_it_reloads(exporter: Exporter) -> None:
    """Each call is counted once, for the team of one of the two files; the process is the same."""
    counted = exporter.count("one") + exporter.count("two")
    senders = Senders(exporter.url, 3)
    for _ in range(3):
        before, answered = exporter.config_hash, len(senders.answers)
        exporter.edit_team()
        until(lambda before=before: exporter.config_hash != before)
        until(lambda answered=answered: len(senders.answers) > answered + 10)
    senders.stop()

    assert set(senders.answers) == {200}
    assert exporter.count("one") > 0
    assert exporter.count("two") > 0
    assert exporter.count("one") + exporter.count("two") == counted + len(senders.answers)
    assert exporter.process.poll() is None
    assert exporter.events().count("configuration_reloaded") >= 3


def test_a_wrong_file_changes_nothing(exporter: Exporter) -> None:
    """A line says what is wrong with it."""
    before, starts = exporter.config_hash, exporter.events().count("exporter_started")

    exporter.edit("no_such_key: 1\n")
    until(lambda: "reload_refused" in exporter.events())

    assert exporter.config_hash == before
    assert httpx.post(f"{exporter.url}/v1/events", json=[CALL], trust_env=False).status_code == 200
    assert exporter.events().count("exporter_started") == starts


def test_a_body_that_comes_slowly_does_not_hold_up_a_reload(exporter: Exporter) -> None:
    """Its client is asked to send it again."""
    before = exporter.config_hash
    with socket.create_connection(("127.0.0.1", exporter.port), timeout=20) as slow:
        head = (
            "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n"
        )
        slow.sendall(f"{head}\r\n[".encode())
        exporter.edit_team()
        answer = slow.recv(4096).decode()

    until(lambda: exporter.config_hash not in ("", before))

    assert answer.startswith("HTTP/1.1 503 ")
    assert "retry-after: 1" in answer
