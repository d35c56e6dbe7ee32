"""What the facts of one trace add up to, in whatever order they come."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

import msgspec

from watchkeeper.exporter.watch.kept import MAX_NAME, first, keep, with_name
from watchkeeper.exporter.watch.symptoms import symptoms_of
from watchkeeper.exporter.watch.workflow import OUTERMOST, Key, Times, count_edge, edges_of, part, source_of
from watchkeeper.model import (
    AgentStep,
    Answer,
    Branch,
    BranchDecision,
    Context,
    Embedding,
    FailureType,
    GuardrailCheck,
    HumanReview,
    LlmCall,
    Retrieval,
    Status,
    ToolCall,
    ToolRun,
    Trace,
)
from watchkeeper.model.providers import SELF_HOSTED_REASON

ClosedBy = Literal["root", "idle", "too_long", "evicted", "stop"]

# Operations that prepare a step and are none.
NO_STEPS = frozenset({"embeddings", "rerank"})
_NEVER = 2**65
_Timed = LlmCall | ToolCall | Retrieval | AgentStep

# An agent knows best whose trace it is, then a workflow, then whatever came first.
_AGENT, _STEP, _NO_AGENT = range(3)
# Where in time a fact began, and its span: what comes first among several is the same in every order of arrival.
_Place = tuple[int, int, str]
_LAST_PLACE: _Place = (_NEVER, 0, "")


class OpenTrace(msgspec.Struct, gc=False):
    """Counters, not spans: takes the same space however long the trace is.

    ``opened`` and ``seen`` are Unix seconds of arrival. ``owner`` is the context of the outermost agent, or of the
    first fact where there is none; None as long as nothing but the root came. ``weight`` is how much memory it takes:
    itself, and each run and branch that is kept.
    """

    opened: float
    seen: float
    has_root: bool = False
    is_too_long: bool = False
    weight: int = 1
    start_ns: int = _NEVER
    end_ns: int = 0
    ok_until_ns: int = -1
    failure: tuple[int, Status] = (-2, "ok")
    owner_place: _Place = _LAST_PLACE
    owner: Context | None = None
    agent_place: _Place = _LAST_PLACE
    agent: str = ""
    session_place: _Place = _LAST_PLACE
    session_id: str = ""
    prompt_place: _Place = _LAST_PLACE
    prompt: tuple[str, str] = ("", "")
    answer_place: _Place = _LAST_PLACE
    answer: Answer | None = None
    symptoms: tuple[FailureType, ...] = ()
    steps: int = 0
    llm_calls: int = 0
    tool_calls: int = 0
    retrievals: int = 0
    reviews: int = 0
    branch_decisions: int = 0
    documents: int | None = None
    top_score: float | None = None
    models: tuple[str, ...] | None = ()
    guardrails: tuple[str, ...] | None = ()
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    tool_runs: list[tuple[int, str, ToolRun]] = []
    branches: list[tuple[int, str, Branch]] = []
    edges: dict[Key, Times] = {}

    def end_root(self, start_ns: int, end_ns: int, *, has_failed: bool) -> None:
        """Take note of a root span that ended."""
        self.has_root = True
        self._extend(start_ns, end_ns)
        if has_failed:
            self.fail(end_ns, "error")

    def add(self, fact: Any) -> None:
        """Add a fact of a type in ``PARTS``."""
        context: Context = fact.context
        end_ns = context.time_ns
        seconds = getattr(fact, "duration_seconds", None)
        start_ns = end_ns if seconds is None else end_ns - round(seconds * 1e9)
        self._extend(start_ns, end_ns)
        rank = _NO_AGENT if type(fact) is not AgentStep else _AGENT if fact.kind == "invoke_agent" else _STEP
        place = (rank, start_ns, context.span_id)
        if place < self.owner_place:
            self.owner_place, self.owner = place, context
        if context.agent and place < self.agent_place:
            self.agent_place, self.agent = place, context.agent
        if context.session_id and place < self.session_place:
            self.session_place, self.session_id = place, context.session_id
        if context.prompt and place < self.prompt_place:
            self.prompt_place, self.prompt = place, (context.prompt, context.prompt_version)
        PARTS[type(fact)](self, fact, start_ns)

    def evaluated(self, owner: Context, closed_by: ClosedBy) -> Trace:
        """What it comes to."""
        failed_ns, failure = self.failure
        status: Status = failure if failed_ns >= self.ok_until_ns else "ok"
        return Trace(
            context=self._context(owner),
            closed_by=closed_by,
            status=status,
            steps=self.steps,
            llm_calls=self.llm_calls,
            tool_calls=self.tool_calls,
            retrievals=self.retrievals,
            reviews=self.reviews,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_usd=self.cost_usd,
            unpriced_calls=self.unpriced_calls,
            duration_seconds=(self.end_ns - self.start_ns) / 1e9,
            documents=self.documents,
            top_score=self.top_score,
            tool_runs=tuple([run for _, _, run in first(self.tool_runs)]),
            branch_decisions=self.branch_decisions,
            branches=tuple([branch for _, _, branch in first(self.branches)]),
            models=self.models and tuple(sorted(self.models)),
            guardrails=self.guardrails and tuple(sorted(self.guardrails)),
            answer=self.answer,
            symptoms=self.symptoms,
            edges=edges_of(self.edges, owner.service, self.agent, (status, self.end_ns - self.start_ns)),
        )

    def _context(self, owner: Context) -> Context:
        return Context(
            time_ns=self.end_ns,
            trace_id=owner.trace_id,
            service=owner.service,
            environment=owner.environment,
            team=owner.team,
            tenant=owner.tenant,
            user_hash=owner.user_hash,
            session_id=self.session_id,
            agent=self.agent,
            prompt=self.prompt[0],
            prompt_version=self.prompt[1],
        )

    def keep_answer(self, place: _Place, answer: Answer) -> None:
        """Keep the answer that comes first by its place; one that calls a tool is none yet."""
        if answer.is_final and place < self.answer_place:
            self.answer_place, self.answer = place, answer

    def _extend(self, start_ns: int, end_ns: int) -> None:
        self.start_ns = min(start_ns, self.start_ns)
        self.end_ns = max(end_ns, self.end_ns)

    def fail(self, end_ns: int, status: Status) -> None:
        """Something failed; it is the trace's outcome unless work that ended later went well."""
        self.failure = max(self.failure, (end_ns, status))

    def work(self, status: Status, end_ns: int) -> None:
        """A call, a tool or a search ended: the last one's outcome is the trace's."""
        if status != "ok":
            self.fail(end_ns, status)
        elif end_ns > self.ok_until_ns:
            self.ok_until_ns = end_ns

    def count_edge(
        self, ends: tuple[str, str], fact: LlmCall | ToolCall | Retrieval | AgentStep, start_ns: int
    ) -> None:
        """One part had another one work; how long it took is unknown where the fact reports none."""
        duration_ns = None if fact.duration_seconds is None else fact.context.time_ns - start_ns
        self.weight += count_edge(self.edges, (*ends, fact.status), duration_ns)


def _llm_call(trace: OpenTrace, call: LlmCall, start_ns: int) -> None:
    trace.work(call.status, call.context.time_ns)
    trace.llm_calls += 1
    trace.steps += call.context.operation not in NO_STEPS
    model = call.context.model or call.context.model_requested
    trace.count_edge((source_of(call.context.agent), part("model", model)), call, start_ns)
    if trace.models is not None and model and model not in trace.models:
        trace.models = with_name(trace.models, model)
    if symptoms := symptoms_of(call):
        trace.symptoms = tuple(sorted({*trace.symptoms, *symptoms}))
    if call.answer is not None:
        # The last to end of all calls; any agent's own comes before.
        trace.keep_answer((_STEP, -call.context.time_ns, call.context.span_id), call.answer)
    usage = call.usage
    if usage.input is not None:
        trace.input_tokens = (trace.input_tokens or 0) + usage.input
    if usage.output is not None:
        trace.output_tokens = (trace.output_tokens or 0) + usage.output
    if call.cost is not None:
        trace.cost_usd = call.cost.usd if trace.cost_usd is None else trace.cost_usd + call.cost.usd
    elif call.unpriced_reason not in ("", SELF_HOSTED_REASON):
        trace.unpriced_calls += 1


def _tool_call(trace: OpenTrace, call: ToolCall, start_ns: int) -> None:
    trace.work(call.status, call.context.time_ns)
    trace.tool_calls += 1
    trace.steps += 1
    trace.count_edge((source_of(call.context.agent), part("tool", call.tool)), call, start_ns)
    run = ToolRun(call.tool[:MAX_NAME], call.arguments_hash, call.status)
    trace.weight += keep(trace.tool_runs, (start_ns, call.context.span_id, run))


def _retrieval(trace: OpenTrace, retrieval: Retrieval, start_ns: int) -> None:
    trace.work(retrieval.status, retrieval.context.time_ns)
    trace.count_edge((source_of(retrieval.context.agent), part("retriever", retrieval.retriever)), retrieval, start_ns)
    trace.retrievals += 1
    if retrieval.documents is not None:
        trace.documents = (trace.documents or 0) + retrieval.documents
    if retrieval.top_score is not None:
        known = trace.top_score
        trace.top_score = retrieval.top_score if known is None else max(retrieval.top_score, known)


def _agent_step(trace: OpenTrace, step: AgentStep, start_ns: int) -> None:
    if step.kind == "invoke_agent" and step.context.agent:
        trace.count_edge((OUTERMOST, part("agent", step.context.agent)), step, start_ns)
    if step.answer is not None and step.kind == "invoke_agent":
        trace.keep_answer((_AGENT, start_ns, step.context.span_id), step.answer)
    if step.status != "ok":
        trace.fail(step.context.time_ns, step.status)


def _branch(trace: OpenTrace, decision: BranchDecision, start_ns: int) -> None:
    branch = Branch(decision.node[:MAX_NAME], decision.branch[:MAX_NAME])
    trace.branch_decisions += 1
    trace.weight += keep(trace.branches, (start_ns, decision.context.span_id, branch))
    node = part("node", decision.node)
    trace.weight += count_edge(trace.edges, (source_of(decision.context.agent), node, "ok"), None)
    trace.weight += count_edge(trace.edges, (node, part("branch", decision.branch), "ok"), None)


def _human_review(trace: OpenTrace, _review: HumanReview, _start_ns: int) -> None:
    trace.reviews += 1


def _guardrail(trace: OpenTrace, check: GuardrailCheck, _start_ns: int) -> None:
    if trace.guardrails is not None and check.guardrail not in trace.guardrails:
        trace.guardrails = with_name(trace.guardrails, check.guardrail)


def _sign_of_life(_trace: OpenTrace, _fact: object, _start_ns: int) -> None:
    """It shows that the trace goes on, and adds nothing."""


PARTS: dict[type, Callable[[OpenTrace, Any, int], None]] = {
    LlmCall: _llm_call,
    ToolCall: _tool_call,
    Retrieval: _retrieval,
    AgentStep: _agent_step,
    BranchDecision: _branch,
    HumanReview: _human_review,
    GuardrailCheck: _guardrail,
    Embedding: _sign_of_life,
}
