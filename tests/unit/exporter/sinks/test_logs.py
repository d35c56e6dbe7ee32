import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.support.facts import NOW, NOW_NS, make_call, make_context

from watchkeeper.exporter.sinks.logs import LogSink
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import (
    AgentStep,
    Branch,
    BranchDecision,
    CacheLookup,
    CeilingReached,
    CodingActivity,
    Cost,
    Deployment,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    Incident,
    McpOperation,
    QualityGate,
    Retrieval,
    Score,
    SilentFailure,
    ToolCall,
    ToolRun,
    Trace,
    Usage,
)
from watchkeeper.model.timestamps import rfc3339

CONTEXT = make_context()
# What every line of CONTEXT carries.
SHARED = {
    "timestamp": "2026-11-20T12:00:00.000000000Z",
    "happened_at": "2026-11-20T12:00:00.000000000Z",
    "service": "shop",
    "team": "search",
    "tenant": "default",
    "trace_id": CONTEXT.trace_id,
    "span_id": CONTEXT.span_id,
    "operation": "chat",
    "provider": "openai",
    "model": "gpt-4o-mini",
}
LINES = [
    pytest.param(
        CodingActivity(context=CONTEXT, sessions=1.0, active_seconds=12.5, lines_added=3.0),
        {
            "event": "coding_agent_activity_recorded",
            "level": "info",
            "sessions": 1.0,
            "active_seconds": 12.5,
            "lines_added": 3.0,
        },
        id="activity of a coding agent",
    ),
    pytest.param(
        ToolCall(context=CONTEXT, tool="search", status="timeout", error_type="timeout", error_class="TimeoutError"),
        {
            "event": "tool_call_completed",
            "level": "error",
            "tool": "search",
            "status": "timeout",
            "error_type": "timeout",
            "error_class": "TimeoutError",
        },
        id="tool call",
    ),
    pytest.param(
        Trace(
            context=CONTEXT,
            closed_by="idle",
            status="timeout",
            steps=3,
            tool_calls=3,
            input_tokens=7,
            cost_usd=Decimal("0.010"),
            unpriced_calls=1,
            duration_seconds=2.5,
            tool_runs=(ToolRun("search", 1, "ok"), ToolRun("read", 1, "timeout"), ToolRun("search", 1, "ok")),
            branch_decisions=1,
            branches=(Branch("intent", "refund"),),
            models=("gpt-4o",),
            guardrails=None,
            reviews=1,
            documents=0,
            top_score=0.0,
        ),
        {
            "event": "trace_completed",
            "level": "error",
            "status": "timeout",
            "closed_by": "idle",
            "steps": 3,
            "llm_calls": 0,
            "tool_calls": 3,
            "retrievals": 0,
            "tools": "search,read",
            "tool_runs": ["search", "read!", "search"],
            "branches": ["intent=refund"],
            "branch_decisions": 1,
            "models": ["gpt-4o"],
            "guardrails": None,
            "reviews": 1,
            "documents": 0,
            "top_score": 0.0,
            "trace_input_tokens": 7,
            "trace_cost_usd": "0.010",
            "unpriced_calls": 1,
            "duration_seconds": 2.5,
        },
        id="trace",
    ),
    pytest.param(
        SilentFailure(
            context=CONTEXT,
            type="tool_skipped",
            contract="refunds",
            rule="tools.expect",
            expected="pay_back",
            observed="lookup",
            tool="pay_back",
        ),
        {
            "event": "silent_failure_detected",
            "level": "warning",
            "type": "tool_skipped",
            "contract": "refunds",
            "rule": "tools.expect",
            "expected": "pay_back",
            "observed": "lookup",
            "tool": "pay_back",
        },
        id="silent failure",
    ),
    pytest.param(
        CeilingReached(
            context=CONTEXT, ceiling="r", per="run", limit="steps", used=Decimal(9), allowed=Decimal(8), is_passed=True
        ),
        {
            "event": "ceiling_passed",
            "level": "warning",
            "ceiling": "r",
            "per": "run",
            "limit": "steps",
            "used": "9",
            "allowed": "8",
        },
        id="ceiling, passed",
    ),
    pytest.param(
        CeilingReached(
            context=CONTEXT, ceiling="r", per="run", limit="cost_usd", used=Decimal("2.5"), allowed=Decimal(2)
        ),
        {
            "event": "ceiling_reached",
            "level": "warning",
            "ceiling": "r",
            "per": "run",
            "limit": "cost_usd",
            "used": "2.5",
            "allowed": "2",
        },
        id="ceiling, reached",
    ),
    pytest.param(
        McpOperation(
            context=CONTEXT,
            side="client",
            method="tools/call",
            tool="search",
            result="protocol_error",
            error_type="invalid_request",
            error_class="-32602",
            duration_seconds=0.25,
        ),
        {
            "event": "mcp_operation_completed",
            "level": "error",
            "side": "client",
            "method": "tools/call",
            "tool": "search",
            "result": "protocol_error",
            "error_type": "invalid_request",
            "error_class": "-32602",
            "duration_seconds": 0.25,
        },
        id="request of MCP that was refused",
    ),
    pytest.param(
        Retrieval(context=CONTEXT, retriever="kb", documents=0, top_score=-0.5, duration_seconds=0.25),
        {
            "event": "retrieval_completed",
            "level": "info",
            "retriever": "kb",
            "status": "ok",
            "documents": 0,
            "top_score": -0.5,
            "duration_seconds": 0.25,
        },
        id="retrieval that found nothing",
    ),
    pytest.param(
        AgentStep(context=CONTEXT, kind="plan"),
        {"event": "agent_step_completed", "level": "info", "kind": "plan", "status": "ok"},
        id="agent step",
    ),
    pytest.param(
        BranchDecision(context=CONTEXT, node="n", branch="b", condition="x > 1", value="2"),
        {
            "event": "branch_decided",
            "level": "info",
            "node": "n",
            "branch": "b",
            "condition": "x > 1",
            "value": "2",
        },
        id="branch decision",
    ),
    pytest.param(
        HumanReview(context=CONTEXT, outcome="approved"),
        {"event": "human_review_recorded", "level": "info", "outcome": "approved"},
        id="human review",
    ),
    pytest.param(
        Score(context=CONTEXT, name="helpful", source="judge", value=0.0),
        {"event": "score_recorded", "level": "info", "score": "helpful", "source": "judge", "value": 0.0},
        id="numeric score of zero",
    ),
    pytest.param(
        Score(context=CONTEXT, name="tone", source="person", category="rude"),
        {"event": "score_recorded", "level": "info", "score": "tone", "source": "person", "category": "rude"},
        id="categorical score",
    ),
    pytest.param(
        Score(context=CONTEXT, name="tone", source="judge", error_type="timeout"),
        {"event": "evaluation_failed", "level": "error", "score": "tone", "source": "judge", "error_type": "timeout"},
        id="failed evaluation",
    ),
    pytest.param(
        Feedback(context=CONTEXT, rating="negative"),
        {"event": "feedback_received", "level": "info", "rating": "negative"},
        id="feedback",
    ),
    pytest.param(
        QualityGate(context=CONTEXT, gate="facts", result="failed"),
        {"event": "quality_gate_evaluated", "level": "warning", "gate": "facts", "result": "failed"},
        id="failed gate",
    ),
    pytest.param(
        QualityGate(context=CONTEXT, gate="facts", result="passed"),
        {"event": "quality_gate_evaluated", "level": "info", "gate": "facts", "result": "passed"},
        id="passed gate",
    ),
    pytest.param(
        CacheLookup(context=CONTEXT, cache="answers", result="hit", saved_usd=Decimal("1E-7")),
        {
            "event": "cache_looked_up",
            "level": "info",
            "cache": "answers",
            "result": "hit",
            "saved_usd": "0.0000001",
        },
        id="cache hit",
    ),
    pytest.param(
        GuardrailCheck(context=CONTEXT, guardrail="pii", result="blocked"),
        {"event": "guardrail_checked", "level": "warning", "guardrail": "pii", "result": "blocked"},
        id="guardrail that blocked",
    ),
    pytest.param(
        Deployment(context=CONTEXT, kind="prompt", name="greeting", version="3"),
        {"event": "deployment_recorded", "level": "info", "kind": "prompt", "name": "greeting", "version": "3"},
        id="deployment",
    ),
    pytest.param(
        Deployment(
            context=CONTEXT,
            kind="prompt",
            name="greeting",
            version="3",
            source="langfuse",
            action="updated",
            label="latest, production",
            author="Ada",
        ),
        {
            "event": "deployment_recorded",
            "level": "info",
            "kind": "prompt",
            "name": "greeting",
            "version": "3",
            "source": "langfuse",
            "action": "updated",
            "label": "latest, production",
            "author": "Ada",
        },
        id="deployment of a webhook",
    ),
    pytest.param(
        Incident(
            context=CONTEXT,
            alert="LLMErrorRateHigh",
            status="firing",
            severity="critical",
            summary="Many calls fail",
            started_at="2026-11-20T11:00:00Z",
            fingerprint="abc",
        ),
        {
            "event": "alert_fired",
            "level": "warning",
            "alertname": "LLMErrorRateHigh",
            "severity": "critical",
            "summary": "Many calls fail",
            "started_at": "2026-11-20T11:00:00Z",
            "fingerprint": "abc",
        },
        id="alert that fired",
    ),
    pytest.param(
        Incident(context=CONTEXT, alert="A", status="resolved", ended_at="2026-11-20T12:00:00Z"),
        {"event": "alert_resolved", "level": "info", "alertname": "A", "ended_at": "2026-11-20T12:00:00Z"},
        id="alert that resolved",
    ),
    pytest.param(
        Incident(context=CONTEXT, alert="A", status="firing", is_drill=True),
        {"event": "drill_delivered", "level": "info", "alertname": "A"},
        id="drill that was delivered",
    ),
    pytest.param(
        Incident(context=CONTEXT, alert="A", status="resolved", ended_at="2026-11-20T12:00:00Z", is_drill=True),
        {"event": "drill_resolved", "level": "info", "alertname": "A", "ended_at": "2026-11-20T12:00:00Z"},
        id="drill that resolved",
    ),
]


class Written:
    """A log sink and the lines it wrote."""

    def __init__(self, limits: dict[str, int] | None = None) -> None:
        self.raw: list[bytes] = []
        self.admission = LabelAdmission(limits or {}, lambda _label, _service: None)
        self.sink = LogSink(self.raw.append, self.admission)

    def line_of(self, fact: Fact) -> dict[str, Any]:
        """The line a fact became; its service is admitted as the metrics sink does it."""
        self.admission.admit("service", fact.context.service)
        self.sink.take(fact, NOW)
        line: dict[str, Any] = json.loads(self.raw[-1])
        return line


@pytest.mark.parametrize(("fact", "own"), LINES)
def test_each_fact_becomes_its_line(fact: Fact, own: dict[str, Any]) -> None:
    """The whole line of every kind of fact; absent values are left out."""
    assert Written().line_of(fact) == {**SHARED, **own}


def test_the_line_of_a_call() -> None:
    """A call reports tokens, exact cost, price and times."""
    call = make_call(
        usage=Usage(input=100, output=20, cached_input=0, reasoning=5),
        cost=Cost(usd=Decimal("2.550E-6"), source="override", price_date="2026-11-01"),
        finish_reasons=("stop", "length"),
        is_streaming=True,
        time_to_first_token_seconds=0.5,
        response_id="r",
        service_tier="flex",
    )

    assert Written().line_of(call) == {
        **SHARED,
        "event": "llm_call_completed",
        "level": "info",
        "status": "ok",
        "input_tokens": 100,
        "output_tokens": 20,
        "cached_input_tokens": 0,
        "reasoning_tokens": 5,
        "cost_usd": "0.000002550",
        "price_source": "override",
        "price_date": "2026-11-01",
        "duration_seconds": 1.5,
        "time_to_first_token_seconds": 0.5,
        "is_streaming": True,
        "finish_reason": "stop,length",
        "response_id": "r",
        "service_tier": "flex",
    }


def test_the_line_of_a_failed_call_no_one_can_price() -> None:
    """A failure is an error line; the missing price has its reason."""
    call = make_call(status="rate_limited", error_type="rate_limited", unpriced_reason="unknown_model")

    line = Written().line_of(call)

    assert (line["level"], line["status"], line["error_type"]) == ("error", "rate_limited", "rate_limited")
    assert line["unpriced_reason"] == "unknown_model"
    assert "cost_usd" not in line


def test_context_stands_on_the_line() -> None:
    """Everything about who, where and when, under the names of the log format."""
    context = make_context(
        environment="prod", session_id="se", user_hash="abcd", agent="a", prompt="p", prompt_version="3"
    )

    line = Written().line_of(Feedback(context=context, rating="positive"))

    assert line["env"] == "prod"
    reported = {name: line[name] for name in ("session_id", "user_hash", "agent", "prompt", "prompt_version")}
    assert reported == {"session_id": "se", "user_hash": "abcd", "agent": "a", "prompt": "p", "prompt_version": "3"}


@pytest.mark.parametrize(("fact", "_own"), LINES)
def test_no_line_ever_has_a_raw_user_id(fact: Fact, _own: dict[str, Any]) -> None:
    """Even a fact that was never anonymised does not report who its user is."""
    written = Written()

    written.line_of(msgspec.structs.replace(fact, context=make_context(user_id="user-42@example.org")))

    assert b"user-42" not in written.raw[0]
    assert b"user_id" not in written.raw[0]


def test_a_service_without_a_place_keeps_its_name_beside_the_label() -> None:
    """Loki's label is as bounded as Prometheus', and the name is not lost."""
    written = Written({"service": 1})
    written.line_of(Feedback(context=make_context(service="first"), rating="positive"))

    line = written.line_of(Feedback(context=make_context(service="second"), rating="positive"))

    assert (line["service"], line["service_name"]) == ("other", "second")


def test_a_reminder_of_an_alert_is_no_news() -> None:
    """Alertmanager repeats itself; the log does not."""
    written = Written()

    written.sink.take(Incident(context=CONTEXT, alert="A", status="firing", is_repeat=True), NOW)

    assert written.raw == []


@pytest.mark.parametrize(
    ("reported", "is_line"),
    [
        pytest.param({"llm_calls": 1, "steps": 1}, False, id="one call"),
        pytest.param({"retrievals": 1}, False, id="one search"),
        pytest.param({"llm_calls": 1, "status": "timeout"}, True, id="a call that failed"),
        pytest.param({"llm_calls": 1, "context": make_context(agent="planner")}, True, id="an agent's only call"),
        pytest.param({"llm_calls": 1, "branches": (Branch("route", "search"),)}, True, id="a branch and a call"),
        pytest.param({"llm_calls": 2}, True, id="two calls"),
        pytest.param({"steps": 0}, True, id="nothing but a sign of life"),
    ],
)
def test_a_trace_of_one_call_has_no_line_of_its_own(reported: dict[str, Any], *, is_line: bool) -> None:
    """It would say again what the call's line says, and double the lines of simple applications."""
    written = Written()

    written.sink.take(Trace(**{"context": CONTEXT, "closed_by": "root", **reported}), NOW)

    assert len(written.raw) == is_line


def test_no_two_lines_have_the_same_time() -> None:
    """Loki keeps one of two equal lines of one moment, and calls that report little look alike."""
    written = Written()

    lines = [written.line_of(Incident(context=CONTEXT, alert="A", status="firing")) for _ in range(3)]

    assert [line["timestamp"] for line in lines] == [rfc3339(NOW_NS + place) for place in range(3)]


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (NOW_NS, "2026-11-20T12:00:00.000000000Z"),
        (NOW_NS + 1, "2026-11-20T12:00:00.000000001Z"),
        (NOW_NS + 999_999_999, "2026-11-20T12:00:00.999999999Z"),
        (0, "1970-01-01T00:00:00.000000000Z"),
    ],
)
def test_times_have_nanoseconds(time_ns: int, text: str) -> None:
    """Loki orders lines by the nanosecond."""
    assert rfc3339(time_ns) == text
