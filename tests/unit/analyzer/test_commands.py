"""`watchkeeper drift` prints what the analyzer would say now."""

import time
from pathlib import Path

import httpx
import pytest
from rich.console import Console
from tests.support.drifting import DAY, Traffic, cumulative
from typer.testing import CliRunner

from watchkeeper.analyzer import commands
from watchkeeper.cli import app
from watchkeeper.errors import WatchkeeperError

BOUNDS = (64.0, 256.0, 1024.0, 4096.0)
DAYS = tuple(DAY * day for day in range(1, 8))


class Replaced:
    """In the place of httpx.Client: always a new one for which the traffic is Prometheus."""

    def __init__(self, made: Traffic) -> None:
        self._clients = iter([made.client() for _ in range(3)])

    def client(self, **_: object) -> httpx.Client:
        """The next one."""
        return next(self._clients)


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Traffic:
    """One service that is steady, one whose inputs grew, and one that is new; the answers are plain text."""
    made = Traffic()
    steady, longer = (cumulative(BOUNDS, counts) for counts in ((100, 400, 300, 150, 50), (20, 100, 280, 400, 200)))
    for service, current in (("calm", steady), ("moved", longer)):
        made.put("llm_request_tokens_bucket", steady, *DAYS, service=service, type="input")
        made.put("llm_request_tokens_bucket", current, 0, service=service, type="input")
    made.put("llm_branch_decisions_total", {"answer": 500.0, "search": 200.0}, 0, service="new", node="router")
    config = tmp_path / "watchkeeper.yml"
    config.write_text("drift: {overrides: [{feature: duration, enabled: false}]}\n")
    monkeypatch.setenv("WATCHKEEPER_CONFIG", str(config))
    monkeypatch.setattr(commands.httpx, "Client", Replaced(made).client)
    monkeypatch.setattr(commands, "console", Console(width=200, color_system=None, force_terminal=False))
    return made


@pytest.mark.usefixtures("traffic")
def test_what_moved_is_listed_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Each series with its verdict, its PSI, its sizes and the reason."""
    commands.show()

    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in row] for row in rows]
    assert [row[:3] for row in cells] == [
        ["moved", "input_tokens", "drifted"],
        ["calm", "input_tokens", "steady"],
        ["new", "branch/router", "learning"],
    ]
    assert cells[0][5:] == ["1000", "7000", "the distribution has shifted far"]
    assert float(cells[0][3]) > 0.25
    assert cells[2][3:5] == ["", ""]


@pytest.mark.usefixtures("traffic")
def test_one_service(capsys: pytest.CaptureFixture[str]) -> None:
    """And none that is not known."""
    commands.show("calm")

    assert "moved" not in capsys.readouterr().out


@pytest.mark.usefixtures("traffic")
def test_a_service_that_is_not_known_is_an_error() -> None:
    """And no empty table."""
    with pytest.raises(WatchkeeperError, match="service must be one with telemetry in Prometheus, got 'gone'"):
        commands.show("gone")


@pytest.mark.usefixtures("traffic")
def test_one_feature_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """Bins, counts, statistics, limits and why the verdict is what it is."""
    commands.show("moved", explain="input_tokens")

    out = capsys.readouterr().out
    assert "input_tokens of moved: drifted, the distribution has shifted far." in out
    assert "compared: the last 6 h with 7 windows before (same_hours)" in out
    assert "by psi: drift from 1e-06 down" in out
    assert "its own history: none yet" in out
    assert [cell.strip() for cell in out[out.index("│ 4096") :].split("│")[1:5]] == ["4096", "400", "40.0%", "15.0%"]


@pytest.mark.usefixtures("traffic")
def test_branches_are_explained_before_there_is_a_past(capsys: pytest.CaptureFixture[str]) -> None:
    """Every series of a feature by its name."""
    commands.show("new", explain="branch")

    out = capsys.readouterr().out
    assert "branch/router of new: learning, too few windows of the reference have values." in out
    assert "answer" in out


@pytest.mark.usefixtures("traffic")
def test_a_feature_that_is_not_compared_is_an_error() -> None:
    """With those that are."""
    with pytest.raises(WatchkeeperError, match="got 'inputs'; there are branch/router, input_tokens"):
        commands.show(explain="inputs")


def test_what_could_not_be_compared_is_said(traffic: Traffic, capsys: pytest.CaptureFixture[str]) -> None:
    """Below what could."""
    traffic.broken.add("llm_branch")

    commands.show()

    assert "Not compared: branch: prometheus: answers 503: too busy" in capsys.readouterr().out


def test_without_a_prometheus_there_is_nothing_to_show(traffic: Traffic) -> None:
    """A sentence and no empty table."""
    traffic.broken.add("service")

    with pytest.raises(WatchkeeperError, match="nothing could be compared: input_tokens: prometheus: answers 503"):
        commands.show()


def test_an_accepted_change_is_one_here_too(traffic: Traffic, capsys: pytest.CaptureFixture[str]) -> None:
    """The running analyzer is asked for them."""
    traffic.accepted = [{"service": "moved", "feature": "input_tokens", "since": time.time()}]

    commands.show("moved")

    assert "a change was accepted, and what came after it is learnt" in capsys.readouterr().out


def test_an_analyzer_that_is_away_is_said(traffic: Traffic, capsys: pytest.CaptureFixture[str]) -> None:
    """All else is shown."""
    traffic.accepted = None

    commands.show()

    out = capsys.readouterr().out
    assert "the distribution has shifted far" in out
    assert "Not compared: what was accepted, because the analyzer at http://" in out
    assert "does not say (HTTPStatusError)" in out


def test_what_runs_side_by_side_is_a_table_of_its_own(traffic: Traffic, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which is compared with which."""
    for model, counts in (("a", {"stop": 200.0, "length": 5.0}), ("b", {"stop": 20.0, "length": 90.0})):
        labels = {"service": "moved", "prompt": "ask", "prompt_version": "1", "model": model}
        traffic.put("llm_finish_reasons_total", counts, 0, 5400, 10_800, 16_200, **labels)

    commands.show("moved")
    commands.show("moved", explain="finish_reason")

    out = capsys.readouterr().out
    assert "finish_reason, ask: b against a" in out
    assert "finish_reason, ask: b against a of moved: drifted" in out
    assert "those of the other" in out


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize("words", [["drift", "calm"], ["drift", "show", "calm"]])
def test_a_service_needs_no_command_in_front(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Only one that is named like a command does."""
    result = CliRunner().invoke(app, words)

    assert result.exit_code == 0
    assert "calm" in capsys.readouterr().out + result.stdout
