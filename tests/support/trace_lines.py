"""Log lines of an agent's run, as the exporter writes them."""

from typing import Any

TRACE = "0af7651916cd43dd8448eb211c80319c"
SESSION = "session-7"


def line(event: str, second: float, **more: Any) -> dict[str, Any]:
    """One line of the run; ``second`` is when it was complete, of the minute in which the run was."""
    common = {"service": "shop", "tenant": "acme", "trace_id": TRACE, "session_id": SESSION, "agent": "helper"}
    return {"level": "info", "event": event, "happened_at": f"2026-11-29T12:00:{second:012.9f}Z", **common, **more}


def agent_run() -> list[dict[str, Any]]:
    """A router decides a branch and has a helper work: a call, a tool that fails, a search, a score, a verdict."""
    step = {"kind": "invoke_agent", "status": "ok"}
    call = {"model": "gpt-4o-mini", "provider": "openai", "operation": "chat", "status": "ok", "duration_seconds": 1.5}
    return [
        line("llm_call_completed", 2, span_id="b1", agent="router", input_tokens=100, output_tokens=5, **call),
        line("branch_decided", 2.1, span_id="a1", agent="router", node="intent", branch="refund", condition="asked"),
        line(
            "llm_call_completed",
            5,
            span_id="c1",
            input_tokens=1200,
            output_tokens=81,
            cost_usd="0.000151800",
            prompt="greeting",
            prompt_version="3",
            **call,
        ),
        line("tool_call_completed", 6, tool="find_order", status="timeout", level="error", duration_seconds=0.5),
        line("retrieval_completed", 7, retriever="kb", status="ok", documents=4, top_score=0.75, duration_seconds=0.25),
        line("agent_step_completed", 8, span_id="h1", duration_seconds=5, **step),
        line("agent_step_completed", 9, span_id="a1", agent="router", duration_seconds=9, **step),
        line("score_recorded", 20, span_id="c1", score="helpfulness", source="judge", value=0.5),
        line(
            "silent_failure_detected",
            21,
            level="warning",
            type="tool_skipped",
            contract="refunds",
            expected="pay_back",
            observed="none",
        ),
        line(
            "trace_completed",
            9,
            agent="router",
            status="ok",
            closed_by="root_ended",
            steps=3,
            llm_calls=2,
            tool_calls=1,
            retrievals=1,
            trace_input_tokens=1300,
            trace_output_tokens=86,
            trace_cost_usd="0.000151800",
            duration_seconds=9.0,
        ),
    ]
