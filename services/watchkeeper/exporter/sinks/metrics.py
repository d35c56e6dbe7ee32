"""Facts to numbers: sets the metrics of the catalogue."""

from collections.abc import Callable
from typing import Any

from watchkeeper.exporter.sinks.call_series import CallRows, CallSeries
from watchkeeper.metrics.admission import OLDER, LabelAdmission
from watchkeeper.metrics.folding import OTHER
from watchkeeper.metrics.store import MetricStore
from watchkeeper.model import (
    AgentStep,
    BranchDecision,
    CacheLookup,
    CeilingReached,
    CodingActivity,
    Context,
    Deployment,
    Edge,
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
)
from watchkeeper.model.ids import NO_TRACE_ID, TraceId, valid_trace_id
from watchkeeper.prices.tables import shipped_tables

_UNKNOWN = "unknown"
_WATCHDOG = "Watchdog"
# Sets of labels of calls whose series are remembered, 4 KB each; an exporter of a hundred services has some hundreds.
_REMEMBERED_LABELS = 2048
# OpenMetrics allows no sum beside a bound below zero; a projection of a vector of length 1 is rarely below -3.
_PROJECTION_OFFSET = 4.0
_FOLDED = frozenset({OTHER, OLDER})


class MetricsSink:
    """Counts facts into the store; ``on_new_service`` hears every service at its first fact.

    ``context_window`` tells how many tokens a provider's model reads at once.
    """

    def __init__(
        self,
        store: MetricStore,
        admission: LabelAdmission,
        on_new_service: Callable[[str], None],
        context_window: Callable[[str, str], int | None] | None = None,
    ) -> None:
        self._store = store
        self._admit = admission.admit
        self._owner_of = admission.owner
        self._admit_known = admission.admit_known
        self._on_new_service = on_new_service
        self._context_window = context_window or shipped_tables().context_window
        self._services: set[str] = set()
        self._calls: dict[tuple[str, ...], CallSeries] = {}
        self._agents: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        self._rows = CallRows(store)
        self._count: dict[type, Callable[[Any, float], None]] = {
            LlmCall: self._llm_call,
            ToolCall: self._tool_call,
            McpOperation: self._mcp_operation,
            Retrieval: self._retrieval,
            AgentStep: self._agent_step,
            BranchDecision: self._branch_decision,
            HumanReview: self._human_review,
            Score: self._score,
            Feedback: self._feedback,
            QualityGate: self._quality_gate,
            CacheLookup: self._cache_lookup,
            GuardrailCheck: self._guardrail_check,
            Embedding: self._embedding,
            Deployment: self._deployment,
            Incident: self._incident,
            Trace: self._trace,
            SilentFailure: self._silent_failure,
            CeilingReached: self._ceiling_reached,
            # Its numbers are those of sinks/coding_agents.py.
            CodingActivity: lambda _activity, _now: None,
        }

    def take(self, fact: Fact, now: float) -> None:
        """Count one fact; ``now`` is the time of arrival in Unix seconds."""
        self._count[type(fact)](fact, now)

    def _add(
        self, metric: str, values: tuple[str, ...], now: float, amount: Any = 1, trace_id: TraceId = NO_TRACE_ID
    ) -> None:
        self._store.families[metric].add(values, amount, now, trace_id)

    def _observe(
        self, metric: str, values: tuple[str, ...], now: float, value: float | None, trace_id: TraceId = NO_TRACE_ID
    ) -> None:
        if value is not None:
            self._store.histograms[metric].observe(values, value, now, trace_id)

    def _owner(self, context: Context) -> tuple[str, str]:
        owner = service, _ = self._owner_of(context.service, context.team)
        if service not in self._services:
            self._services.add(service)
            self._on_new_service(service)
        return owner

    def _agent(self, context: Context) -> tuple[str, str, str]:
        """Service, team and agent; remembered unless one had no place, which is tried every time."""
        key = context.service, context.team, context.agent
        known = self._agents.get(key)
        if known is not None:
            return known
        service, team = self._owner(context)
        agent = service, team, self._admit("agent", context.agent, service)
        if OTHER not in agent:
            if len(self._agents) >= _REMEMBERED_LABELS:
                self._agents.clear()
            self._agents[key] = agent
        return agent

    def _prompt(self, context: Context, service: str) -> tuple[str, str]:
        prompt = self._admit("prompt", context.prompt, service)
        return prompt, self._admit("prompt_version", context.prompt_version, service, prompt)

    def forget_calls(self) -> None:
        """Look up all labels again: series have ended, and places of labels want to be seen in use."""
        self._calls.clear()
        self._agents.clear()
        self._rows.refresh()

    def forget_service(self, service: str) -> None:
        """Take a service that comes back for a new one."""
        self._services.discard(service)

    def _llm_call(self, call: LlmCall, now: float) -> None:
        context = call.context
        key = (
            context.service,
            context.team,
            context.operation,
            context.provider or _UNKNOWN,
            context.model or context.model_requested or _UNKNOWN,
            context.prompt,
            context.prompt_version,
            context.tenant,
        )
        series = self._calls.get(key)
        if series is None:
            series = self._call_series(key, context)
        series.count(call, now)

    def _call_series(self, key: tuple[str, ...], context: Context) -> CallSeries:
        """The series of calls with these labels; remembered unless a label had no place, which is tried every time."""
        service, team = self._owner(context)
        _, _, operation, provider, model, _, _, tenant = key
        labels = (
            service,
            team,
            self._admit("operation", operation, service),
            self._admit("provider", provider, service),
            self._admit("model", model, service),
            *self._prompt(context, service),
        )
        labels, admitted_tenant = self._rows.fit(labels, self._admit("tenant", tenant, service))
        series = CallSeries(self._store, labels, admitted_tenant, self._context_window(*labels[3:5]))
        if not _FOLDED.intersection((*labels, admitted_tenant)):
            if len(self._calls) >= _REMEMBERED_LABELS:
                self._calls.clear()
            self._calls[key] = series
        return series

    def _tool_call(self, call: ToolCall, now: float) -> None:
        service, team, agent = self._agent(call.context)
        labels = (service, team, agent, self._admit("tool", call.tool or _UNKNOWN, service), call.status)
        trace_id = valid_trace_id(call.context.trace_id)
        self._add("llm_tool_calls_total", labels, now, trace_id=trace_id)
        self._observe("llm_tool_duration_seconds", labels, now, call.duration_seconds, trace_id)

    def _mcp_operation(self, operation: McpOperation, now: float) -> None:
        service, team = self._owner(operation.context)
        tool = self._admit("tool", operation.tool, service) if operation.tool else ""
        labels = (service, team, operation.side, operation.method, tool)
        trace_id = valid_trace_id(operation.context.trace_id)
        self._add("llm_mcp_operations_total", (*labels, operation.result), now, trace_id=trace_id)
        self._observe("llm_mcp_operation_duration_seconds", labels, now, operation.duration_seconds, trace_id)

    def _retrieval(self, retrieval: Retrieval, now: float) -> None:
        service, team = self._owner(retrieval.context)
        labels = (service, team, self._admit("retriever", retrieval.retriever or _UNKNOWN, service))
        self._add("llm_retrievals_total", (*labels, retrieval.status), now)
        trace_id = valid_trace_id(retrieval.context.trace_id)
        self._observe("llm_retrieval_duration_seconds", labels, now, retrieval.duration_seconds, trace_id)
        self._observe("llm_retrieval_documents", labels, now, retrieval.documents)
        self._observe("llm_retrieval_top_score", labels, now, retrieval.top_score, trace_id)

    def _agent_step(self, step: AgentStep, _now: float) -> None:
        """A step has no number of its own: its calls and tools are counted by themselves."""
        self._agent(step.context)

    def _trace(self, trace: Trace, now: float) -> None:
        labels = self._agent(trace.context)
        trace_id, cost = valid_trace_id(trace.context.trace_id), trace.cost_usd
        self._observe("llm_agent_steps", labels, now, trace.steps, trace_id)
        self._observe("llm_trace_tokens", labels, now, trace.tokens, trace_id)
        self._observe("llm_trace_cost_dollars", labels, now, None if cost is None else float(cost), trace_id)
        self._observe("llm_trace_duration_seconds", labels, now, trace.duration_seconds, trace_id)
        self._add("watchkeeper_traces_evaluated_total", (trace.closed_by,), now)
        for edge in trace.edges:
            self._edge(labels[:2], edge, now)

    def _edge(self, owner: tuple[str, str], edge: Edge, now: float) -> None:
        source = self._admit("edge_source", edge.source, owner[0])
        labels = (*owner, source, self._admit("edge_target", edge.target, owner[0]))
        self._add("llm_workflow_edges_total", (*labels, edge.status), now, edge.count)
        if edge.duration_ns is not None:
            self._add("llm_workflow_edge_seconds_total", labels, now, edge.duration_ns / 1e9)

    def _silent_failure(self, failure: SilentFailure, now: float) -> None:
        service, team, agent = self._agent(failure.context)
        labels = (service, team, agent, failure.type, self._admit("tool", failure.tool, service))
        self._add("llm_silent_failures_total", labels, now, trace_id=valid_trace_id(failure.context.trace_id))

    def _ceiling_reached(self, reached: CeilingReached, now: float) -> None:
        if not reached.is_passed:
            labels = (*self._owner(reached.context), reached.ceiling, reached.per, reached.limit)
            self._add("llm_ceilings_reached_total", labels, now)

    def _branch_decision(self, decision: BranchDecision, now: float) -> None:
        service, team = self._owner(decision.context)
        node, branch = self._admit("node", decision.node, service), self._admit("branch", decision.branch, service)
        labels = (service, team, node, branch)
        self._add("llm_branch_decisions_total", labels, now, trace_id=valid_trace_id(decision.context.trace_id))

    def _human_review(self, review: HumanReview, now: float) -> None:
        self._add("llm_human_reviews_total", (*self._owner(review.context), review.outcome), now)

    def _score(self, score: Score, now: float) -> None:
        context = score.context
        service, team = self._owner(context)
        name = self._admit("score", score.name, service)
        if score.error_type:
            failed = (service, team, name, score.source, score.error_type)
            self._add("llm_evaluation_failures_total", failed, now)
            return
        model = self._admit("model", context.model, service)
        labels = (service, team, *self._prompt(context, service), model, name, score.source)
        if score.category:
            category = self._admit("category", score.category, service)
            self._add("llm_score_categories_total", (*labels, category), now)
        self._observe("llm_score", labels, now, score.value, valid_trace_id(context.trace_id))

    def _feedback(self, feedback: Feedback, now: float) -> None:
        service, team = self._owner(feedback.context)
        labels = (service, team, *self._prompt(feedback.context, service), feedback.rating)
        self._add("llm_feedback_total", labels, now)

    def _quality_gate(self, gate: QualityGate, now: float) -> None:
        service, team = self._owner(gate.context)
        labels = (service, team, self._admit("gate", gate.gate, service), gate.result)
        self._add("llm_quality_gate_total", labels, now)

    def _cache_lookup(self, lookup: CacheLookup, now: float) -> None:
        service, team = self._owner(lookup.context)
        labels = (service, team, self._admit("cache", lookup.cache, service))
        self._add("llm_cache_operations_total", (*labels, lookup.result), now)
        if lookup.saved_usd is not None:
            self._add("llm_cache_saved_dollars_total", labels, now, lookup.saved_usd)

    def _guardrail_check(self, check: GuardrailCheck, now: float) -> None:
        service, team = self._owner(check.context)
        labels = (service, team, self._admit("guardrail", check.guardrail, service), check.result)
        self._add("llm_guardrail_checks_total", labels, now)

    def _embedding(self, embedding: Embedding, now: float) -> None:
        context = embedding.context
        service, team = self._owner(context)
        model = self._admit("model", context.model or _UNKNOWN, service)
        labels = (service, team, embedding.source, model, self._admit("dimension", str(embedding.dimension), service))
        self._add("llm_embeddings_total", (*labels, embedding.outcome), now)
        for number, value in enumerate(embedding.projections):
            self._observe("llm_embedding_projection", (*labels, str(number)), now, value + _PROJECTION_OFFSET)

    def _deployment(self, deployment: Deployment, now: float) -> None:
        self._add("llm_deployments_total", (*self._owner(deployment.context), deployment.kind), now)

    def _incident(self, incident: Incident, now: float) -> None:
        alert = self._admit_known("alertname", incident.alert)
        severity = self._admit_known("severity", incident.severity)
        if incident.is_drill:  # its service is made up, another in each drill, and takes no place
            stage = "delivered" if incident.status == "firing" else "resolved"
            self._store.families["watchkeeper_drill_timestamp_seconds"].set((alert, severity, stage), now)
            return
        self._admit_known("service", incident.context.service)
        self._add("watchkeeper_alerts_received_total", (alert, severity, incident.status), now)
        if incident.alert == _WATCHDOG and incident.status == "firing":
            self._store.families["watchkeeper_watchdog_last_seen_timestamp_seconds"].set((), now)
