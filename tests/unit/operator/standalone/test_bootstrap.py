"""What `make` runs first must run on any Python, at least far enough to say what is wrong."""

import ast
import fcntl
import importlib.util
import re
import sys
import tomllib
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest


def test_bootstrap_is_readable_for_old_pythons(project: Path) -> None:
    """Python 3.6 can still parse it, and so reaches the sentence that asks for a newer one."""
    text = (project / "services" / "bootstrap.py").read_text(encoding="utf-8")

    ast.parse(text, feature_version=(3, 6))


def test_bootstrap_asks_for_the_project_s_python(project: Path) -> None:
    """The lowest Python is in pyproject.toml and in the bootstrap, and is the same."""
    wanted = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    text = (project / "services" / "bootstrap.py").read_text(encoding="utf-8")

    found = re.search(r"LOWEST_PYTHON = \((\d+), (\d+)\)", text)

    assert found is not None
    assert wanted == f">={found[1]}.{found[2]}"


@pytest.fixture
def bootstrap(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program as a module that installs nothing: every command it runs fails."""
    spec = importlib.util.spec_from_file_location("bootstrap", project / "services" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "FOLDER", tmp_path / "uv")
    monkeypatch.setattr(module, "run", lambda *_: False)
    return module


def test_an_old_python_is_reported_what_to_do(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence names the Python that was found and how to name another."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    assert bootstrap.main() == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err


def test_without_pip_and_venv_the_fix_is_reported(bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """When neither way works, the sentence names the packages to install."""
    assert bootstrap.main() == 1
    assert "install python3-venv or python3-pip" in capsys.readouterr().err


def test_the_second_way_is_taken_when_venv_is_missing(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian ships Python without venv; pip alone is enough."""
    ran: list[tuple[str, ...]] = []

    def run(*command: str) -> bool:
        ran.append(command)
        return "venv" not in command

    monkeypatch.setattr(bootstrap, "run", run)

    assert bootstrap.main() == 0
    assert "--target" in ran[-1]


def test_the_second_of_two_first_starts_waits_and_fetches_nothing(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and takes what the first has fetched meanwhile."""
    versions = iter(["", bootstrap.UV_VERSION])
    monkeypatch.setattr(bootstrap, "installed_version", lambda: next(versions))
    bootstrap.FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with (bootstrap.FOLDER.parent / "uv.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = Thread(target=bootstrap.main)
        second.start()
        said = ""
        while "waiting for it" not in said and second.is_alive():
            said += capsys.readouterr().out
    second.join()

    assert said == "Another command fetches uv here; waiting for it.\n"
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written_is_a_sentence(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a checkout of another user."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(bootstrap, "FOLDER", tmp_path / "file" / "tools" / "uv")

    assert bootstrap.main() == 1
    assert "cannot be written (Not a directory): own the project's folder, or make UV=uv." in capsys.readouterr().err
