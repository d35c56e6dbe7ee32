"""A ceiling over what real coding agents sent: what it has used is what the fake provider's journal says."""

import json
from pathlib import Path

import pytest
from tests.golden.test_captured_agents import PAYLOADS, requests
from tests.support.exporter import run_exporter

CEILINGS = "ceilings: [{name: agent-day, per: agent, max_cost_usd: 100, max_tokens: 1000000, max_steps: 1000}]\n"


@pytest.mark.parametrize(
    ("capture", "agent", "tools"),
    [("claude-code-2.1.328", "claude_code", 2), ("copilot-cli-1.0.102", "copilot_cli", 2)],
    ids=["Claude Code", "Copilot CLI"],
)
def test_what_is_used_is_what_the_provider_served(capture: str, agent: str, tools: int, tmp_path: Path) -> None:
    """Dollars, tokens of both kinds, and a step for each request and each run of a tool."""
    truth = json.loads((PAYLOADS / capture / "truth.json").read_text())
    config = tmp_path / "watchkeeper.yml"
    config.write_text(CEILINGS, encoding="utf-8")

    with run_exporter(config=config) as exporter:
        for path, headers, body in requests(capture):
            exporter.client.post(path, content=body, headers=headers)
    # After the stop, because a call that may be reported twice waits for its better story.
    answer = exporter.client.post("/v1/budget/check", json={"service": "my-app", "agent": agent}).json()

    assert answer["ceilings"][0]["used"] == {
        # Rounded to a millionth.
        "cost_usd": pytest.approx(truth["dollars"], abs=5e-7),
        "tokens": truth["tokens"]["input"] + truth["tokens"]["output"],
        "steps": sum(truth["calls"].values()) + tools,
    }
