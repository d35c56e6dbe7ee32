"""The edges of a trace: who had whom work, how often, how long and with what outcome, in bounded memory."""

import random
from itertools import permutations

from tests.support.facts import NOW, NOW_NS, make_call, make_context

from watchkeeper.exporter.watch.kept import MAX_NAME
from watchkeeper.exporter.watch.traces import Traces
from watchkeeper.exporter.watch.workflow import EDGES_OF_A_WEIGHT, MAX_EDGES
from watchkeeper.model import AgentStep, BranchDecision, Edge, Fact, LlmCall, Retrieval, ToolCall, Trace

SECOND = 10**9


def call(second: int, model: str = "m", agent: str = "", **changes: object) -> LlmCall:
    """A call that took the second before."""
    context = make_context(time_ns=NOW_NS + second * SECOND, span_id=f"c{second}", agent=agent, model=model)
    return make_call(context=context, duration_seconds=1.0, **changes)


def tool(second: int, name: str, agent: str = "", seconds: float | None = 1.0) -> ToolCall:
    """A run of a tool."""
    context = make_context(time_ns=NOW_NS + second * SECOND, span_id=f"t{second}", agent=agent)
    return ToolCall(context=context, tool=name, duration_seconds=seconds)


def agent(second: int, name: str, seconds: float) -> AgentStep:
    """An agent's run that took that long."""
    context = make_context(time_ns=NOW_NS + second * SECOND, span_id=f"a{second}", agent=name)
    return AgentStep(context=context, kind="invoke_agent", duration_seconds=seconds)


def traces_of(*facts: Fact) -> Traces:
    """Traces that hold the facts."""
    traces = Traces(idle_seconds=300, capacity=10_000, is_by_tenant=False)
    for fact in facts:
        traces.take(fact, NOW)
    return traces


def edges(*facts: Fact) -> tuple[Edge, ...]:
    """The edges of the one trace that the facts come to."""
    trace: Trace
    (trace,) = traces_of(*facts).stop()
    return trace.edges


def test_calls_without_an_agent_are_the_services() -> None:
    """Each model once, with the number of calls, their seconds and their outcome."""
    found = edges(call(1), call(3), call(5, status="timeout"))

    assert found == (
        Edge("service:shop", "model:m", "ok", 2, 2 * SECOND),
        Edge("service:shop", "model:m", "timeout", 1, SECOND),
    )


def test_an_agent_is_between_its_service_and_what_it_uses() -> None:
    """In whatever order its parts came, and whether or not each of them names it."""
    facts = [
        agent(9, "support", 9.0),
        call(1, agent="support"),
        tool(2, "find", seconds=None),
        Retrieval(context=make_context(time_ns=NOW_NS, span_id="r"), retriever="kb", duration_seconds=2.0),
    ]
    expected = (
        Edge("agent:support", "model:m", "ok", 1, SECOND),
        Edge("agent:support", "retriever:kb", "ok", 1, 2 * SECOND),
        Edge("agent:support", "tool:find", "ok", 1, None),
        Edge("service:shop", "agent:support", "ok", 1, 11 * SECOND),
    )

    assert {edges(*some) for some in permutations(facts)} == {expected}


def test_an_agent_within_another_is_handed_work_by_the_outermost() -> None:
    """Spans of one agent within another of its own are no edge."""
    found = edges(agent(9, "planner", 9.0), agent(8, "planner", 8.0), agent(5, "writer", 3.0), call(4, agent="writer"))

    assert [(edge.source, edge.target, edge.count) for edge in found] == [
        ("agent:planner", "agent:writer", 1),
        ("agent:writer", "model:m", 1),
        ("service:shop", "agent:planner", 1),
    ]


def test_a_decision_leads_from_its_node_to_its_branch() -> None:
    """What decided is the agent, or the service."""
    context = make_context()

    found = edges(BranchDecision(context=context, node="route", branch="refund"))

    assert found == (
        Edge("node:route", "branch:refund", "ok", 1, None),
        Edge("service:shop", "node:route", "ok", 1, None),
    )


def test_what_has_no_name_is_unknown() -> None:
    """A tool or a model that no one named is drawn as such."""
    unnamed = LlmCall(context=make_context(model="", model_requested=""))

    assert [edge.target for edge in edges(unnamed, tool(1, ""))] == ["model:unknown", "tool:unknown"]


def test_made_up_names_fill_no_memory_and_lose_no_count() -> None:
    """Of each kind the rest is one edge, and names are cut."""
    many = [tool(n, f"{n}-{'x' * 1000}") for n in range(1000)]
    random.Random(1).shuffle(many)  # an order, no secret

    (trace,) = traces_of(*many, call(1, status="error")).stop()

    assert len(trace.edges) == MAX_EDGES + 2
    assert sum(edge.count for edge in trace.edges) == 1001
    assert {edge.target for edge in trace.edges if edge.count > 1} == {"tool:other"}
    assert max(len(edge.target) for edge in trace.edges) == len("tool:") + MAX_NAME


def test_a_trace_of_one_call_weighs_as_before() -> None:
    """Most traces have an edge or two; more of them weigh as what they take."""
    models = [call(n, f"model-{n}") for n in range(10 * MAX_EDGES)]

    assert len(traces_of(call(1))) == 1
    assert len(traces_of(*models[:EDGES_OF_A_WEIGHT])) == 2
    assert len(traces_of(*models)) == 1 + MAX_EDGES // EDGES_OF_A_WEIGHT
