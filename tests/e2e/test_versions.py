"""Two versions of a prompt on real engines: what was sent is in the register, and what differs is found."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from rich.console import Console
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.version_lines import V12, V13, Line, runs
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.operator.versions import commands

JSON = {"content-type": "application/json"}
RUNS = 150
SERVICE = "compared"


def _events(lines: list[Line]) -> Iterator[dict[str, Any]]:
    """The lines as the application would have sent them; the exporter prices them by what it knows."""
    kinds = {
        "llm_call_completed": {"type": "llm_call", "model": "gpt-4o-mini", "provider": "acme", "operation": "chat"},
        "tool_call_completed": {"type": "tool_call"},
        "human_review_recorded": {"type": "human_review"},
        "score_recorded": {"type": "score"},
    }
    for line in lines:
        event = {name: value for name, value in line.items() if name not in ("event", "happened_at", "cost_usd")}
        event["name"] = event.pop("score", None)
        yield {name: value for name, value in (event | kinds[line["event"]]).items() if value is not None} | {
            "service": SERVICE
        }


@pytest.fixture(scope="module")
def sent(stack: Stack) -> Stack:
    """The case study's traffic: the new version has twice the tokens and more reviews."""
    random = Random(3)
    events = [*_events(runs(random, "v12", V12, RUNS)), *_events(runs(random, "v13", V13, RUNS))]
    stack.let_prometheus_scrape()
    for start in range(0, len(events), 400):
        stack.post("/v1/events", json.dumps(events[start : start + 400]).encode(), JSON).raise_for_status()
    stack.let_prometheus_scrape()
    query = f'sum(count_over_time({{service="{SERVICE}", event!="trace_completed"}} [1h]))'
    eventually("all lines", lambda: _number(stack, query) >= len(events))
    return stack


def _number(stack: Stack, query: str) -> float:
    answer = stack.client.get(stack.url("loki", "/loki/api/v1/query"), params={"query": query}).json()
    return sum(float(one["value"][1]) for one in answer["data"]["result"])


@pytest.fixture
def run(sent: Stack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command against the bundle."""
    for name in ("prometheus", "loki"):
        monkeypatch.setenv(f"{name.upper()}_PORT", str(sent.ports[name]))
    monkeypatch.setattr(commands, "console", Console(width=200))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, catch_exceptions=False)

    return command


def test_the_case_study_is_found(run: Any) -> None:
    """Cost, tokens and reviews are worse, and a pipeline that allows ten percent stops."""
    found = run("compare", SERVICE, "v12", "v13", "--since", "1h", "--limit", "cost=0.1")

    said = found.stdout.splitlines()
    assert said[0].startswith("v13 against v12: cost per call +")
    assert "tokens in per call +" in said[0]
    assert "review share +" in said[0]
    assert f"compared: {RUNS} runs" in found.stdout
    assert "Worse than its limit: cost per call" in found.stdout
    assert found.exit_code == 1


def test_the_register_has_both_versions(run: Any) -> None:
    """With calls and cost, as Prometheus counted them."""
    found = run("versions", SERVICE, "--prompt", "answer", "--since", "1h")

    rows = [row.replace("│", " ").split() for row in found.stdout.splitlines() if " v1" in row]
    assert [row[3] for row in rows] == ["v13", "v12"] or [row[3] for row in rows] == ["v12", "v13"]
    assert all("inferred" in row for row in rows)
    assert found.exit_code == 0
