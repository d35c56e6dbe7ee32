"""When the tests may start a Docker engine, and what is said when they may not."""

from pathlib import Path

import pytest
from tests.compose import engine
from tests.support.skips import Skipped


@pytest.mark.parametrize(
    ("environ", "user_id", "reason"),
    [
        pytest.param({}, 1000, "only root can start one", id="an ordinary user"),
        pytest.param({"CI": "true"}, 0, "WATCHKEEPER_START_DOCKER=1", id="root in CI without permission"),
        pytest.param({"CI": "true", "WATCHKEEPER_START_DOCKER": "1"}, 0, "", id="root in CI with permission"),
        pytest.param({}, 0, "", id="root on a machine of their own"),
    ],
)
def test_an_engine_is_started_only_where_it_may(environ: dict[str, str], user_id: int, reason: str) -> None:
    """Root may, and in CI only with permission; the reason is for a person."""
    reported = engine.why_none_may_start(environ, user_id, may_contain=True)

    assert reason in reported
    assert bool(reported) == bool(reason)


def test_root_without_the_right_starts_none() -> None:
    """As in a container of someone's CI."""
    assert "CAP_SYS_ADMIN" in engine.why_none_may_start({}, 0, may_contain=False)


@pytest.mark.parametrize(
    ("reported", "may"),
    [
        pytest.param("CapEff:\t000001fffeffffff", True, id="root of a machine"),
        pytest.param("CapEff:\t00000000a80425fb", False, id="root of a container"),
    ],
)
def test_the_kernel_says_who_may_start_containers(reported: str, may: bool, tmp_path: Path) -> None:
    """By the capabilities that are in effect."""
    status = tmp_path / "status"
    status.write_text(f"CapPrm:\tffffffffffffffff\n{reported}\nCapBnd:\tffffffffffffffff\n", encoding="ascii")

    assert engine.may_start_containers(status) is may


def test_no_second_engine_is_started_beside_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, programs_of_an_engine: Path
) -> None:
    """An engine that runs and does not answer keeps its network."""
    pid_file = tmp_path / "docker.pid"
    pid_file.write_text("1", encoding="ascii")
    monkeypatch.setattr(engine, "PID_FILE", pid_file)
    monkeypatch.setattr(engine, "is_answering", lambda: False)
    monkeypatch.setattr(engine, "why_none_may_start", lambda *_, **__: "")
    monkeypatch.delenv("CI", raising=False)

    with (
        pytest.raises(Skipped, match="a second one beside it would damage it"),
        engine.docker_engine(tmp_path),
    ):
        pass

    assert not (programs_of_an_engine / "started").exists()


@pytest.fixture
def programs_of_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, the only one on the PATH, with the programs of an engine; one that is started leaves a file there."""
    for name in ("dockerd", "iptables"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n: > {tmp_path}/started\n", encoding="ascii")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path
