"""A trace that was sent can be read: on its page, in its session, in a shell, and no further than is sensible."""

import json
import re
import time
from random import Random

import pytest
from rich.console import Console
from tests.e2e.support.conversations import FAILING, conversation
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.documents import ROOT, code_blocks
from typer.testing import CliRunner

from watchkeeper.cli import app
from watchkeeper.engines.trace_lines import Found, Sought, TraceLines
from watchkeeper.operator.traces import commands

JSON = {"content-type": "application/json"}
TRACE, LARGE, SESSION = "5e" * 16, "1a" * 16, "conversation-9 ✓ <b>"
SPANS = 130
HOW_TO = ROOT / "docs" / "how-to" / "read-a-trace.md"


@pytest.fixture(scope="module")
def sent(stack: Stack) -> Stack:
    """A conversation of a support agent, and a trace of many spans, both of them in Loki."""
    random = Random(1)
    events = [event for _ in range(20) for event in conversation(random, FAILING)]
    own = {"trace_id": TRACE, "session_id": SESSION, "tenant": "acme", "service": "read-traces"}
    stack.post("/v1/events", json.dumps([event | own for event in events]).encode(), JSON).raise_for_status()
    call = {"type": "tool_call", "tool": "find_order", "service": "read-traces", "trace_id": LARGE}
    stack.post("/v1/events", json.dumps([call] * SPANS).encode(), JSON).raise_for_status()
    query = f'sum(count_over_time({{service="read-traces"}} | trace_id=~"{TRACE}|{LARGE}" [1h]))'
    eventually("all lines", lambda: _number(stack, query) >= SPANS + len(events))
    return stack


def _number(stack: Stack, query: str) -> float:
    answer = stack.client.get(stack.url("loki", "/loki/api/v1/query"), params={"query": query}).json()
    return sum(float(one["value"][1]) for one in answer["data"]["result"])


def test_a_trace_has_a_page_and_its_session_too(sent: Stack) -> None:
    """What happened, with tokens; and the way from the one to the other."""
    page = sent.client.get(sent.url("exporter", f"/traces/{TRACE}"), timeout=60)
    of_session = sent.client.get(sent.url("exporter", f"/sessions/{SESSION}"), timeout=60)

    assert page.status_code == of_session.status_code == 200
    assert "cache lookup <strong>answers" in page.text
    assert "LLM call <strong>" in page.text
    assert f'href="/traces/{TRACE}"' in of_session.text


def test_a_large_trace_is_bounded(sent: Stack) -> None:
    """The first lines, and how many more there are."""
    found = _asked(sent, LARGE, most=100)

    assert len(found.lines) == 100
    assert found.left_out == SPANS - 100


def test_a_tenants_search_finds_its_own_alone(sent: Stack) -> None:
    """By Loki's own filter."""
    assert _asked(sent, TRACE, tenant="acme").lines
    assert not _asked(sent, TRACE, tenant="evil").lines


def test_the_query_of_the_how_to_finds_its_lines(sent: Stack) -> None:
    """With another id in the place of the example."""
    (query,) = (block.text for block in code_blocks(HOW_TO) if block.language == "logql")
    (shown,) = re.findall(r"[0-9a-f]{32}", query)

    lines = sent.lines(query.replace(shown, TRACE))

    assert {line["trace_id"] for line in lines} == {TRACE}
    assert "llm_call_completed" in {line["event"] for line in lines}


def _asked(stack: Stack, trace_id: str, *, tenant: str = "", most: int = 1000) -> Found:
    lines = TraceLines(stack.client, stack.url("loki", ""), 120.0)
    return lines.of(Sought(label="trace_id", value=trace_id, tenant=tenant), time.time(), most)


def test_a_shell_prints_the_same(sent: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """`watchkeeper trace` and `watchkeeper session`."""
    monkeypatch.setenv("LOKI_PORT", str(sent.ports["loki"]))
    monkeypatch.setattr(commands, "console", Console(width=200))

    trace, session = CliRunner().invoke(app, ["trace", TRACE]), CliRunner().invoke(app, ["session", SESSION])

    assert (trace.exit_code, session.exit_code) == (0, 0)
    assert "cache lookup" in trace.stdout
    assert TRACE in session.stdout


@pytest.mark.parametrize("name", ["`} or {event=`x", "\N{CAT FACE}"])
def test_an_id_that_no_line_has(sent: Stack, name: str) -> None:
    """Whatever it is made of, it is looked for and not found."""
    assert not _asked(sent, name).lines
