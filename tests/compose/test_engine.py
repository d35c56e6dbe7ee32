"""When the tests may start a Docker engine, and what is said when they may not."""

import pytest
from tests.compose import engine


@pytest.mark.parametrize(
    ("environ", "user_id", "reason"),
    [
        pytest.param({}, 1000, "only root can start one", id="an ordinary user"),
        pytest.param({"CI": "true"}, 0, "WATCHKEEPER_START_DOCKER=1", id="root in CI without permission"),
        pytest.param({"CI": "true", "WATCHKEEPER_START_DOCKER": "1"}, 0, "", id="root in CI with permission"),
        pytest.param({}, 0, "", id="root on a machine of their own"),
    ],
)
def test_an_engine_is_started_only_where_it_may(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], user_id: int, reason: str
) -> None:
    """Root may, and in CI only with permission; the reason is for a person."""
    monkeypatch.setattr(engine.shutil, "which", lambda name: f"/usr/sbin/{name}")
    monkeypatch.setattr(engine, "PID_FILE", engine.Path("/nowhere"))

    told = engine.why_none_may_start(environ, user_id)

    assert reason in told
    assert bool(told) == bool(reason)


def test_a_machine_without_docker_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason names the packages."""
    monkeypatch.setattr(engine.shutil, "which", lambda _name: None)

    assert "apt-get install docker.io iptables" in engine.why_none_may_start({}, 0)


def test_no_second_engine_is_started_beside_one(monkeypatch: pytest.MonkeyPatch, tmp_path: engine.Path) -> None:
    """An engine that runs and does not answer keeps its network."""
    pid_file = tmp_path / "docker.pid"
    pid_file.write_text("1", encoding="ascii")
    monkeypatch.setattr(engine.shutil, "which", lambda name: f"/usr/sbin/{name}")
    monkeypatch.setattr(engine, "PID_FILE", pid_file)

    assert "a second one beside it would harm it" in engine.why_none_may_start({}, 0)
