"""Ports, disk, memory and clock: what is reported, and what to do about it."""

import socket
from pathlib import Path

import pytest

from watchkeeper.operator.doctor.finding import Grade
from watchkeeper.operator.doctor.machine import (
    check_clock,
    check_disk,
    check_memory,
    check_ports,
    clock_state,
    free_bytes,
    holders,
    read_memory,
)

GIB = 2**30


def test_a_port_that_a_stranger_holds_is_reported_with_its_variable() -> None:
    """Who holds it, and what to set."""
    found = list(check_ports({"GRAFANA_PORT": 3000}, {3000: "node (pid 7)"}, frozenset()))

    assert [(item.grade, item.message) for item in found] == [(Grade.WRONG, "3000 is taken by node (pid 7)")]
    assert "GRAFANA_PORT" in found[0].fix


def test_the_stack_is_no_stranger_to_itself() -> None:
    """While it runs its ports are taken, by itself."""
    found = list(check_ports({"GRAFANA_PORT": 3000}, {3000: "docker-proxy (pid 7)"}, frozenset({3000})))

    assert [item.grade for item in found] == [Grade.FINE]


def test_two_parts_cannot_have_one_port() -> None:
    """A slip in .env is found before anything is started."""
    found = list(check_ports({"LOKI_PORT": 3100, "TEMPO_PORT": 3100}, {}, frozenset()))

    assert [item.message for item in found] == ["3100 is wanted by LOKI_PORT and TEMPO_PORT"]


def test_the_holder_of_a_port_is_found() -> None:
    """A listening socket of this very process."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert "pid" in holders({"GRAFANA_PORT": port})[port]
    assert holders({"GRAFANA_PORT": port}) == {}


@pytest.mark.parametrize(
    ("free", "grade"),
    [(1 * GIB, Grade.WRONG), (20 * GIB, Grade.WARNING), (60 * GIB, Grade.FINE), (None, Grade.UNKNOWN)],
    ids=["nearly full", "less than Prometheus may take", "enough", "on another machine"],
)
def test_disk(free: int | None, grade: Grade) -> None:
    """Evaluated by what Prometheus may still take."""
    assert check_disk(Path("/var/lib/docker"), free).grade is grade


def test_a_folder_that_will_be_made_has_the_room_of_where_it_will_lie(tmp_path: Path) -> None:
    """Before the first start there is no folder of data."""
    assert free_bytes(tmp_path / "not" / "there") is not None


@pytest.mark.parametrize(
    ("total", "available", "grade"),
    [
        (GIB // 2, GIB // 4, Grade.WRONG),
        (int(1.5 * GIB), GIB, Grade.WARNING),
        (16 * GIB, GIB // 8, Grade.WARNING),
        (16 * GIB, 8 * GIB, Grade.FINE),
    ],
    ids=["too small", "small", "full", "enough"],
)
def test_memory(total: int, available: int, grade: Grade) -> None:
    """Small machines and full ones."""
    assert check_memory((total, available), "Add some.").grade is grade


def test_memory_is_read_as_linux_reports_it() -> None:
    """Kilobytes of /proc/meminfo; a system without it is not evaluated."""
    assert read_memory("MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:   1024 kB\n") == (2048 * 1024, 1024 * 1024)
    assert read_memory("") is None
    assert check_memory(None, "").grade is Grade.UNKNOWN


@pytest.mark.parametrize(
    ("state", "grade"),
    [(0, Grade.FINE), (1, Grade.FINE), (5, Grade.WARNING), (-1, Grade.UNKNOWN), (None, Grade.UNKNOWN)],
    ids=["synchronised", "a leap second is due", "not synchronised", "may not be asked", "cannot be asked"],
)
def test_clock(state: int | None, grade: Grade) -> None:
    """What the kernel knows; not knowing is not health."""
    assert check_clock(state).grade is grade


def test_the_kernel_is_asked() -> None:
    """On Linux it answers with one of its six states."""
    assert clock_state() in range(6)
