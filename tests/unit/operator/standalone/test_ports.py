"""Ports are asked for before anything starts."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.support.ports import free_port

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.ports import check_ports, holder_of, is_taken

MakeProcess = Callable[..., Component]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that someone listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_taken_port_names_holder_and_variable(taken_port: int, python_process: MakeProcess) -> None:
    """The sentence reports which port, who has it, and which variable moves it."""
    component = python_process("", port=taken_port)

    with pytest.raises(EngineError) as problem:
        check_ports([component])

    assert f"Port {taken_port} is taken by py" in str(problem.value)
    assert "set TINY_PORT or stop it" in str(problem.value)


def test_all_taken_ports_are_reported_at_once(taken_port: int, python_process: MakeProcess) -> None:
    """No one has to start again for each port."""
    component = replace(python_process(""), ports={"A_PORT": taken_port, "B_PORT": taken_port})

    with pytest.raises(EngineError) as problem:
        check_ports([component])

    assert len(str(problem.value).splitlines()) == 2


def test_a_port_wanted_twice_is_reported(python_process: MakeProcess) -> None:
    """Two components cannot be given the same port."""
    port = free_port()

    with pytest.raises(EngineError, match=rf"Port {port} is wanted by TINY_PORT and TINY_PORT"):
        check_ports([python_process("", port=port), python_process("", port=port)])


def test_free_ports_pass(python_process: MakeProcess) -> None:
    """Nothing is said about free ports."""
    port = free_port()

    check_ports([python_process("", port=port)])

    assert not is_taken(port)


def test_an_unknown_holder_is_another_program() -> None:
    """Who cannot be found is still someone."""
    assert holder_of(free_port()) == "another program"
