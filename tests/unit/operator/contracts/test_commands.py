"""The commands, with a Loki in this process."""

from pathlib import Path

import httpx
import pytest
from tests.unit.operator.contracts.test_past_runs import Loki, line
from typer.testing import CliRunner

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.contracts import commands

ROOT = Path(__file__).parents[4]


@pytest.fixture
def loki(monkeypatch: pytest.MonkeyPatch) -> Loki:
    """Whatever the commands ask is answered here."""
    server = Loki()
    real = httpx.Client

    def client(**settings: object) -> httpx.Client:
        return real(transport=httpx.MockTransport(server.answer), base_url=str(settings["base_url"]))

    monkeypatch.setattr(commands.httpx, "Client", client)
    monkeypatch.setattr(commands.time, "time_ns", lambda: 10**18)
    monkeypatch.setattr(commands.console, "_width", 400)
    monkeypatch.setenv("WATCHKEEPER_ROOT", str(ROOT))
    return server


def out(*arguments: str) -> str:
    """What a command prints; its errors are raised."""
    result = CliRunner().invoke(commands.contracts, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_learn_prints_a_contract(loki: Loki) -> None:
    """And says that few runs are few."""
    loki.entries = tuple((10**18 - place - 1, line("Support Agent", "look", "pay")) for place in range(9))

    text = out("learn", "Support Agent")

    assert text.startswith("contracts: # learnt from 9 runs\n  - name: support-agent\n")
    assert '      expect: ["look", "pay"] # 0.0% of past runs would have broken it\n' in text
    assert text.endswith("# 9 runs are few: look at each line before you keep it\n")


def test_learn_needs_runs(loki: Loki) -> None:
    """Nothing can be said of an agent that never ran."""
    assert loki.entries == ()

    with pytest.raises(WatchkeeperError, match="no run of agent x of the last 7d shows what it usually does, of 0"):
        out("learn", "x")
    with pytest.raises(WatchkeeperError, match="--since must be a number with h, d or w, as in 7d, got '7'"):
        out("learn", "x", "--since", "7")


def test_check_says_what_would_have_alerted(loki: Loki, tmp_path: Path) -> None:
    """With a hint for a name that no run has, and a contract that is about no run."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(
        "contracts:\n"
        "  - {name: pays, agent: [a], tools: {expect: [pay], at_most: {serch: 1}}}\n"
        "  - {name: idle, agent: [b], max_steps: 3}"
    )
    loki.entries = tuple((10**18 - place - 1, line("a", "search")) for place in range(4))

    text = out("check", "--config", str(file))

    assert "tool_skipped pay: 4" in text
    assert "it is about no run" in text
    assert "Contract pays names the tool pay, which no run used\n" in text
    assert "Contract pays names the tool serch, which no run used; did you mean search?" in text
    assert "LLMToolSkipped" in text


def test_check_says_when_nothing_would_have_alerted(loki: Loki, tmp_path: Path) -> None:
    """A sentence, no empty table; without contracts there is nothing to check."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("contracts: [{name: pays, tools: {expect: [pay]}}]")
    loki.entries = ((10**18 - 1, line("a", "pay")),)

    assert "No alert would have fired." in out("check", "--config", str(file))
    file.write_text("{}")
    with pytest.raises(WatchkeeperError, match="has no contracts"):
        out("check", "--config", str(file))
