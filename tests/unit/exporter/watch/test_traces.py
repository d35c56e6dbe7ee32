"""Traces are put together whatever the order, evaluated once, and kept in bounded memory."""

from decimal import Decimal
from typing import Any

import pytest
from tests.support.facts import NOW, NOW_NS, TRACE_ID, make_call, make_context

from watchkeeper.exporter.watch.kept import MAX_NAMES, MAX_RUNS
from watchkeeper.exporter.watch.traces import LONGEST_SECONDS, SETTLE_SECONDS, Traces
from watchkeeper.model import (
    AgentStep,
    Answer,
    BranchDecision,
    Context,
    Cost,
    Fact,
    GuardrailCheck,
    HumanReview,
    LlmCall,
    Retrieval,
    Score,
    ToolCall,
    Trace,
    Usage,
)

IDLE = 300.0
SECOND = 10**9


def make_traces(*, capacity: int = 1000, is_by_tenant: bool = False) -> Traces:
    """Traces that are idle after five minutes."""
    return Traces(idle_seconds=IDLE, capacity=capacity, is_by_tenant=is_by_tenant)


def at(second: int, **changes: Any) -> Context:
    """The context of what ended so many seconds after the trace began, in a span of its own."""
    return make_context(time_ns=NOW_NS + second * SECOND, span_id=f"{second:016x}", **changes)


def call(second: int, **changes: Any) -> LlmCall:
    """A call that took the second before."""
    return make_call(context=at(second), duration_seconds=1.0, **changes)


def tool(second: int, name: str = "search", **changes: Any) -> ToolCall:
    """A run of a tool that took the second before."""
    return ToolCall(context=at(second), tool=name, duration_seconds=1.0, **changes)


def agent(second: int, name: str, seconds: float, **changes: Any) -> AgentStep:
    """An agent's run that took that long."""
    context = at(second, agent=name)
    return AgentStep(context=context, kind="invoke_agent", duration_seconds=seconds, **changes)


def evaluated(*facts: Fact) -> Trace:
    """The one trace that the facts come to."""
    traces = make_traces()
    for fact in facts:
        traces.take(fact, NOW)
    (trace,) = traces.due(NOW + IDLE)
    return trace


def end_root(traces: Traces, now: float = NOW, *, tenant: str = "", has_failed: bool = False) -> None:
    """The root of the trace arrives; it took the ten seconds before."""
    traces.end_root(tenant, TRACE_ID, (NOW_NS - 10 * SECOND, NOW_NS), now, has_failed=has_failed)


def test_what_a_trace_adds_up_to() -> None:
    """Steps are calls that generate and tools; embeddings and searches are reported and are no steps."""
    embedding = make_call(context=at(1, operation="embeddings"), usage=Usage(input=5), duration_seconds=1.0)
    search = Retrieval(context=at(2), retriever="kb", duration_seconds=1.0)
    cost = Cost(usd=Decimal("0.01"), source="reported", price_date="")

    trace = evaluated(embedding, search, call(3, cost=cost), tool(4), call(5, unpriced_reason="no_model"))

    assert (trace.steps, trace.llm_calls, trace.tool_calls, trace.retrievals) == (3, 3, 1, 1)
    assert (trace.input_tokens, trace.output_tokens, trace.tokens) == (205, 40, 245)
    assert (trace.cost_usd, trace.unpriced_calls, trace.duration_seconds) == (Decimal("0.01"), 1, 5.0)


def test_what_no_one_reports_is_not_zero() -> None:
    """A trace without usage has no tokens and no cost."""
    trace = evaluated(call(1, usage=Usage()))

    assert (trace.tokens, trace.cost_usd) == (None, None)


def test_a_trace_is_its_outermost_agents() -> None:
    """Agent and owner come from the agent that began first; the session from the first that reports one."""
    outer = AgentStep(
        context=at(9, agent="planner", service="front", team="web"), kind="invoke_agent", duration_seconds=9.0
    )
    workflow = AgentStep(
        context=at(9, agent="whole thing", service="wrapper"), kind="invoke_workflow", duration_seconds=9.5
    )
    later = make_call(context=at(5, session_id="s-2"))
    earlier = make_call(context=at(3, session_id="s-1"))

    trace = evaluated(later, agent(4, "helper", 2.0), workflow, earlier, outer)

    context = trace.context
    assert (context.agent, context.service, context.team) == ("planner", "front", "web")
    assert (context.session_id, context.trace_id, context.time_ns) == ("s-1", TRACE_ID, NOW_NS + 9 * SECOND)


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ((call(1, status="rate_limited"), call(2)), "ok"),
        ((call(1), call(2, status="rate_limited")), "rate_limited"),
        ((call(1), tool(2, status="timeout")), "timeout"),
        ((agent(2, "inner", 2.0, status="error"), call(3), agent(4, "outer", 4.0)), "ok"),
        ((call(1), agent(2, "outer", 2.0, status="error")), "error"),
        ((call(1, status="rate_limited"), agent(2, "outer", 2.0)), "rate_limited"),
    ],
    ids=[
        "a retry that worked",
        "a retry that failed",
        "a tool failed last",
        "an inner agent failed and the outer one went on",
        "the agent failed after its last call",
        "an agent that does not report its failure",
    ],
)
def test_how_a_trace_ended(facts: tuple[Fact, ...], status: str) -> None:
    """The last work decides, unless an agent failed after it; the order of arrival does not matter."""
    assert evaluated(*facts).status == status
    assert evaluated(*reversed(facts)).status == status


def test_a_root_that_failed_is_a_trace_that_failed() -> None:
    """Also where every call went well."""
    traces = make_traces()
    traces.take(call(-1), NOW)
    end_root(traces, has_failed=True)

    (trace,) = traces.due(NOW + SETTLE_SECONDS)

    assert trace.status == "error"


def test_a_trace_is_evaluated_when_its_root_ended_and_others_had_their_time() -> None:
    """Not at once: other services send their part a little later, and may send it after the root."""
    traces = make_traces()
    end_root(traces, NOW)
    traces.take(call(-1), NOW + 5)

    assert traces.due(NOW + 5 + SETTLE_SECONDS - 1) == []
    (trace,) = traces.due(NOW + 5 + SETTLE_SECONDS)
    assert (trace.closed_by, trace.duration_seconds) == ("root", 10.0)
    assert len(traces) == 0


def test_a_trace_without_a_root_is_evaluated_when_it_went_idle() -> None:
    """Of an application that sends only some spans, or native events; each sign of life begins the wait again."""
    traces = make_traces()
    traces.take(call(1), NOW)
    traces.take(BranchDecision(context=at(2), node="route", branch="search"), NOW + 200)

    assert traces.due(NOW + IDLE) == []
    (trace,) = traces.due(NOW + 200 + IDLE)
    assert trace.closed_by == "idle"


def test_a_trace_that_never_ends_is_evaluated_all_the_same() -> None:
    """A worker that is one trace for its whole life is evaluated after some hours, and once."""
    traces = make_traces()
    minutes = int(LONGEST_SECONDS / 60) + 20
    reported = []
    for minute in range(minutes):
        traces.take(call(minute), NOW + 60 * minute)
        reported += traces.due(NOW + 60 * minute)

    assert [trace.closed_by for trace in reported] == ["too_long"]
    assert traces.late > 0


def test_what_comes_late_is_counted_and_not_evaluated_again() -> None:
    """Neither a fact nor a root opens a trace again that was evaluated."""
    traces = make_traces()
    traces.take(call(1), NOW)
    assert len(traces.due(NOW + IDLE)) == 1

    traces.take(call(2), NOW + IDLE)
    end_root(traces, NOW + IDLE)

    assert traces.late == 1
    assert traces.due(NOW + 10 * IDLE) == []


def test_a_trace_of_other_things_is_none() -> None:
    """A root without any model call, and a score of an old trace, come to nothing."""
    traces = make_traces()
    end_root(traces)
    traces.take(Score(context=make_context(trace_id="ab" * 16), name="helpful", source="person", value=1.0), NOW)
    traces.take(make_call(context=make_context(trace_id="")), NOW)

    assert traces.due(NOW + 10 * IDLE) == []
    assert (len(traces), len(traces.closed), traces.forgotten) == (0, 0, 0)


def test_the_first_runs_of_tools_are_kept_in_their_order() -> None:
    """A loop shows in the first runs; the rest is counted only, whatever came first."""
    runs = [tool(n, f"t{n}", arguments_hash=n) for n in range(5 * MAX_RUNS)]

    trace = evaluated(*reversed(runs))

    assert [run.tool for run in trace.tool_runs] == [f"t{n}" for n in range(MAX_RUNS)]
    assert trace.tool_calls == 5 * MAX_RUNS


def test_branches_are_kept_in_their_order() -> None:
    """Node and branch, by the time they were decided."""
    second = BranchDecision(context=at(2), node="review", branch="skip")
    first = BranchDecision(context=at(1), node="route", branch="search")

    assert [(b.node, b.branch) for b in evaluated(second, first).branches] == [("route", "search"), ("review", "skip")]


def test_what_contracts_ask_for_adds_up_in_any_order() -> None:
    """Documents and reviews are sums, the score is the best, names are sorted, the prompt is the first one."""
    facts = [
        call(1, content=None),
        make_call(context=at(2, model="z-model", prompt="second", prompt_version="2")),
        make_call(context=at(1, model="", model_requested="a-model", prompt="first", prompt_version="1")),
        Retrieval(context=at(3), retriever="kb", documents=2, top_score=-0.5),
        Retrieval(context=at(4), retriever="kb", documents=3, top_score=-0.7),
        Retrieval(context=at(5), retriever="kb"),
        HumanReview(context=at(6), outcome="approved"),
        GuardrailCheck(context=at(7), guardrail="pii", result="passed"),
        GuardrailCheck(context=at(8), guardrail="pii", result="blocked"),
        BranchDecision(context=at(9), node="n", branch="b"),
    ]

    for trace in (evaluated(*facts), evaluated(*reversed(facts))):
        assert (trace.documents, trace.top_score, trace.reviews, trace.branch_decisions) == (5, -0.5, 1, 1)
        assert trace.models == ("a-model", make_context().model, "z-model")
        assert trace.guardrails == ("pii",)
        assert (trace.context.prompt, trace.context.prompt_version) == ("first", "1")


def test_too_many_names_are_none() -> None:
    """A part of them would look like all."""
    calls = [make_call(context=at(n, model=f"m{n}")) for n in range(MAX_NAMES)]

    assert len(evaluated(*calls).models or ()) == MAX_NAMES
    assert evaluated(*calls, make_call(context=at(99, model="one more"))).models is None
    assert evaluated(*[call(1), make_call(context=at(2, model="x" * 999))] * 2).models == (
        make_context().model,
        "x" * 128,
    )


def test_the_answer_of_a_trace() -> None:
    """That of the outermost agent; else of the call that answered last, and none that calls a tool."""
    first, last = call(1, answer=Answer(1)), call(2, answer=Answer(2))
    asks = call(3, answer=Answer(3, is_final=False))
    inner, outer = agent(4, "inner", 1.0, answer=Answer(4)), agent(5, "outer", 5.0, answer=Answer(5))
    plan = AgentStep(context=at(6), kind="plan", answer=Answer(6))

    assert evaluated(last, first, asks, plan).answer == Answer(2)
    assert evaluated(inner, last, outer, first).answer == Answer(5)
    assert evaluated(asks).answer is None


def test_the_symptoms_of_a_trace_are_those_of_its_calls() -> None:
    """Each once, in any order."""
    cut, stuck = call(1, finish_reasons=("length",)), call(2, answer=Answer(9, symptoms=("gibberish",)))

    assert evaluated(cut, stuck, cut).symptoms == evaluated(stuck, cut).symptoms == ("gibberish", "truncated")
    assert evaluated(call(1)).symptoms == ()


def test_memory_is_bounded() -> None:
    """When there is no space the trace that was silent for longest is evaluated early, and that is counted."""
    traces = make_traces(capacity=10)
    for number in range(50):
        traces.take(make_call(context=make_context(trace_id=f"{number:032x}")), NOW + number)

    reported = traces.due(NOW + 50)

    assert (len(traces), traces.forgotten) == (10, 40)
    assert {trace.closed_by for trace in reported} == {"evicted"}
    assert [trace.context.trace_id for trace in reported] == [f"{number:032x}" for number in range(40)]


def test_runs_of_tools_take_room_too() -> None:
    """Traces of many runs leave less space for others."""
    traces = make_traces(capacity=50)
    for number in range(200):
        context = make_context(trace_id=f"{number % 2:032x}", span_id=f"{number:016x}")
        traces.take(ToolCall(context=context, tool="loop"), NOW)
    traces.take(call(1), NOW)

    assert len(traces) == 1
    assert traces.forgotten == 2


def test_open_traces_are_reported_at_the_end() -> None:
    """A stop loses nothing: what is known is evaluated."""
    traces = make_traces()
    traces.take(call(1), NOW)
    traces.take(make_call(context=make_context(trace_id="ab" * 16)), NOW)
    end_root(traces)

    assert [trace.closed_by for trace in traces.stop()] == ["root", "stop"]
    assert len(traces) == 0


def test_tenants_with_tokens_have_traces_of_their_own() -> None:
    """No one adds to the trace of another tenant by its id."""
    traces = make_traces(is_by_tenant=True)
    traces.take(make_call(context=make_context(tenant="acme")), NOW)
    end_root(traces, tenant="rival", has_failed=True)
    traces.take(make_call(context=make_context(tenant="rival")), NOW)

    reported = traces.due(NOW + IDLE)

    assert sorted((trace.context.tenant, trace.status, trace.llm_calls) for trace in reported) == [
        ("acme", "ok", 1),
        ("rival", "error", 1),
    ]
