"""Waiting for processes, and what is said when one does not come up."""

from collections.abc import Callable

import pytest
from tests.support.ports import free_port

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.readiness import likely_fix, wait_until_ready
from watchkeeper.operator.standalone.supervise import start

MakeProcess = Callable[..., Component]

READY_SOON = """
import http.server
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == '/ready' else 404)
        self.end_headers()
http.server.HTTPServer(('127.0.0.1', {port}), Ready).serve_forever()
"""


def test_it_returns_when_all_answer(places: Places, python_process: MakeProcess) -> None:
    """A process that answers 200 is ready, and is reported."""
    port = free_port()
    component = python_process(READY_SOON.format(port=port), port=port)
    ready: list[str] = []

    wait_until_ready([(component, start(component, places))], places, on_ready=lambda item: ready.append(item.name))

    assert ready == ["tiny"]


def test_an_ended_process_reports_its_last_lines_and_a_fix(places: Places, python_process: MakeProcess) -> None:
    """No waiting for the deadline, no traceback: the engine's own words and what to do."""
    component = python_process(
        "print('yaml: line 3: did not find expected key'); raise SystemExit(1)", port=free_port()
    )

    with pytest.raises(EngineError) as problem:
        wait_until_ready([(component, start(component, places))], places)

    assert str(problem.value).splitlines() == [
        "Tiny ended right after its start. Its last lines:",
        "    yaml: line 3: did not find expected key",
        f"Likely fix: correct the config file that the lines above name. Log: {places.logs}/tiny.log",
    ]


def test_a_silent_process_runs_into_the_deadline(places: Places, python_process: MakeProcess) -> None:
    """A process that never answers is reported after the deadline."""
    component = python_process("import time; time.sleep(600)", port=free_port())

    with pytest.raises(EngineError, match=r"(?s)Tiny was not ready after 0 s.*\(nothing\)"):
        wait_until_ready([(component, start(component, places))], places, within_seconds=0.2)


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("listen tcp 127.0.0.1:9090: bind: address already in use", "stop it or set TINY_PORT"),
        ("opening storage failed: lock DB directory: resource temporarily unavailable", "make down"),
        ("mkdir /x: permission denied", "give .watchkeeper to the user"),
        ("write /x: no space left on device", "free some space"),
        ("watchkeeper.yml: prices[0] must be >= 0, got -1", "correct what the lines above name"),
        ("something no one has seen", "read the lines above"),
    ],
)
def test_likely_fix(python_process: MakeProcess, line: str, fix: str) -> None:
    """Known causes are reported as something to do."""
    assert fix in likely_fix(python_process(""), [line])
