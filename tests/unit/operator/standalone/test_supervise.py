"""Starting and stopping processes, with tiny programs."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from watchkeeper.config.places import Places
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.processes import end, start_mark
from watchkeeper.operator.standalone.records import Records
from watchkeeper.operator.standalone.supervise import last_log_lines, start, stop, stop_all

MakeProcess = Callable[..., Component]

SLEEP = "import time; print('started'); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('started'); time.sleep(600)"


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def log_of(places: Places, component: Component) -> str:
    """Read the log of a process."""
    return (places.logs / f"{component.name}.log").read_text()


def test_a_process_is_started_found_and_stopped(places: Places, python_process: MakeProcess) -> None:
    """What one command starts, another finds by its record and stops."""
    component = python_process(SLEEP)

    record = start(component, places)
    found = Records(folder=places.run).read(component.name)

    assert found == record
    assert record.is_running
    assert os.getsid(record.pid) == record.pid, "a session of its own survives the terminal"
    assert stop(component, places)
    assert not record.is_running
    assert Records(folder=places.run).read(component.name) is None


def test_both_streams_and_the_environment_reach_the_log(places: Places, python_process: MakeProcess) -> None:
    """Everything a process says is in its log, its last words included."""
    code = "import os, sys; print(os.environ['GREETING']); print('trouble', file=sys.stderr); os._exit(3)"
    component = python_process(code)

    record = start(component, places)
    wait_for(lambda: not record.is_running)
    stop(component, places)

    assert log_of(places, component).splitlines() == ["hello", "trouble"]


def test_a_stubborn_process_is_ended_by_force(places: Places, python_process: MakeProcess) -> None:
    """After the deadline SIGKILL ends what ignores SIGTERM."""
    component = python_process(STUBBORN, stop_seconds=0.2)
    record = start(component, places)
    wait_for(lambda: "started" in log_of(places, component))

    assert stop(component, places)

    assert not record.is_running


def test_a_reused_pid_is_left_alone(places: Places, python_process: MakeProcess) -> None:
    """A stale record whose pid now belongs to another process stops nothing."""
    component = python_process(SLEEP)
    record = start(component, places)
    Records(folder=places.run).write(replace(record, mark="another boot:1", writer_mark="another boot:2"))

    assert not stop(component, places)

    assert start_mark(record.pid) == record.mark
    assert end(record.pid, record.mark, deadline_seconds=5)


def test_a_damaged_record_counts_as_none(places: Places, python_process: MakeProcess) -> None:
    """Half a record, or one of another release, is no reason for a traceback."""
    component = python_process(SLEEP)
    (places.run / "tiny.json").write_text('{"pid": 1')

    assert not stop(component, places)


def test_stopping_twice_is_fine(places: Places, python_process: MakeProcess) -> None:
    """`down` may be said again."""
    component = python_process(SLEEP)
    start(component, places)

    assert stop_all([component], places) == [component]
    assert stop_all([component], places) == []


def test_a_missing_program_is_a_sentence(places: Places, python_process: MakeProcess) -> None:
    """What cannot be run is named, and no log writer is left behind."""
    component = replace(python_process(SLEEP), command=("/nonexistent/prometheus",))

    with pytest.raises(EngineError, match=r"Tiny cannot be run: /nonexistent/prometheus: No such file"):
        start(component, places)


def test_last_log_lines_are_those_of_this_start(places: Places, python_process: MakeProcess) -> None:
    """Lines of an earlier run do not explain the failure of this one."""
    component = python_process("print('new'); raise SystemExit(1)")
    (places.logs / "tiny.log").write_text("old\n" * 20)

    record = start(component, places)
    wait_for(lambda: "new" in log_of(places, component))

    assert last_log_lines(record, places) == ["new"]


def test_a_process_survives_its_starter(places: Places) -> None:
    """The starting command may end, or its terminal close, while the process goes on."""
    script = Path(__file__).with_name("start_one.py")

    done = subprocess.run([sys.executable, str(script), str(places.root)], capture_output=True, text=True, check=True)

    record = Records(folder=places.run).read("tiny")
    assert record is not None, done.stderr
    assert record.is_running
    assert end(record.pid, record.mark, deadline_seconds=5)
