"""Runs of the past, read from the lines of the event ``trace_completed``.

A line has all that contracts ask for, but for arguments of tools and for answers, which are kept nowhere.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation

import msgspec

from watchkeeper.model import Branch, Context, ToolRun, Trace

_FAILED = "!"


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a line."""

    happened_at: str
    closed_by: str
    status: str
    steps: int
    llm_calls: int
    tool_calls: int
    retrievals: int
    service: str = ""
    service_name: str = ""
    trace_id: str = ""
    team: str = ""
    tenant: str = ""
    agent: str = ""
    prompt: str = ""
    prompt_version: str = ""
    tool_runs: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    branch_decisions: int = 0
    models: tuple[str, ...] | None = ()
    guardrails: tuple[str, ...] | None = ()
    reviews: int = 0
    documents: int | None = None
    top_score: float | None = None
    trace_input_tokens: int | None = None
    trace_output_tokens: int | None = None
    trace_cost_usd: str | None = None
    unpriced_calls: int = 0
    duration_seconds: float = 0.0


_decode = msgspec.json.Decoder(_Line).decode


def read_run(line: str) -> Trace | None:
    """The trace of a line; None where it is no such line, or an older one that does not say which tools ran."""
    try:
        read = _decode(line)
        run = _trace(read)
    except (msgspec.DecodeError, ValueError, InvalidOperation):
        return None
    return None if read.tool_calls and not read.tool_runs else run


def _trace(read: _Line) -> Trace:
    return Trace(
        context=Context(
            time_ns=int(datetime.fromisoformat(read.happened_at).timestamp() * 1e9),
            trace_id=read.trace_id,
            service=read.service_name or read.service,
            team=read.team,
            tenant=read.tenant,
            agent=read.agent,
            prompt=read.prompt,
            prompt_version=read.prompt_version,
        ),
        closed_by=read.closed_by,  # type: ignore[arg-type]  # written by ourselves
        status=read.status,  # type: ignore[arg-type]
        steps=read.steps,
        llm_calls=read.llm_calls,
        tool_calls=read.tool_calls,
        retrievals=read.retrievals,
        reviews=read.reviews,
        input_tokens=read.trace_input_tokens,
        output_tokens=read.trace_output_tokens,
        cost_usd=None if read.trace_cost_usd is None else Decimal(read.trace_cost_usd),
        unpriced_calls=read.unpriced_calls,
        duration_seconds=read.duration_seconds,
        documents=read.documents,
        top_score=read.top_score,
        tool_runs=tuple(_tool_run(text) for text in read.tool_runs),
        branch_decisions=read.branch_decisions,
        branches=tuple(_branch(text) for text in read.branches),
        models=read.models,
        guardrails=read.guardrails,
    )


def _branch(text: str) -> Branch:
    node, _, branch = text.partition("=")
    return Branch(node, branch)


def _tool_run(text: str) -> ToolRun:
    """The arguments of tools are on no line."""
    return ToolRun(text.removesuffix(_FAILED), 0, "error" if text.endswith(_FAILED) else "ok")
