"""What the pages on SLOs, budgets and teams show is what happens: their file, their requests, their answers."""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import HTTPException
from tests.support.documents import ROOT, CodeBlock, code_blocks
from tests.support.exporter import ExporterInTest, run_exporter

HOW_TO = ROOT / "docs" / "how-to"


def blocks_of(page: str, language: str) -> list[CodeBlock]:
    """Return the blocks of a page in one language, in their order."""
    return [block for block in code_blocks(HOW_TO / page) if block.language == language]


def follow(page: str, exporter: ExporterInTest) -> list[Any]:
    """Send every request of a page, in its order, and return the answers."""
    answers = []
    for block in blocks_of(page, "console"):
        for route, body in re.findall(r"4318(/v1/\S+) -d '(.*?)'", block.text, flags=re.DOTALL):
            reply = exporter.client.post(route, content=body, headers={"content-type": "application/json"})
            assert reply.status_code == 200, reply.text
            answers.append(reply.json())
    assert answers
    return answers


@pytest.mark.parametrize("page", ["add-an-slo.md", "add-a-team.md"])
def test_the_shown_lines_are_there_afterwards(page: str, tmp_path: Path) -> None:
    """The page's file, then its request: /metrics has every line that the page shows."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(blocks_of(page, "yaml")[0].text)

    with run_exporter(config=file) as exporter:
        follow(page, exporter)
        lines = exporter.exposition().splitlines()

    for block in blocks_of(page, "text"):
        assert set(block.text.strip().splitlines()) <= {re.sub(r"\.0$", "", line) for line in lines}


def test_the_shown_answer_is_the_answer(tmp_path: Path) -> None:
    """Spend and ask as the page does; only the month is another one."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(blocks_of("add-a-budget.md", "yaml")[0].text)
    (shown,) = (json.loads(block.text) for block in blocks_of("add-a-budget.md", "json"))

    with run_exporter(config=file) as exporter:
        answer = follow("add-a-budget.md", exporter)[-1]

    ends = datetime.fromisoformat(answer["budgets"][0].pop("period_ends"))
    reported = datetime.fromisoformat(shown["budgets"][0].pop("period_ends"))
    assert answer == shown
    assert (ends.day, ends.hour, ends.minute) == (reported.day, reported.hour, reported.minute)
    assert ends > datetime.now(UTC)


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of the page's Python, run where LiteLLM is nothing but the class that it derives from."""
    module = ModuleType("litellm.integrations.custom_logger")
    module.CustomLogger = type("CustomLogger", (), {})  # type: ignore[attr-defined]
    for name in ("litellm", "litellm.integrations"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    (block,) = blocks_of("add-a-budget.md", "python")
    names: dict[str, Any] = {}
    exec(compile(block.text, "budget_check.py", "exec"), names)
    return names


@pytest.mark.parametrize(("spent", "passes"), [(1, True), (450, True), (500, False)])
async def test_the_shown_hook_asks_before_each_call(
    hook: dict[str, Any], tmp_path: Path, spent: int, *, passes: bool
) -> None:
    """A call passes until the budget is spent."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("budgets: [{name: all, limit_usd: 500}]")

    with run_exporter(config=file) as exporter:
        exporter.post_events({"type": "llm_call", "service": "litellm", "model": "m", "cost_usd": spent})

        async def post(route: str, json: object) -> httpx.Response:
            return exporter.client.post(route, json=json)

        hook["watchkeeper"] = SimpleNamespace(post=post)
        ask = hook["budget_check"].async_pre_call_hook(None, None, {"model": "m"}, "completion")
        if passes:
            assert await ask == {"model": "m"}
        else:
            with pytest.raises(HTTPException):
                await ask


async def test_the_shown_hook_lets_calls_pass_when_no_one_answers(hook: dict[str, Any]) -> None:
    """A monitor that is down stops no call."""

    async def post(*_: object, **__: object) -> httpx.Response:
        raise httpx.ConnectError("no one there")

    hook["watchkeeper"] = SimpleNamespace(post=post)

    assert await hook["budget_check"].async_pre_call_hook(None, None, {"model": "m"}, "completion") == {"model": "m"}
