"""The timeline of a trace: what stands below what, in which order, and what it comes to."""

import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from tests.support.trace_lines import agent_run, line

from watchkeeper.engines.fact_lines import FactLine, read_line
from watchkeeper.engines.sessions import sum_of, traces_of
from watchkeeper.engines.timeline import timeline


def read(lines: list[dict[str, Any]]) -> list[FactLine]:
    """As Loki returns them."""
    return [found for one in lines if (found := read_line(json.dumps(one)))]


def outline(lines: list[dict[str, Any]]) -> list[str]:
    """What is shown, indented."""
    return ["  " * row.depth + f"{row.what} {row.name}" for row in timeline(read(lines)).rows]


EXPECTED = [
    "agent step router",
    "  LLM call gpt-4o-mini",
    "  branch decision intent: refund",
    "  agent step helper",
    "    LLM call gpt-4o-mini",
    "      score helpfulness",
    "    tool call find_order",
    "    retrieval kb",
    "silent failure tool_skipped",
]


def test_what_happened_within_a_step_stands_below_it() -> None:
    """By time and by agent; a score below the call that it is about, however late it came."""
    assert outline(agent_run()) == EXPECTED


def test_the_order_of_lines_says_nothing() -> None:
    """Spans arrive children first, and from several services."""
    lines = agent_run()
    Random(3).shuffle(lines)

    assert outline(lines) == EXPECTED


def test_two_agents_at_once_keep_their_own_calls() -> None:
    """A call in the time of both stands below the step of its own agent."""
    step = {"kind": "invoke_agent", "status": "ok"}
    lines = [
        line("agent_step_completed", 10, agent="a", duration_seconds=10, **step),
        line("agent_step_completed", 9, agent="b", duration_seconds=8, **step),
        line("llm_call_completed", 5, agent="a", model="of-a", status="ok", duration_seconds=1),
    ]

    assert outline(lines) == ["agent step a", "  agent step b", "  LLM call of-a"]


def test_times_and_sums() -> None:
    """Seconds since the trace began; tokens and dollars are sums over calls, exactly."""
    found = timeline(read(agent_run()))

    assert [(row.name, row.started) for row in found.rows if row.what == "agent step"] == [
        ("router", 0.0),
        ("helper", 3.0),
    ]
    assert (found.totals.input_tokens, found.totals.output_tokens) == (1300, 86)
    assert found.totals.cost_usd == Decimal("0.000151800")
    assert (found.totals.failures, found.totals.duration_seconds) == (1, 9.0)


def test_of_a_trace_that_is_cut_the_sums_are_those_of_its_own_line() -> None:
    """The lines that are there would add up to less."""
    found = timeline(read(agent_run()[4:]), is_whole=False)

    assert (found.totals.llm_calls, found.totals.input_tokens) == (2, 1300)


def test_steps_within_steps_a_thousand_deep() -> None:
    """Nothing recurses."""
    lines = [
        line("agent_step_completed", 30 - 0.01 * n, kind="k", status="ok", duration_seconds=29 - 0.02 * n)
        for n in range(1000)
    ]

    assert max(row.depth for row in timeline(read(lines)).rows) == 999


@pytest.mark.parametrize(
    "wrong",
    [
        {"happened_at": "yesterday"},
        {"happened_at": "9999-12-31T23:59:59-23:59"},
        {"duration_seconds": 1e300},
        {"event": "http_request_completed"},
        {"input_tokens": "many"},
        {"input_tokens": -1},
        {"cost_usd": "NaN"},
        {"cost_usd": {"usd": 1}},
        {"trace_cost_usd": "Infinity"},
        {"trace_cost_usd": "9E+999999"},
        {"happened_at": "0001-01-01T00:00:00Z"},
        {"tools": "DEEP"},
    ],
    ids=repr,
)
def test_a_line_of_another_format_is_left_out(wrong: dict[str, Any]) -> None:
    """An application may write any line; the others are shown."""
    good = line("llm_call_completed", 5, model="good", status="ok", duration_seconds=1)

    odd = json.dumps({**good, "model": "odd", **wrong}).replace('"DEEP"', "[" * 20_000 + "]" * 20_000)
    found = timeline([one for text in (json.dumps(good), odd) if (one := read_line(text))])

    assert [row.name for row in found.rows if row.what == "LLM call"] == ["good"]


def test_a_session_counts_each_trace_once() -> None:
    """A trace that was evaluated by its own line, one call by itself, and what belongs to no trace."""
    other = line(
        "llm_call_completed", 40, trace_id="b" * 32, model="m", status="error", input_tokens=7, output_tokens=1
    )
    lines = [*agent_run(), other, line("feedback_received", 50, trace_id="", rating="positive")]

    traces = traces_of(read(lines))

    assert [trace.trace_id[:1] for trace in traces] == ["", "b", "0"]
    together = sum_of(traces)
    assert (together.llm_calls, together.input_tokens, together.output_tokens) == (3, 1307, 87)
    assert (together.cost_usd, together.failures) == (Decimal("0.000151800"), 2)
