"""Native events to facts: they already speak our vocabulary, so this only gives them their context."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from watchkeeper.errors import InvalidValueError
from watchkeeper.exporter.ingest import events as wire
from watchkeeper.exporter.normalise.canonical import named
from watchkeeper.exporter.normalise.embedding_sketch import OK, sketched
from watchkeeper.exporter.normalise.failures import ERROR_TYPES, classify
from watchkeeper.exporter.normalise.finish import finish_reasons
from watchkeeper.exporter.normalise.repositories import repository_named
from watchkeeper.exporter.normalise.times import time_ns_of
from watchkeeper.exporter.normalise.usage import validated
from watchkeeper.model import (
    BranchDecision,
    CacheLookup,
    Context,
    Deployment,
    Embedding,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    LlmCall,
    QualityGate,
    Rejection,
    Retrieval,
    Score,
    ToolCall,
    Usage,
)
from watchkeeper.model.ids import canonical_id
from watchkeeper.model.providers import provider_named


def read_event(event: wire.NativeEvent, received_ns: int) -> tuple[Fact, tuple[Rejection, ...]]:
    """Return the event's fact, and what in it was rejected.

    Raises: InvalidValueError when its timestamp is not a time, or its amount of money not an amount.
    """
    context = _context(event, received_ns)
    fact = _READERS[type(event)](event, context)
    if isinstance(fact, LlmCall):
        usage, problems = validated(fact.usage, fact.context.operation)
        return named(msgspec.structs.replace(fact, usage=usage), {}), problems
    if isinstance(fact, Embedding) and fact.outcome != OK:
        detail = f"vector: must be finite numbers that are not all 0, got one that is {fact.outcome}"
        return fact, (Rejection(reason="invalid_vector", detail=detail),)
    return fact, ()


def _context(event: wire.NativeEvent, received_ns: int) -> Context:
    model = getattr(event, "model", "")
    return Context(
        time_ns=_time_ns(event.timestamp, received_ns),
        trace_id=canonical_id(event.trace_id),
        span_id=canonical_id(event.span_id),
        service=event.service,
        environment=event.environment,
        team=event.team,
        tenant=event.tenant,
        session_id=event.session_id,
        user_id=event.user_id,
        agent=event.agent,
        operation=getattr(event, "operation", ""),
        provider=provider_named(getattr(event, "provider", "")),
        model=model,
        model_requested=getattr(event, "model_requested", ""),
        prompt=event.prompt,
        prompt_version=str(event.prompt_version),
        repository=repository_named(event.repository),
    )


def _time_ns(timestamp: str | float | None, received_ns: int) -> int:
    return received_ns if timestamp is None else time_ns_of(timestamp)


def _llm_call(event: wire.LlmCallEvent, context: Context) -> LlmCall:
    reasons = finish_reasons([event.finish_reason] if event.finish_reason else [])
    return LlmCall(
        context=context,
        status=event.status,
        usage=Usage(
            input=event.input_tokens,
            output=event.output_tokens,
            cached_input=event.cached_input_tokens,
            cache_write=event.cache_write_tokens,
            reasoning=event.reasoning_tokens,
        ),
        is_usage_estimated=event.is_usage_estimated,
        duration_seconds=event.duration_seconds,
        time_to_first_token_seconds=event.time_to_first_token_seconds,
        is_streaming=event.is_streaming,
        finish_reasons=reasons,
        error_type=_error_type(event.status, event.error_type),
        error_class=event.error_type,
        response_id=event.response_id,
        service_tier=event.service_tier,
        reported_cost_usd=_dollars("cost_usd", event.cost_usd) or None,  # 0 is "unknown" in nearly every client
    )


def _error_type(status: str, reported: str) -> str:
    """The sender's own word when it is one of ours, else what its text or the status means."""
    if status == "ok":
        return ""
    if reported in ERROR_TYPES:
        return reported
    return status if status in ERROR_TYPES else classify(reported)


def _dollars(field: str, amount: Decimal | None) -> Decimal | None:
    if amount is not None and not (amount.is_finite() and 0 <= amount < 10**9):
        raise InvalidValueError(f"{field}: must be a finite amount from 0 to 1e9, got {amount}")
    return amount


def _tool_call(event: wire.ToolCallEvent, context: Context) -> ToolCall:
    return ToolCall(
        context=context,
        tool=event.tool,
        status=event.status,
        duration_seconds=event.duration_seconds,
        error_type=_error_type(event.status, event.error_type),
        error_class=event.error_type,
    )


def _retrieval(event: wire.RetrievalEvent, context: Context) -> Retrieval:
    return Retrieval(
        context=context,
        retriever=event.retriever,
        status=event.status,
        duration_seconds=event.duration_seconds,
        documents=event.documents,
        top_score=event.top_score,
        error_type=_error_type(event.status, event.error_type),
        error_class=event.error_type,
    )


def _branch(event: wire.BranchDecisionEvent, context: Context) -> BranchDecision:
    value = "" if event.value == "" else str(event.value)
    return BranchDecision(context=context, node=event.node, branch=event.branch, condition=event.condition, value=value)


def _score(event: wire.ScoreEvent, context: Context) -> Score:
    if isinstance(event.value, str):
        value, category = None, event.value
    else:
        value, category = float(event.value), ""
    return Score(
        context=context,
        name=event.name,
        source=event.source,
        value=value,
        category=category,
        score_id=event.score_id,
    )


def _cache_lookup(event: wire.CacheLookupEvent, context: Context) -> CacheLookup:
    saved = _dollars("saved_usd", event.saved_usd)
    return CacheLookup(context=context, cache=event.cache, result="hit" if event.hit else "miss", saved_usd=saved)


def _quality_gate(event: wire.QualityGateEvent, context: Context) -> QualityGate:
    return QualityGate(context=context, gate=event.gate, result="passed" if event.passed else "failed")


_READERS: dict[type, Callable[[Any, Context], Fact]] = {
    wire.LlmCallEvent: _llm_call,
    wire.ToolCallEvent: _tool_call,
    wire.RetrievalEvent: _retrieval,
    wire.BranchDecisionEvent: _branch,
    wire.ScoreEvent: _score,
    wire.EvaluationFailureEvent: lambda event, context: Score(
        context=context, name=event.name, source=event.source, error_type=classify(event.error_type)
    ),
    wire.CacheLookupEvent: _cache_lookup,
    wire.QualityGateEvent: _quality_gate,
    wire.HumanReviewEvent: lambda event, context: HumanReview(context=context, outcome=event.outcome),
    wire.FeedbackEvent: lambda event, context: Feedback(context=context, rating=event.rating),
    wire.EmbeddingEvent: lambda event, context: sketched(event.vector, context, event.source),
    wire.GuardrailCheckEvent: lambda event, context: GuardrailCheck(
        context=context, guardrail=event.guardrail, result=event.result
    ),
    wire.DeploymentEvent: lambda event, context: Deployment(
        context=context, kind=event.kind, name=event.name, version=str(event.version)
    ),
}
