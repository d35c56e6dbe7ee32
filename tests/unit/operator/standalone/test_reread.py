"""Reloading by a signal, which has no answer: what became of it is in the engine's metrics."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.reread import Engine, reread


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
