"""`watchkeeper trace` and `watchkeeper session`: the same as the pages, for a shell."""

from collections.abc import Iterator

import pytest
from rich.console import Console
from tests.support.engine_answers import EngineAnswers, engine_answers
from tests.support.trace_lines import SESSION, TRACE, agent_run, line
from typer.testing import CliRunner, Result

from watchkeeper.cli import app
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.operator.traces import commands


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineAnswers]:
    """Loki has the lines of a run."""
    with engine_answers() as answers:
        answers.lines = agent_run()[::-1]
        monkeypatch.setenv("LOKI_PORT", answers.url.rpartition(":")[2])
        monkeypatch.setattr(commands, "console", Console(width=200))
        yield answers


def run(*arguments: str) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(app, arguments)


@pytest.mark.usefixtures("engines")
def test_the_timeline_and_the_sums() -> None:
    """Indented, with times, tokens and cost."""
    shown = run("trace", TRACE)

    rows = [" ".join(row.replace("│", " ").split()) for row in shown.stdout.splitlines()]
    assert shown.exit_code == 0
    assert "LLM call gpt-4o-mini prompt greeting/3 3.5 s 1.5 s 1 200 81 $0.00015" in rows
    assert "    tool call" in shown.stdout
    assert "shop; agent router, helper; began 2026-11-29 12:00:00 UTC; ok, evaluated: root ended" in shown.stdout
    assert "Together: 2 LLM calls, 1 tool calls, 1 retrievals, 1 300 tokens in, 86 out, $0.00015" in shown.stdout


@pytest.mark.usefixtures("engines")
def test_the_traces_of_a_session() -> None:
    """With their sums."""
    shown = run("session", SESSION)

    assert shown.exit_code == 0
    assert TRACE in shown.stdout
    assert "Together: 2 LLM calls" in shown.stdout


def test_content_only_when_asked_for(engines: EngineAnswers) -> None:
    """And nothing in it, or in a name, moves the cursor."""
    engines.lines = [line("llm_call_completed", 5, model="m\x1b[2J", status="ok", input="say \x1b[31mred\nplease")]

    quiet, loud = run("trace", TRACE), run("trace", TRACE, "--content")

    assert "say" not in quiet.stdout
    assert "say \N{REPLACEMENT CHARACTER}[31mred\nplease" in loud.stdout
    assert "\x1b" not in quiet.stdout + loud.stdout


def test_archived_texts_are_asked_of_the_exporter(engines: EngineAnswers, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a whole, or with the reason why not."""
    key = f"2026-11-30/{'.'.join(['0' * 16] * 4)}.{'a' * 64}"
    monkeypatch.setenv("EXPORTER_PORT", engines.url.rpartition(":")[2])
    engines.lines = [line("llm_call_completed", 5, model="m", status="ok", input="begins", input_archived=key)]
    engines.says = {f"/archive/{key}": b"begins and ends"}

    whole = run("trace", TRACE, "--content").stdout
    engines.says = {f"/archive/{key}": b"There is no such text."}
    engines.broken = {f"/archive/{key}"}
    missing = run("trace", TRACE, "--content").stdout

    assert "begins and ends" in whole
    assert "answers: There is no such text.)" in missing


def test_what_is_left_out_is_said(engines: EngineAnswers) -> None:
    """Of a trace of ten thousand spans."""
    engines.lines = [line("llm_call_completed", 1, model="m", span_id=f"s{n}") for n in range(10_000)]

    assert "8800 more lines are left out" in run("trace", TRACE).stdout


def test_nothing_is_found(engines: EngineAnswers) -> None:
    """Exit code 1."""
    engines.lines = []

    assert run("trace", TRACE).exit_code == 1


def test_a_loki_that_refuses_and_what_is_no_id(engines: EngineAnswers) -> None:
    """Sentences."""
    engines.broken = {"/loki/api/v1/query_range"}

    assert isinstance(run("trace", TRACE).exception, EngineError)
    assert isinstance(run("session", "").exception, WatchkeeperError)
