"""What the pages on SLOs, budgets and teams show is what happens: their file, their requests, their answers."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import HTTPException
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span
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


# What the shown hooks derive from: nothing else of the libraries is used.
BASES = {
    "litellm": {},
    "litellm.integrations": {},
    "litellm.integrations.custom_logger": {"CustomLogger": object},
    "agents": {"RunHooks": object},
    "agents.exceptions": {"AgentsException": Exception},
}


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int], dict[str, Any]]:
    """The names of a page's Python, run where the libraries are nothing but the classes that it derives from."""
    for name, classes in BASES.items():
        module = ModuleType(name)
        vars(module).update({base: type(base, (of,), {}) for base, of in classes.items()})
        monkeypatch.setitem(sys.modules, name, module)

    def run(page: str, place: int) -> dict[str, Any]:
        names: dict[str, Any] = {}
        exec(compile(blocks_of(page, "python")[place].text, page, "exec"), names)
        return names

    return run


@pytest.fixture
def hook(shown: Callable[[str, int], dict[str, Any]]) -> dict[str, Any]:
    """The hook that asks for budgets."""
    return shown("add-a-budget.md", 0)


@pytest.mark.parametrize(("spent", "passes"), [(1, True), (450, True), (500, False)])
async def test_the_shown_hook_asks_before_each_call(
    hook: dict[str, Any], tmp_path: Path, spent: int, *, passes: bool
) -> None:
    """A call passes until the budget is spent."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text("budgets: [{name: all, limit_usd: 500}]")

    with run_exporter(config=file) as exporter:
        exporter.post_events({"type": "llm_call", "service": "litellm", "model": "m", "cost_usd": spent})

        hook["watchkeeper"] = asked_of(exporter)
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


def test_the_shown_ceiling_answers_as_shown(tmp_path: Path) -> None:
    """The page's file, its call that uses the ceiling up, and its question."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(blocks_of("set-a-ceiling.md", "yaml")[0].text)
    (shown,) = (json.loads(block.text) for block in blocks_of("set-a-ceiling.md", "json"))

    with run_exporter(config=file) as exporter:
        answer = follow("set-a-ceiling.md", exporter)[-1]

    assert answer == shown


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("question", "passes"),
    [
        pytest.param({"proxy_server_request": {"headers": {"traceparent": f"00-{TRACE}-1-01"}}}, False, id="run"),
        pytest.param({"litellm_session_id": "s"}, False, id="session"),
        pytest.param({"user": "u"}, False, id="user"),
        pytest.param({}, True, id="none"),
        pytest.param({"proxy_server_request": {"headers": {"traceparent": "odd"}}, "user": None}, True, id="nonsense"),
    ],
)
async def test_the_shown_hook_of_a_proxy_asks_for_ceilings(
    shown: Callable[[str, int], dict[str, Any]], tmp_path: Path, question: dict[str, Any], *, passes: bool
) -> None:
    """By the header of the trace, the session and the user that the proxy knows."""
    hook = shown("set-a-ceiling.md", 0)
    with used_up(tmp_path, trace_id=TRACE, session_id="s", user_id="u") as exporter:
        hook["watchkeeper"] = asked_of(exporter)
        ask = hook["ceiling_check"].async_pre_call_hook(None, None, {"model": "m", **question}, "completion")
        if passes:
            assert await ask == {"model": "m", **question}
        else:
            with pytest.raises(HTTPException):
                await ask


@pytest.mark.parametrize("passes", [True, False])
async def test_the_shown_hook_of_an_agent_ends_its_run(
    shown: Callable[[str, int], dict[str, Any]], tmp_path: Path, *, passes: bool
) -> None:
    """By the trace that OpenTelemetry has open."""
    hook = shown("set-a-ceiling.md", 1)
    place = SpanContext(int(TRACE, 16) + passes, 1, is_remote=False)
    with used_up(tmp_path, trace_id=TRACE) as exporter, use_span(NonRecordingSpan(place)):
        hook["watchkeeper"] = asked_of(exporter)
        ask = hook["CeilingHooks"]().on_llm_start(None, SimpleNamespace(name="a"), "", [])
        if passes:
            await ask
        else:
            with pytest.raises(hook["CeilingReached"]):
                await ask


@contextmanager
def used_up(folder: Path, **who: str) -> Iterator[ExporterInTest]:
    """An exporter in which a run, a session and a user have used up their ceilings."""
    file = folder / "watchkeeper.yml"
    ceilings = [f"{{name: {per}, per: {per}, max_steps: 1}}" for per in ("run", "session", "user")]
    file.write_text(f"ceilings: [{', '.join(ceilings)}]")
    with run_exporter(config=file) as exporter:
        exporter.post_events({"type": "llm_call", "service": "bot", "model": "m", **who})
        yield exporter


def asked_of(exporter: ExporterInTest) -> SimpleNamespace:
    """A client as the hooks have one."""

    async def post(route: str, json: object) -> httpx.Response:
        return exporter.client.post(route, json=json)

    return SimpleNamespace(post=post)
