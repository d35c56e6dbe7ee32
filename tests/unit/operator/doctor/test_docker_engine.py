"""Traps of the engine: versions, log files elsewhere, limits that no one enforces, a clock that slept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from watchkeeper.operator.doctor.docker_engine import (
    check_engine_clock,
    check_limits,
    check_logs,
    check_versions,
)
from watchkeeper.operator.doctor.finding import Grade

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DEFAULT = "/var/lib/docker/containers"


@pytest.mark.parametrize(
    ("engine", "compose", "grade"),
    [
        ("29.1.0", "2.40.3-3", Grade.FINE),
        ("28.0.0", "v2.24.0", Grade.FINE),
        ("20.10.24+dfsg1", "2.40.3", Grade.WARNING),
        ("19.3.15", "2.40.3", Grade.WRONG),
        ("29.1.0", "2.17.0", Grade.WRONG),
        ("29.1.0", "", Grade.WRONG),
    ],
    ids=["new", "oldest that is fine", "ports reached by neighbours", "too old", "old compose", "no compose"],
)
def test_versions(engine: str, compose: str, grade: Grade) -> None:
    """What is too old, and what opens more than it says."""
    assert [item.grade for item in check_versions(engine, compose)] == [grade]


@pytest.mark.parametrize(
    ("info", "mounted", "grade"),
    [
        ({"DockerRootDir": "/var/lib/docker"}, DEFAULT, Grade.FINE),
        ({"DockerRootDir": "/data/docker"}, DEFAULT, Grade.WRONG),
        ({"DockerRootDir": "/data/docker"}, "/data/docker/containers/", Grade.FINE),
        ({"DockerRootDir": "/var/lib/docker/1.1", "SecurityOptions": ["name=userns"]}, DEFAULT, Grade.WRONG),
    ],
    ids=["as usual", "moved", "moved and reported", "other user ids"],
)
def test_container_logs(info: dict[str, Any], mounted: str, grade: Grade) -> None:
    """Promtail reads files, so it must be given their places and be allowed to."""
    assert [item.grade for item in check_logs(info, mounted)] == [grade]


def test_a_moved_folder_is_reported_as_the_line_for_env() -> None:
    """The fix can be copied."""
    (found,) = check_logs({"DockerRootDir": "/data/docker"}, DEFAULT)

    assert "DOCKER_CONTAINERS_DIR=/data/docker/containers" in found.fix


def test_limits_that_are_only_words_are_named() -> None:
    """A kernel without memory accounting starts everything and limits nothing."""
    full = {"MemoryLimit": True, "CpuCfsQuota": True, "PidsLimit": True, "CgroupVersion": "2"}

    assert check_limits(full).grade is Grade.FINE
    assert "memory" in check_limits({**full, "MemoryLimit": False}).message


@pytest.mark.parametrize(
    ("reported", "grade"),
    [
        ("2026-11-21T12:00:01.504174575Z", Grade.FINE),
        ("2026-11-21T13:00:00.5+01:00", Grade.FINE),
        ("2026-11-21T11:00:00Z", Grade.WRONG),
        ("", Grade.UNKNOWN),
    ],
    ids=["same", "another zone", "slept for an hour", "not reported"],
)
def test_the_clock_of_the_engine(reported: str, grade: Grade) -> None:
    """An engine in a virtual machine has a clock of its own."""
    assert check_engine_clock({"SystemTime": reported}, NOW + timedelta(seconds=1)).grade is grade
