"""Processes that die are started again; those that a command stopped are not. With tiny programs."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.unit.operator.standalone.test_supervise import SLEEP, MakeProcess, wait_for

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.records import Record, Records
from watchkeeper.operator.standalone.supervise import start, stop
from watchkeeper.operator.standalone.supervisor import Supervisor, end_supervisor, supervise


@pytest.fixture
def supervised(places: Places, python_process: MakeProcess) -> Iterator[tuple[Component, Callable[[], Record | None]]]:
    """A component that a supervisor of its own watches, and how to read its record."""
    component = python_process(SLEEP)
    start(component, places)
    supervise([component], places)
    yield component, lambda: Records(folder=places.run).read(component.name)
    end_supervisor(places)


def kill(record: Record | None) -> None:
    """Let a process die."""
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    wait_for(lambda: not record.is_running)


def test_a_process_that_dies_is_started_again(
    places: Places, supervised: tuple[Component, Callable[[], Record | None]]
) -> None:
    """With its log and its record; a line says so."""
    _, record = supervised
    before = record()

    kill(before)
    wait_for(lambda: (found := record()) is not None and found.restarts == 1, 60)

    assert (after := record()) is not None
    assert after.is_running
    log = places.logs / "supervisor.log"
    wait_for(lambda: log.read_text().endswith("\n"), 60)
    (line,) = map(json.loads, log.read_text().splitlines())
    assert (line["event"], line["component"], line["restarts"]) == ("process_restarted", "tiny", 1)


def test_a_supervisor_that_knows_the_components_stays(
    places: Places, supervised: tuple[Component, Callable[[], Record | None]]
) -> None:
    """One that does not is replaced."""
    component, _ = supervised
    pid = (places.run / "supervisor.pid").read_text()

    supervise([component], places)
    same = (places.run / "supervisor.pid").read_text()
    supervise([replace(component, stop_seconds=1.0)], places)
    other = (places.run / "supervisor.pid").read_text()

    assert same == pid
    assert other != pid


def test_its_file_is_for_its_owner_only(
    places: Places, supervised: tuple[Component, Callable[[], Record | None]]
) -> None:
    """Variables of a component may hold keys."""
    assert supervised
    assert (places.run / "supervised").stat().st_mode & 0o077 == 0


def test_it_ends_with_the_folder(places: Places, supervised: tuple[Component, Callable[[], Record | None]]) -> None:
    """A bundle that is deleted leaves nothing behind."""
    component, _ = supervised
    pid = int((places.run / "supervisor.pid").read_text().split()[0])
    stop(component, places)

    places.run.rename(places.work / "gone")

    def is_gone() -> bool:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)

    wait_for(is_gone, 60)


def test_what_a_command_stopped_stays_stopped(places: Places, python_process: MakeProcess) -> None:
    """It has no record."""
    component = python_process(SLEEP)
    start(component, places)
    stop(component, places)
    supervisor = Supervisor([component], places)

    for now in (0.0, 10.0, 20.0):
        supervisor.look(now)

    assert Records(folder=places.run).read(component.name) is None


def test_what_cannot_be_started_is_tried_later_and_later(
    places: Places, python_process: MakeProcess, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a program that was removed."""
    component = python_process(SLEEP)
    kill(start(component, places))
    supervisor = Supervisor([replace(component, command=("/no/such/program",))], places)

    for tenth in range(100):
        supervisor.look(tenth / 10)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines] == ["process_not_started"] * 3
    assert "/no/such/program" in lines[0]["reason"]
