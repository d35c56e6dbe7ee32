"""Facts to log lines: one canonical JSON object per fact, without user ids; content only where a fact carries it."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from watchkeeper.exporter.sinks.line_parts import CallFields, Head, TraceFields
from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    CeilingReached,
    Content,
    Context,
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
# What the line of a fact says beside its head: fields, of which those that are None or empty are left out.
Own = Fields | CallFields | TraceFields

# Loki and log drivers cut longer lines, and what is cut is no JSON.
MAX_LINE = 16 * 1024 - 1
_MAX_BYTES = 256
# Tools and branches of a run, models and guardrails: at most four lists on a line.
_MAX_LIST_BYTES = 2 * 1024
_WITHOUT_ORDER = ("models", "guardrails")
_NOTHING = b"{}"
_SECOND = 1_000_000_000
_encode = msgspec.json.Encoder(decimal_format="string").encode


class LogSink:
    """Writes a line per fact to ``write``; ``capture`` is named on lines with content."""

    def __init__(self, write: Callable[[bytes], None], admission: LabelAdmission, capture: str = "metadata") -> None:
        self._write = write
        self._capture = capture
        self._admission = admission
        self._last_ns = 0

    def take(self, fact: Fact, now: float) -> None:
        """Write one line; reminders of an alert are not news, and a trace of one call adds nothing to the call's line.

        ``timestamp`` is when the line is written, because Loki refuses lines that come hours late, and no two lines
        have the same, because Loki keeps one of two equal lines of one moment; ``happened_at`` is the fact's own time.
        """
        if (isinstance(fact, Incident) and fact.is_repeat) or (isinstance(fact, Trace) and fact.is_one_call):
            return
        event, level, own = _DESCRIPTIONS[type(fact)](fact)
        line = _with(_encode(self._head(event, level, fact.context, now)), own)
        if (content := getattr(fact, "content", None)) is not None:
            line = _with(line, self._said(content))
        self._write(line if len(line) <= MAX_LINE else shortened(msgspec.json.decode(line)))

    def _said(self, content: Content) -> Fields:
        said = {"input": content.input, "output": content.output, "capture": self._capture}
        return said | {"input_archived": content.input_archived, "output_archived": content.output_archived}

    def _head(self, event: str, level: str, context: Context, now: float) -> Head:
        self._last_ns = max(int(now * 1e9), self._last_ns + 1)
        service = self._admission.known("service", context.service)
        return Head(
            rfc3339(self._last_ns),
            level,
            event,
            service,
            rfc3339(context.time_ns),
            "" if service == context.service else context.service,
            context.environment,
            context.trace_id,
            context.span_id,
            context.team,
            context.tenant,
            context.session_id,
            context.user_hash,
            context.agent,
            context.operation,
            context.provider,
            context.model,
            context.model_requested,
            context.prompt,
            context.prompt_version,
        )


def _with(line: bytes, own: Own) -> bytes:
    """The encoded line with more fields at its end."""
    if isinstance(own, dict):
        own = {name: value for name, value in own.items() if value is not None and value != ""}
    more = _encode(own)
    return line if more == _NOTHING else line[:-1] + b"," + more[1:]


def shortened(line: Fields) -> bytes:
    """The line under ``MAX_LINE``, and saying so: content is cut to what fits beside the rest, texts to some words."""
    said: dict[str, str] = {name: line[name] for name in ("input", "output") if name in line}
    fields: Fields = {name: _cut(name, value) for name, value in line.items()}
    fields |= {**dict.fromkeys(said, ""), "is_truncated": True}
    share = (MAX_LINE - len(_encode(fields))) // max(len(said), 1)
    return _encode(fields | {name: _fitting(text, share) for name, text in said.items()})


def _cut(name: str, value: Any) -> Any:
    """A text to some words; of a list in order the first ones, of one without order nothing rather than a part."""
    if isinstance(value, str):
        return _fitting(value, _MAX_BYTES)
    if not isinstance(value, list) or len(_encode(value)) <= _MAX_LIST_BYTES:
        return value
    if name in _WITHOUT_ORDER:
        return None
    while len(_encode(value)) > _MAX_LIST_BYTES:
        value = value[: len(value) // 2]
    return value


def _fitting(text: str, size: int) -> str:
    """The beginning of a text that takes at most ``size`` bytes as JSON, where a character may take six."""
    while (length := len(_encode(text))) > size:
        text = text[: len(text) * size // (length + 1)]
    return text


def rfc3339(time_ns: int) -> str:
    """A time with nanoseconds, as Loki orders lines."""
    if time_ns >= _SECOND:  # the last nine digits are the nanoseconds; formatting them takes three times as long
        return f"{_to_the_second(time_ns // _SECOND)}.{str(time_ns)[-9:]}Z"
    seconds, rest = divmod(time_ns, _SECOND)
    return f"{_to_the_second(seconds)}.{rest:09d}Z"


@lru_cache(maxsize=1024)  # lines of a quarter of an hour: formatting one costs more than all the rest
def _to_the_second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


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
    CeilingReached: _ceiling,
}
