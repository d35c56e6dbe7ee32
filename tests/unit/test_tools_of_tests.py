"""The tools that tests need are found wherever Debian puts them, installed where that is possible, and missed aloud."""

from pathlib import Path

import pytest
from tests.support import skips, tools
from tests.support.skips import Skipped
from tests.support.tools import Tool, need

TOOL = Tool(programs=("hammer", "anvil"), packages=("smithy",))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The only folder on the PATH, with a hammer."""
    add_program(tmp_path, "hammer")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(tools, "TOOLS", [TOOL])
    monkeypatch.setattr(tools, "find_compose", dict)
    for asked in (tools, skips):
        monkeypatch.setattr(asked, "why_none_is_installed", lambda: "")
    monkeypatch.delenv("CI", raising=False)
    return tmp_path


def add_program(folder: Path, name: str, lines: str = "") -> None:
    """Put a program there."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_tool_is_found_by_all_its_programs(folder: Path) -> None:
    """Where each is."""
    add_program(folder, "anvil")

    assert need(TOOL) == {"hammer": f"{folder}/hammer", "anvil": f"{folder}/anvil"}


def test_what_is_missing_is_reported_with_its_package(folder: Path) -> None:
    """The program that is missing, no other, and how to get it."""
    assert folder

    with pytest.raises(Skipped, match=r"^anvil not found: make tools installs smithy\.$"):
        need(TOOL)


def test_what_comes_from_elsewhere_is_reported_without_a_package(folder: Path) -> None:
    """This Debian has none, or none that is new enough."""
    assert folder

    with pytest.raises(Skipped, match=r"^sickle not found: make tools installs it\.$"):
        need(Tool(programs=("sickle",)))


def test_nothing_is_installed_where_nothing_is_missing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says so, and runs no apt-get, which is not there."""
    add_program(folder, "anvil")

    code = tools.main()

    assert (code, capsys.readouterr().out) == (0, "All tools that tests need are here.\n")


def test_where_nothing_can_be_installed_it_says_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the tests go on without."""
    assert folder
    monkeypatch.setattr(tools, "why_none_is_installed", lambda: "Only root can install packages.")

    code = tools.main()

    said = "Tests that need one of these are skipped: smithy. Only root can install packages.\n"
    assert (code, capsys.readouterr().out) == (0, said)


@pytest.mark.parametrize(("brings", "code"), [("anvil", 0), ("another", 1)], ids=["the program", "something else"])
def test_packages_are_installed_and_looked_at(
    folder: Path, brings: str, code: int, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A package that does not bring the program fails the run, rather than the tests."""
    monkeypatch.setattr(tools, "ensure_compose", lambda: None)
    monkeypatch.setattr(tools.sid, "fetch", lambda: None)
    add_program(folder, "apt-get", f'echo "$@" >> {folder}/log\n: > {folder}/{brings}\n/bin/chmod +x {folder}/{brings}')

    assert tools.main() == code

    commands = (folder / "log").read_text(encoding="utf-8").splitlines()
    assert [command.rpartition("Timeout=300 ")[2] for command in commands] == [
        "update",
        "install --no-install-recommends smithy",
    ]
    assert ("not found: anvil" in capfd.readouterr().out) == bool(code)
