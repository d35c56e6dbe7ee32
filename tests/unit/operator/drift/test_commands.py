"""`watchkeeper drift accept`, `accepted` and `undo` against an analyzer over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.support.analyzer import serving_analyzer
from typer.testing import CliRunner

from watchkeeper.analyzer.accepted.change import AcceptedChange
from watchkeeper.analyzer.accepted.changes import AcceptedChanges
from watchkeeper.cli import app

ROOT = Path(__file__).parents[4]


@pytest.fixture
def analyzer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An analyzer that listens where the commands look for it, and has accepted a change already."""
    AcceptedChanges(tmp_path / "accepted.json").accept(AcceptedChange("bot", "score", 1_795_248_000.0))
    file = tmp_path / "watchkeeper.yml"
    file.write_text("{}")
    with serving_analyzer(file, {"WATCHKEEPER_STATE_DIR": str(tmp_path)}) as port:
        monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))
        monkeypatch.setenv("ANALYZER_PORT", str(port))
        yield f"http://127.0.0.1:{port}"


def run(*words: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    result = CliRunner().invoke(app, ["drift", *words])
    return result.exit_code, result.stdout + str(result.exception or "")


@pytest.mark.usefixtures("analyzer")
def test_what_is_accepted_is_listed_and_taken_back() -> None:
    """After that there is none."""
    code, listed = run("accepted")
    assert code == 0
    assert [cell.strip() for cell in listed.splitlines()[3].split("│")[1:-1]] == [
        "bot",
        "score",
        "2026-11-21T08:00:00+00:00",
    ]

    assert run("undo", "bot", "score") == (0, "Not accepted any more: score of bot.\n")
    assert run("accepted") == (0, "No change is accepted.\n")
    assert "nothing is accepted of * of bot" in run("undo", "bot")[1]


@pytest.mark.usefixtures("analyzer")
def test_what_the_analyzer_refuses_is_an_error() -> None:
    """With its words."""
    code, said = run("accept", "bot")

    assert code == 1
    assert "nothing was compared yet" in said


def test_accepting_says_what_becomes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And that a restart forgets it where nothing is kept."""
    replies = {"POST": {"service": "bot", "feature": "*", "since": 1.0}, "GET": {"accepted": [], "is_kept": False}}
    monkeypatch.setattr(
        httpx.Client, "request", lambda _self, method, _path, **_: httpx.Response(200, json=replies[method])
    )
    monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))

    code, said = run("accept", "bot")

    assert code == 0
    assert "Accepted: all features of bot. It is learnt from now on" in said
    assert "a restart forgets it (WATCHKEEPER_STATE_DIR)" in said
