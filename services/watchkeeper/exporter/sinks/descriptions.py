"""What the line of each kind of fact says: its event, its level, and the fields beside its head."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from watchkeeper.exporter.sinks.line_parts import CallFields, TraceFields
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    CeilingReached,
    CodingActivity,
    Deployment,
    Embedding,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    Incident,
    LlmCall,
    McpOperation,
    QualityGate,
    Retrieval,
    Score,
    SilentFailure,
    ToolCall,
    Trace,
    UsageParts,
)

Fields = dict[str, Any]
# Fields of which those that are None or empty are left out.
Own = Fields | CallFields | TraceFields


def describe(fact: Fact) -> tuple[str, str, Own]:
    """The event, the level, and what the line says of the fact itself."""
    return _DESCRIPTIONS[type(fact)](fact)


def _dollars(usd: Decimal) -> str:
    """An amount exactly and without an exponent, which only tiny ones would have."""
    text = str(usd)
    return f"{usd:f}" if "E" in text else text


def _outcome(fact: ToolCall | Retrieval | AgentStep) -> Fields:
    return {
        "status": fact.status,
        "error_type": fact.error_type,
        "error_class": fact.error_class,
        "duration_seconds": fact.duration_seconds,
    }


def _level(fact: LlmCall | ToolCall | Retrieval | AgentStep) -> str:
    return "info" if fact.status == "ok" else "error"


def _llm_call(call: LlmCall) -> tuple[str, str, CallFields]:
    usage, cost, parts = call.usage, call.cost, call.usage.parts
    own = CallFields(
        status=call.status,
        error_type=call.error_type,
        error_class=call.error_class,
        duration_seconds=call.duration_seconds,
        input_tokens=usage.input,
        output_tokens=usage.output,
        cached_input_tokens=usage.cached_input,
        cache_write_tokens=usage.cache_write,
        reasoning_tokens=usage.reasoning,
        is_usage_estimated=call.is_usage_estimated,
        cost_usd=_dollars(cost.usd) if cost else None,
        price_source=cost.source if cost else None,
        price_date=cost.price_date if cost else None,
        unpriced_reason=call.unpriced_reason,
        time_to_first_token_seconds=call.time_to_first_token_seconds,
        is_streaming=call.is_streaming,
        finish_reason=",".join(call.finish_reasons),
        response_id=call.response_id,
        service_tier=call.service_tier,
        model_sent=call.model_sent,
        foreign_cost=_dollars(call.foreign_cost.amount) if call.foreign_cost else None,
        foreign_currency=call.foreign_cost.currency if call.foreign_cost else "",
    )
    return "llm_call_completed", _level(call), own if parts is None else _with_parts(own, parts)


def _with_parts(own: CallFields, parts: UsageParts) -> CallFields:
    """The fields with the parts of usage that few calls have."""
    return msgspec.structs.replace(
        own,
        cache_write_1h_tokens=parts.cache_write_1h,
        input_audio_tokens=parts.input_audio,
        output_audio_tokens=parts.output_audio,
        input_image_tokens=parts.input_image,
        output_image_tokens=parts.output_image,
        web_searches=parts.web_searches,
        file_searches=parts.file_searches,
    )


def _mcp_operation(operation: McpOperation) -> tuple[str, str, Fields]:
    names = ("side", "method", "tool", "result", "error_type", "error_class", "duration_seconds")
    level = "info" if operation.result == "ok" else "error"
    return "mcp_operation_completed", level, {name: getattr(operation, name) for name in names}


def _retrieval(retrieval: Retrieval) -> tuple[str, str, Fields]:
    own = {"retriever": retrieval.retriever, "documents": retrieval.documents, "top_score": retrieval.top_score}
    return "retrieval_completed", _level(retrieval), {**_outcome(retrieval), **own}


def _embedding(embedding: Embedding) -> tuple[str, str, Fields]:
    own = {"source": embedding.source, "dimension": embedding.dimension, "outcome": embedding.outcome}
    return "embedding_received", "info" if embedding.outcome == "ok" else "warning", own


def _incident(incident: Incident) -> tuple[str, str, Fields]:
    is_firing = incident.status == "firing"
    own = {
        "alertname": incident.alert,
        "severity": incident.severity,
        "summary": incident.summary,
        "started_at": incident.started_at,
        "ended_at": incident.ended_at,
        "fingerprint": incident.fingerprint,
    }
    if incident.is_drill:
        return ("drill_delivered" if is_firing else "drill_resolved"), "info", own
    return ("alert_fired", "warning", own) if is_firing else ("alert_resolved", "info", own)


def _score(score: Score) -> tuple[str, str, Fields]:
    own: Fields = {"score": score.name, "source": score.source}
    if score.error_type:
        return "evaluation_failed", "error", {**own, "error_type": score.error_type}
    return "score_recorded", "info", {**own, "value": score.value, "category": score.category}


def _branch(decision: BranchDecision) -> tuple[str, str, Fields]:
    own = {name: getattr(decision, name) for name in ("node", "branch", "condition", "value")}
    return "branch_decided", "info", own


def _cache_lookup(lookup: CacheLookup) -> tuple[str, str, Fields]:
    saved = None if lookup.saved_usd is None else _dollars(lookup.saved_usd)
    return "cache_looked_up", "info", {"cache": lookup.cache, "result": lookup.result, "saved_usd": saved}


def _guardrail(check: GuardrailCheck) -> tuple[str, str, Fields]:
    level = "info" if check.result == "passed" else "warning"
    return "guardrail_checked", level, {"guardrail": check.guardrail, "result": check.result}


def _quality_gate(gate: QualityGate) -> tuple[str, str, Fields]:
    level = "info" if gate.result == "passed" else "warning"
    return "quality_gate_evaluated", level, {"gate": gate.gate, "result": gate.result}


_ANNOUNCED = "deployment_recorded"
# Changes that no one announced, by kind.
_SEEN = {"prompt": "prompt_version_seen", "model": "model_seen", "price": "prices_changed"}


def _deployment(deployment: Deployment) -> tuple[str, str, Fields]:
    own = {
        "kind": deployment.kind,
        "name": deployment.name,
        "version": deployment.version,
        "source": deployment.source,
        "action": deployment.action,
        "label": deployment.label,
        "author": deployment.author,
    }
    return _SEEN.get(deployment.kind, _ANNOUNCED) if deployment.is_inferred else _ANNOUNCED, "info", own


def _trace(trace: Trace) -> tuple[str, str, TraceFields]:
    """Tokens and dollars have names of their own, so that a sum over lines does not count each call twice."""
    own = TraceFields(
        status=trace.status,
        closed_by=trace.closed_by,
        steps=trace.steps,
        llm_calls=trace.llm_calls,
        tool_calls=trace.tool_calls,
        retrievals=trace.retrievals,
        tools=",".join(dict.fromkeys([run.tool for run in trace.tool_runs])),
        tool_runs=tuple([run.tool if run.status == "ok" else f"{run.tool}!" for run in trace.tool_runs]),
        branches=tuple([f"{branch.node}={branch.branch}" for branch in trace.branches]),
        branch_decisions=trace.branch_decisions,
        models=trace.models,
        guardrails=trace.guardrails,
        reviews=trace.reviews,
        documents=trace.documents,
        top_score=trace.top_score,
        trace_input_tokens=trace.input_tokens,
        trace_output_tokens=trace.output_tokens,
        trace_cost_usd=_dollars(trace.cost_usd) if trace.cost_usd is not None else None,
        unpriced_calls=trace.unpriced_calls,
        duration_seconds=trace.duration_seconds,
    )
    return "trace_completed", "info" if trace.status == "ok" else "error", own


def _silent_failure(failure: SilentFailure) -> tuple[str, str, Fields]:
    own = {name: getattr(failure, name) for name in ("type", "contract", "rule", "expected", "observed", "tool")}
    return "silent_failure_detected", "warning", own


def _ceiling(reached: CeilingReached) -> tuple[str, str, Fields]:
    """Amounts have names of their own, so that a sum over lines does not count each call twice."""
    own = {
        "ceiling": reached.ceiling,
        "per": reached.per,
        "limit": reached.limit,
        "used": _dollars(reached.used),
        "allowed": _dollars(reached.allowed),
    }
    return "ceiling_passed" if reached.is_passed else "ceiling_reached", "warning", own


def _coding_activity(activity: CodingActivity) -> tuple[str, str, Fields]:
    names = ("sessions", "active_seconds", "lines_added", "lines_removed", "commits", "pull_requests")
    return "coding_agent_activity_recorded", "info", {name: getattr(activity, name) for name in names}


_DESCRIPTIONS: dict[type, Callable[[Any], tuple[str, str, Own]]] = {
    LlmCall: _llm_call,
    ToolCall: lambda call: ("tool_call_completed", _level(call), {"tool": call.tool, **_outcome(call)}),
    McpOperation: _mcp_operation,
    Retrieval: _retrieval,
    AgentStep: lambda step: ("agent_step_completed", _level(step), {"kind": step.kind, **_outcome(step)}),
    BranchDecision: _branch,
    HumanReview: lambda review: ("human_review_recorded", "info", {"outcome": review.outcome}),
    Score: _score,
    Feedback: lambda feedback: ("feedback_received", "info", {"rating": feedback.rating}),
    QualityGate: _quality_gate,
    CacheLookup: _cache_lookup,
    GuardrailCheck: _guardrail,
    Embedding: _embedding,
    Deployment: _deployment,
    Incident: _incident,
    Trace: _trace,
    SilentFailure: _silent_failure,
    CodingActivity: _coding_activity,
    CeilingReached: _ceiling,
}
