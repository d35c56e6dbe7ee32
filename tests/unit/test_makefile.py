"""What make adds to what a command has said, and with which exit code it ends."""

import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def made(target: str, code: int) -> subprocess.CompletedProcess[str]:
    """Run a target whose command says something and ends with this code."""
    command = [
        "make",
        "--no-print-directory",
        target,
        "UV=true",
        f"WATCHKEEPER=sh -c 'echo said: $$0 $$*; exit {code}'",
    ]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("target", ["status", "doctor", "drill", "alert-test"])
@pytest.mark.parametrize("code", [0, 1])
def test_nothing_is_added_to_a_report(target: str, code: int) -> None:
    """Exit code 1 is that something was found, which the report has said."""
    done = made(target, code)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"said: {target}")


@pytest.mark.parametrize(("target", "code"), [("status", 2), ("up", 1), ("reload", 1), ("backup", 2)])
def test_what_could_not_be_done_stops_make(target: str, code: int) -> None:
    """Whatever comes after it in a script is not run."""
    assert made(target, code).returncode != 0


def test_a_drill_without_a_name_is_one_without_arguments() -> None:
    """It lists the alerts."""
    assert made("drill", 0).stdout == "said: drill\n"


@pytest.mark.parametrize("target", ["up", "engines"])
def test_a_shared_cache_is_named_by_its_variable(target: str) -> None:
    """As the command itself reads it."""
    command = ["make", "--no-print-directory", "UV=true", "CACHE=/srv/my engines", target]

    done = subprocess.run(
        [*command, "WATCHKEEPER=printenv WATCHKEEPER_SHARED_CACHE #"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "/srv/my engines\n"
