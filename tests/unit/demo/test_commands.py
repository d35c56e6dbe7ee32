"""What the demo's commands say of ports and scenarios that are none."""

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest
import yaml
from typer.testing import CliRunner

from watchkeeper.cli import app
from watchkeeper.demo import commands, run
from watchkeeper.demo.run import Surroundings
from watchkeeper.errors import WatchkeeperError

PROJECT = Path(__file__).resolve().parents[3]
OURS = ("DEMO_PORT", "EXPORTER_PORT", "WATCHKEEPER_EXPORTER_URL", "OPENAI_BASE_URL")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that passes for the project, with nothing in the environment that the demo reads."""
    for name in ("docker-compose.yml", "prometheus/prometheus.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setenv("WATCHKEEPER_ROOT", str(tmp_path))
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("command", [["demo"], ["simulate", "steady"]])
@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
@pytest.mark.usefixtures("project")
def test_a_port_that_is_none_is_refused_by_both(monkeypatch: pytest.MonkeyPatch, command: list[str], port: str) -> None:
    """In a sentence that names the variable."""
    monkeypatch.setenv("DEMO_PORT", port)

    failed = CliRunner().invoke(app, command).exception

    assert isinstance(failed, WatchkeeperError)
    assert str(failed) == f"environment: DEMO_PORT must be a port from 1 to 65535, got '{port}'"


def test_the_demo_listens_at_the_port_of_dot_env_and_says_where_it_sends(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same at which `simulate` asks for it."""
    (project / ".env").write_text("DEMO_PORT=18020\nEXPORTER_PORT=14318\n")
    started: list[tuple[int, Surroundings]] = []
    monkeypatch.setattr(run, "run_demo", lambda _host, port, around, _current: started.append((port, around)))

    said = CliRunner().invoke(app, ["demo"]).output

    [(port, around)] = started
    assert (port, around.own_url, around.exporter_url) == (18020, "http://127.0.0.1:18020", "http://localhost:14318")
    assert said.splitlines() == [
        "The demo is at http://127.0.0.1:18020 and sends to http://localhost:14318; Ctrl-C ends it.",
        "The demo has ended; what it sent stays in the stack.",
    ]


def test_the_container_needs_no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its command and environment, as docker-compose.yml has them, where no project is found."""

    def no_project(_environ: Mapping[str, str]) -> NoReturn:
        raise WatchkeeperError("No Watchkeeper project")

    service = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["demo"]
    started: list[tuple[int, str]] = []
    for name in ("WATCHKEEPER_ROOT", *OURS):
        monkeypatch.delenv(name, raising=False)
    for name in ("WATCHKEEPER_HOST", "WATCHKEEPER_EXPORTER_URL"):
        monkeypatch.setenv(name, service["environment"][name])
    monkeypatch.setattr(commands, "here", no_project)
    monkeypatch.setattr(run, "run_demo", lambda _host, port, around, _: started.append((port, around.exporter_url)))

    result = CliRunner().invoke(app, service["command"])

    assert started == [(8020, "http://exporter:4318")], result.exception


@pytest.mark.usefixtures("project")
def test_a_scenario_that_is_none_is_refused_with_those_there_are() -> None:
    """Before anything is started."""
    failed = CliRunner().invoke(app, ["demo", "--scenario", "nonsense"]).exception

    assert str(failed).startswith("--scenario must be one of steady, prompt-v2")
    assert str(failed).endswith("got 'nonsense'")
