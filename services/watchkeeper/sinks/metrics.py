"""Facts to numbers: sets the metrics of the catalogue."""

from collections.abc import Callable
from typing import Any

from watchkeeper.metrics.admission import LabelAdmission
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    Context,
    Deployment,
    Fact,
    Feedback,
    GuardrailCheck,
    HumanReview,
    Incident,
    LlmCall,
    QualityGate,
    Retrieval,
    Score,
    ToolCall,
)

_UNKNOWN = "unknown"
_WATCHDOG = "Watchdog"


class MetricsSink:
    """Counts facts into the store; ``on_new_service`` hears every service at its first fact."""

    def __init__(self, store: MetricStore, admission: LabelAdmission, on_new_service: Callable[[str], None]) -> None:
        self._store = store
        self._admit = admission.admit
        self._on_new_service = on_new_service
        self._services: set[str] = set()
        self._count: dict[type, Callable[[Any, float], None]] = {
            LlmCall: self._llm_call,
            ToolCall: self._tool_call,
            Retrieval: self._retrieval,
            AgentStep: self._agent_step,
            BranchDecision: self._branch_decision,
            HumanReview: self._human_review,
            Score: self._score,
            Feedback: self._feedback,
            QualityGate: self._quality_gate,
            CacheLookup: self._cache_lookup,
            GuardrailCheck: self._guardrail_check,
            Deployment: self._deployment,
            Incident: self._incident,
        }

    def take(self, fact: Fact, now: float) -> None:
        """Count one fact; ``now`` is the time of arrival in Unix seconds."""
        self._count[type(fact)](fact, now)

    def _add(self, metric: str, values: tuple[str, ...], now: float, amount: Any = 1, trace_id: str = "") -> None:
        self._store.families[metric].add(values, amount, now, trace_id)

    def _observe(
        self, metric: str, values: tuple[str, ...], now: float, value: float | None, trace_id: str = ""
    ) -> None:
        if value is not None:
            self._store.histograms[metric].observe(values, value, now, trace_id)

    def _owner(self, context: Context) -> tuple[str, str]:
        service = self._admit("service", context.service)
        if service not in self._services:
            self._services.add(service)
            self._on_new_service(service)
        return service, self._admit("team", context.team)

    def _prompt(self, context: Context) -> tuple[str, str]:
        return self._admit("prompt", context.prompt), self._admit("prompt_version", context.prompt_version)

    def _llm_call(self, call: LlmCall, now: float) -> None:
        context = call.context
        service, team = self._owner(context)
        operation = self._admit("operation", context.operation)
        provider = self._admit("provider", context.provider or _UNKNOWN)
        model = self._admit("model", context.model or context.model_requested or _UNKNOWN)
        prompt, prompt_version = self._prompt(context)
        tenant = self._admit("tenant", context.tenant)
        labels = (service, team, operation, provider, model, prompt, prompt_version)
        self._add("llm_requests_total", (*labels, tenant, call.status), now)
        if call.error_type:
            self._add("llm_errors_total", (*labels, call.error_type), now)
        for reason in call.finish_reasons:
            self._add("llm_finish_reasons_total", (*labels, reason), now)
        if call.cost is not None:
            self._add("llm_cost_dollars_total", (*labels, tenant), now, call.cost.usd)
        elif call.unpriced_reason:
            self._add("llm_unpriced_requests_total", (provider, model, call.unpriced_reason), now)
        self._times(call, labels, now)
        self._tokens(call, labels, tenant, now)

    def _times(self, call: LlmCall, labels: tuple[str, ...], now: float) -> None:
        trace_id, first = call.context.trace_id, call.time_to_first_token_seconds
        self._observe("llm_request_duration_seconds", labels, now, call.duration_seconds, trace_id)
        self._observe("llm_time_to_first_token_seconds", labels, now, first, trace_id)
        output = call.usage.output or 0
        if first is not None and call.duration_seconds is not None and output > 1:
            rest = max(call.duration_seconds - first, 0.0) / (output - 1)
            self._observe("llm_time_per_output_token_seconds", labels, now, rest, trace_id)

    def _tokens(self, call: LlmCall, labels: tuple[str, ...], tenant: str, now: float) -> None:
        usage = call.usage
        service, team, operation, _, *rest = labels
        for kind, tokens in (
            ("input", usage.input),
            ("output", usage.output),
            ("cached_input", usage.cached_input),
            ("cache_write", usage.cache_write),
            ("reasoning", usage.reasoning),
        ):
            if tokens is not None:
                self._add("llm_tokens_total", (*labels, tenant, kind), now, tokens)
                self._observe("llm_request_tokens", (service, team, operation, *rest, kind), now, tokens)

    def _tool_call(self, call: ToolCall, now: float) -> None:
        agent, tool = self._admit("agent", call.context.agent), self._admit("tool", call.tool or _UNKNOWN)
        labels = (*self._owner(call.context), agent, tool, call.status)
        self._add("llm_tool_calls_total", labels, now, trace_id=call.context.trace_id)
        self._observe("llm_tool_duration_seconds", labels, now, call.duration_seconds, call.context.trace_id)

    def _retrieval(self, retrieval: Retrieval, now: float) -> None:
        retriever = self._admit("retriever", retrieval.retriever or _UNKNOWN)
        labels = (*self._owner(retrieval.context), retriever)
        self._add("llm_retrievals_total", (*labels, retrieval.status), now)
        trace_id = retrieval.context.trace_id
        self._observe("llm_retrieval_duration_seconds", labels, now, retrieval.duration_seconds, trace_id)
        self._observe("llm_retrieval_documents", labels, now, retrieval.documents)
        self._observe("llm_retrieval_top_score", labels, now, retrieval.top_score, trace_id)

    def _agent_step(self, step: AgentStep, _now: float) -> None:
        """A step has no number of its own: its calls and tools are counted by themselves."""
        self._owner(step.context)

    def _branch_decision(self, decision: BranchDecision, now: float) -> None:
        node, branch = self._admit("node", decision.node), self._admit("branch", decision.branch)
        labels = (*self._owner(decision.context), node, branch)
        self._add("llm_branch_decisions_total", labels, now, trace_id=decision.context.trace_id)

    def _human_review(self, review: HumanReview, now: float) -> None:
        self._add("llm_human_reviews_total", (*self._owner(review.context), review.outcome), now)

    def _score(self, score: Score, now: float) -> None:
        context = score.context
        model = self._admit("model", context.model)
        name = self._admit("score", score.name)
        labels = (*self._owner(context), *self._prompt(context), model, name, score.source)
        if score.category:
            category = self._admit("category", score.category)
            self._add("llm_score_categories_total", (*labels, category), now)
        self._observe("llm_score", labels, now, score.value, context.trace_id)

    def _feedback(self, feedback: Feedback, now: float) -> None:
        labels = (*self._owner(feedback.context), *self._prompt(feedback.context), feedback.rating)
        self._add("llm_feedback_total", labels, now)

    def _quality_gate(self, gate: QualityGate, now: float) -> None:
        labels = (*self._owner(gate.context), self._admit("gate", gate.gate), gate.result)
        self._add("llm_quality_gate_total", labels, now)

    def _cache_lookup(self, lookup: CacheLookup, now: float) -> None:
        labels = (*self._owner(lookup.context), self._admit("cache", lookup.cache))
        self._add("llm_cache_operations_total", (*labels, lookup.result), now)
        if lookup.saved_usd is not None:
            self._add("llm_cache_saved_dollars_total", labels, now, lookup.saved_usd)

    def _guardrail_check(self, check: GuardrailCheck, now: float) -> None:
        labels = (*self._owner(check.context), self._admit("guardrail", check.guardrail), check.result)
        self._add("llm_guardrail_checks_total", labels, now)

    def _deployment(self, deployment: Deployment, now: float) -> None:
        self._add("llm_deployments_total", (*self._owner(deployment.context), deployment.kind), now)

    def _incident(self, incident: Incident, now: float) -> None:
        self._admit("service", incident.context.service)
        alert, severity = self._admit("alertname", incident.alert), self._admit("severity", incident.severity)
        self._add("watchkeeper_alerts_received_total", (alert, severity, incident.status), now)
        if incident.alert == _WATCHDOG and incident.status == "firing":
            self._store.families["watchkeeper_watchdog_last_seen_timestamp_seconds"].set((), now)
