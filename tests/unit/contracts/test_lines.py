"""A run that is read from its line is the run that the line was written of."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.facts import NOW, make_context
from tests.support.runs import make_trace

from watchkeeper.contracts.lines import read_run
from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.exporter.sinks.long_lines import MAX_LINE
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import Trace


def line_of(trace: Trace) -> bytes:
    """The line that the exporter writes."""
    lines: list[bytes] = []
    LogSink(lines.append, LabelAdmission({}, lambda _label, _service: None)).take(trace, NOW)
    return lines[0]


def without_arguments(trace: Trace) -> Trace:
    """What a line can keep of a run."""
    runs = tuple(
        msgspec.structs.replace(run, arguments_hash=0, status="ok" if run.status == "ok" else "error")
        for run in trace.tool_runs
    )
    return msgspec.structs.replace(trace, tool_runs=runs)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "branches": [("intent", "refund=now"), ("", "b")],
            "models": ("gpt-4o", 'with "quotes"'),
            "guardrails": ("pii",),
            "reviews": 2,
            "retrievals": 1,
            "documents": 0,
            "top_score": -0.5,
            "input_tokens": 7,
            "output_tokens": 0,
            "cost_usd": Decimal("0.0000001"),
            "unpriced_calls": 1,
            "duration_seconds": 2.5,
            "status": "timeout",
            "closed_by": "idle",
        },
        {"models": None, "guardrails": None},
    ],
    ids=["little", "everything", "too many names"],
)
def test_there_and_back(changes: dict[str, Any]) -> None:
    """But for arguments, and for the user."""
    context = make_context(agent="support", service="shop", team="t", tenant="a", prompt="p", prompt_version="1")
    trace = make_trace("search", "pay_back!", context=context, **changes)

    read = read_run(line_of(trace).decode())

    assert read is not None
    expected = msgspec.structs.replace(without_arguments(trace), context=read.context)
    assert read == expected
    names = ("agent", "service", "team", "tenant", "prompt", "prompt_version", "trace_id")
    assert [getattr(read.context, name) for name in names] == [getattr(context, name) for name in names]
    assert abs(read.context.time_ns - context.time_ns) < 1000


def test_a_line_that_is_too_long_loses_the_end_and_says_so() -> None:
    """What is cut is seen to be cut: no tool is skipped because its name had no space."""
    names = tuple(f"{place:03}" + 'é"' * 60 for place in range(64))
    trace = make_trace(*names, branches=[(name, name) for name in names], models=names[:16], guardrails=names[:16])

    line = line_of(trace)
    read = read_run(line.decode())

    assert len(line) <= MAX_LINE
    assert json.loads(line)["is_truncated"]
    assert read is not None
    assert 0 < len(read.tool_runs) < read.tool_calls
    assert len(read.branches) < read.branch_decisions
    assert (read.models, read.guardrails) == (None, None)


HEAD = '{"happened_at":"2026-11-20T12:00:00Z","closed_by":"root","status":"ok","steps":1,"llm_calls":1,"retrievals":0,'


@pytest.mark.parametrize(
    "line",
    [
        "no JSON",
        "{}",
        HEAD.replace("2026-11-20T12:00:00Z", "yesterday") + '"tool_calls":0}',
        HEAD + '"tool_calls":2,"tools":"a,b"}',
        HEAD + '"tool_calls":0,"trace_cost_usd":"much"}',
    ],
    ids=["no JSON", "nothing", "no time", "tools in no order", "no number"],
)
def test_another_line_is_no_run(line: str) -> None:
    """Lines of older exporters do not say which tools ran when."""
    assert read_run(line) is None
    assert read_run(HEAD + '"tool_calls":0}') is not None
