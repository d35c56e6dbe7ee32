"""What the facts of one trace add up to, in whatever order they come."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, TypeVar

import msgspec

from watchkeeper.model import (
    AgentStep,
    Branch,
    BranchDecision,
    Context,
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

# A loop shows within a few dozen runs; every run beyond is still counted.
MAX_RUNS = 64
_MAX_NAME = 128
# Operations that prepare a step and are none.
_NO_STEPS = frozenset({"embeddings", "rerank"})
_NEVER = 2**65

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
    steps: int = 0
    llm_calls: int = 0
    tool_calls: int = 0
    retrievals: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    unpriced_calls: int = 0
    tool_runs: list[tuple[int, str, ToolRun]] = []
    branches: list[tuple[int, str, Branch]] = []

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
        PARTS[type(fact)](self, fact, start_ns)

    def evaluated(self, owner: Context, closed_by: ClosedBy) -> Trace:
        """What it comes to."""
        failed_ns, failure = self.failure
        return Trace(
            context=Context(
                time_ns=self.end_ns,
                trace_id=owner.trace_id,
                service=owner.service,
                environment=owner.environment,
                team=owner.team,
                tenant=owner.tenant,
                user_hash=owner.user_hash,
                session_id=self.session_id,
                agent=self.agent,
            ),
            closed_by=closed_by,
            status=failure if failed_ns >= self.ok_until_ns else "ok",
            steps=self.steps,
            llm_calls=self.llm_calls,
            tool_calls=self.tool_calls,
            retrievals=self.retrievals,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cost_usd=self.cost_usd,
            unpriced_calls=self.unpriced_calls,
            duration_seconds=(self.end_ns - self.start_ns) / 1e9,
            tool_runs=tuple(run for _, _, run in _first(self.tool_runs)),
            branches=tuple(branch for _, _, branch in _first(self.branches)),
        )

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


def _llm_call(trace: OpenTrace, call: LlmCall, _start_ns: int) -> None:
    trace.work(call.status, call.context.time_ns)
    trace.llm_calls += 1
    trace.steps += call.context.operation not in _NO_STEPS
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
    run = ToolRun(call.tool[:_MAX_NAME], call.arguments_hash, call.status)
    trace.weight += _keep(trace.tool_runs, (start_ns, call.context.span_id, run))


def _retrieval(trace: OpenTrace, retrieval: Retrieval, _start_ns: int) -> None:
    trace.work(retrieval.status, retrieval.context.time_ns)
    trace.retrievals += 1


def _agent_step(trace: OpenTrace, step: AgentStep, _start_ns: int) -> None:
    if step.status != "ok":
        trace.fail(step.context.time_ns, step.status)


def _branch(trace: OpenTrace, decision: BranchDecision, start_ns: int) -> None:
    branch = Branch(decision.node[:_MAX_NAME], decision.branch[:_MAX_NAME])
    trace.weight += _keep(trace.branches, (start_ns, decision.context.span_id, branch))


def _sign_of_life(_trace: OpenTrace, _fact: object, _start_ns: int) -> None:
    """It shows that the trace goes on, and adds nothing."""


PARTS: dict[type, Callable[[OpenTrace, Any, int], None]] = {
    LlmCall: _llm_call,
    ToolCall: _tool_call,
    Retrieval: _retrieval,
    AgentStep: _agent_step,
    BranchDecision: _branch,
    HumanReview: _sign_of_life,
    GuardrailCheck: _sign_of_life,
}


_Kept = TypeVar("_Kept", bound=tuple[int, str, Any])


def _keep(kept: list[_Kept], new: _Kept) -> int:
    """Keep the first ones by their beginning, sorted seldom; return how many are kept more than before."""
    before = len(kept)
    kept.append(new)
    if before >= 2 * MAX_RUNS:
        kept[:] = _first(kept)
    return len(kept) - before


def _first(kept: list[_Kept]) -> list[_Kept]:
    return sorted(kept, key=lambda one: one[:2])[:MAX_RUNS] if len(kept) > 1 else kept
