"""Reloading by a signal, which has no answer: what became of it is in the engine's metrics."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.reread import Engine, reread, reread_exporter


class Running(ThreadingHTTPServer):
    """An Alertmanager whose last reload the test sets."""

    is_success = 1
    succeeded_at = "1.7e+09"
    said = ""
    words = "level=ERROR msg=no_such_key"

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def exposition(self) -> str:
        """What it says of its last reload."""
        names = (
            "alertmanager_config_last_reload_successful",
            "alertmanager_config_last_reload_success_timestamp_seconds",
        )
        return self.said or f"{names[0]} {self.is_success}\n{names[1]} {self.succeeded_at}\n"

    def take(self, *, is_success: int, succeeded_at: str) -> None:
        """Be reloaded."""
        self.is_success, self.succeeded_at = is_success, succeeded_at


class _Answer(BaseHTTPRequestHandler):
    server: Running

    def do_GET(self) -> None:
        """Answer a scrape."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.server.exposition().encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def engine() -> Iterator[Running]:
    """An engine that answers."""
    with Running(("127.0.0.1", 0), _Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def ask(engine: Running, *, is_success: int, succeeded_at: str, within_seconds: float = 30.0) -> None:
    """Reload it; the signal makes it say this."""

    def hang_up() -> None:
        engine.take(is_success=is_success, succeeded_at=succeeded_at)

    asked = Engine(
        name="alertmanager", title="Alertmanager", base_url=engine.url, hang_up=hang_up, said=lambda: engine.words
    )
    reread(asked, within_seconds)


def test_a_later_success_is_a_reload(engine: Running) -> None:
    """The time of the last success moved: it runs with the files."""
    ask(engine, is_success=1, succeeded_at="1.8e+09")

    assert engine.succeeded_at == "1.8e+09"


def test_a_success_after_a_failure_is_a_reload(engine: Running) -> None:
    """What was refused before is not held against the files of now."""
    engine.is_success = 0

    ask(engine, is_success=1, succeeded_at="1.8e+09")

    assert engine.is_success == 1


def test_refused_files_are_an_error_at_once(engine: Running) -> None:
    """It says that the last reload failed."""
    with pytest.raises(EngineError, match=r"goes on with its old configuration and refuses the new one: .*no_such_key"):
        ask(engine, is_success=0, succeeded_at=engine.succeeded_at)


def test_a_signal_that_changes_nothing_is_an_error(engine: Running) -> None:
    """Nothing tells a second refusal from no reload at all, except that no success follows."""
    engine.is_success = 0

    with pytest.raises(EngineError, match="refuses the new one"):
        ask(engine, is_success=0, succeeded_at=engine.succeeded_at, within_seconds=0.2)


def test_an_engine_that_says_nothing_of_reloads_is_an_error(engine: Running) -> None:
    """Another program on its port."""
    engine.said = "up 1\n"

    with pytest.raises(EngineError, match="its metrics must have alertmanager_config_last_reload_successful"):
        ask(engine, is_success=1, succeeded_at="2e+09")


class Exporter(BaseHTTPRequestHandler):
    """An exporter that says when it read its files, or does not."""

    loaded_at: ClassVar[str] = "09:00"

    def do_GET(self) -> None:
        """Answer /startup."""
        self.send_response(200 if self.loaded_at != "away" else 503)
        self.end_headers()
        self.wfile.write(json.dumps({"loaded_at": self.loaded_at} if self.loaded_at else {}).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def exporter() -> Iterator[str]:
    """Where one answers."""
    Exporter.loaded_at = "09:00"
    with ThreadingHTTPServer(("127.0.0.1", 0), Exporter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_the_exporter_has_read_its_files_when_it_says_so(exporter: str) -> None:
    """While it does not answer it is waited for."""

    def hang_up() -> None:
        Exporter.loaded_at = "away"
        threading.Timer(0.2, setattr, (Exporter, "loaded_at", "09:01")).start()

    assert reread_exporter(exporter, hang_up)
    assert Exporter.loaded_at == "09:01"


def test_an_exporter_that_goes_on_with_its_old_files_is_an_error(exporter: str) -> None:
    """Its log has what is wrong."""
    with pytest.raises(EngineError, match="Exporter goes on with its old configuration"):
        reread_exporter(exporter, lambda: None, 0.2)


@pytest.mark.parametrize("said", ["", "away"], ids=["of a release that the signal would end", "that does not answer"])
def test_an_exporter_gets_no_signal(exporter: str, said: str) -> None:
    """It is started again instead."""
    Exporter.loaded_at = said

    assert not reread_exporter(exporter, lambda: pytest.fail("it was sent"), 0.2)
