"""The watchkeeper command: sentences for people, exit codes for programs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.ports import free_ports_of_a_bundle
from typer.testing import CliRunner

from watchkeeper.cli import app

COMMANDS = (
    "serve",
    "up",
    "down",
    "status",
    "logs",
    "check-config",
    "setup",
    "engines",
    "price",
    "reprice",
    "token",
    "pin",
)


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return subprocess.run(
        [sys.executable, "-m", "watchkeeper.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
        timeout=60,
    )


def test_help_lists_every_command() -> None:
    """A newcomer sees all commands without any argument."""
    shown = CliRunner().invoke(app, [])

    for command in COMMANDS:
        assert command in shown.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """Each command explains itself."""
    shown = CliRunner().invoke(app, [command, "--help"])

    assert shown.exit_code == 0
    assert "Usage" in shown.output


def test_an_error_is_a_sentence_and_exit_code_two(tmp_path: Path) -> None:
    """No traceback for what a user can fix."""
    done = run("status", WATCHKEEPER_ROOT=str(tmp_path))

    assert done.returncode == 2
    assert "WATCHKEEPER_ROOT" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_config_lists_every_error(tmp_path: Path) -> None:
    """All errors of the file come at once, each with its key."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("nonsense: 1\nalerts: 5\n")

    done = run("check-config", str(file))

    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "alerts" in done.stderr


def test_status_without_anything_running(tmp_path: Path) -> None:
    """Nothing runs: the table says so and the exit code too."""
    done = run("status", WATCHKEEPER_WORK=str(tmp_path))

    assert done.returncode == 1
    assert done.stdout.count("not running") == 6
    assert done.stdout.endswith("Nothing runs here: start the stack with make up.\n")


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([], 1, "Nothing runs here: start the stack with make up."),
        ([("loki", "running", "healthy")], 1, "Not ready: promtail has no container; run make up."),
        (
            [("loki", "running", "healthy"), ("promtail", "exited", "")],
            1,
            "Not ready: promtail is exited; run make up.",
        ),
        ([("loki", "running", "healthy"), ("promtail", "running", "healthy")], 0, "Calls: "),
    ],
    ids=["nothing", "a container less", "one that was stopped", "all"],
)
def test_status_with_docker_says_what_is_not_ready(
    rows: list[tuple[str, str, str]], code: int, said: str, tmp_path: Path
) -> None:
    """By the exit code too, as with local processes."""
    reported = [json.dumps({"Service": name, "State": state, "Health": health}) for name, state, health in rows]
    (tmp_path / "ps").write_text("\n".join(reported))
    (tmp_path / "docker").write_text(
        "#!/bin/sh\n"
        f'case "$*" in *"ps --all --format json") /bin/cat {tmp_path}/ps;; *"config --services") echo loki; '
        "echo promtail;; esac\n"
    )
    (tmp_path / "docker").chmod(0o755)

    done = run("status", "--with", "docker", PATH=f"{tmp_path}{os.pathsep}/bin", **free_ports_of_a_bundle())

    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout


def test_down_without_anything_running(tmp_path: Path) -> None:
    """`down` may always be said."""
    done = run("down", WATCHKEEPER_WORK=str(tmp_path))

    assert done.returncode == 0
    assert done.stdout == "Nothing ran.\n"


def test_logs_before_the_first_start(tmp_path: Path) -> None:
    """There is nothing to show, and what to do about it."""
    done = run("logs", WATCHKEEPER_WORK=str(tmp_path))

    assert done.returncode == 2
    assert "start the bundle first" in done.stderr


def test_up_reports_errors_before_anything_starts(tmp_path: Path) -> None:
    """A wrong watchkeeper.yml stops `up` at once, with every error."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("nonsense: 1\n")

    done = run("up", WATCHKEEPER_CONFIG=str(file), WATCHKEEPER_WORK=str(tmp_path / "work"))

    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert not (tmp_path / "work").exists()


def test_the_script_runs_from_any_folder(tmp_path: Path) -> None:
    """By a link on PATH too; the exit code is the command's."""
    link = tmp_path / "wk"
    link.symlink_to(Path(__file__).parents[2] / "watchkeeper")

    shown = subprocess.run([link, "--help"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    refused = subprocess.run([link, "price"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)

    assert shown.returncode == 0, shown.stderr
    assert "check-config" in shown.stdout
    assert refused.returncode == 2


ASKING = [("explain", "cost"), ("trace", "abc"), ("bill",), ("versions",), ("limits", "suggest")]


@pytest.mark.parametrize("command", ASKING, ids=" ".join)
def test_an_engine_that_does_not_answer_is_a_sentence_with_the_fix(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Whatever asks it: which one, where, and how it is started."""
    asked = run(*command, WATCHKEEPER_WORK=str(tmp_path), PROMETHEUS_PORT="1", LOKI_PORT="1")

    assert asked.returncode == 2
    assert " at http://localhost:1 does not answer: " in asked.stderr
    assert asked.stderr.endswith("; start the stack with make up\n")
    assert asked.stderr.count("\n") == 1
