"""Runs of tools that more than one span reports: how many of them count, in whatever order they come."""

from itertools import permutations

import msgspec
import pytest
from tests.support.facts import make_span

from watchkeeper.exporter.watch.same_tool import SameTool
from watchkeeper.model import Span

FRAMEWORK = "autogen-core"
INSTRUMENTATION = "openinference.instrumentation.autogen_agentchat"
OUTER, INNER = (1_000, 2_000), (1_100, 1_900)

Reported = tuple[Span, str]


def run(
    span_id: str,
    *,
    parent: str = "",
    scope: str = INSTRUMENTATION,
    times: tuple[int, int] = OUTER,
    tool: str = "search",
    trace_id: str = "a1" * 16,
) -> Reported:
    """A span and the tool whose run it reports."""
    reported = make_span(
        scope=scope,
        span_id=span_id,
        parent_span_id=parent,
        trace_id=trace_id,
        start_ns=times[0],
        end_ns=times[1],
    )
    return reported, tool


def counted(*runs: Reported) -> list[str]:
    """The span ids that count when the runs come in this order."""
    same_tool = SameTool(100)
    return [span.span_id for span, tool in runs if not same_tool.is_duplicate(span, tool)]


REPORTED_TWICE = {
    "a framework's own span below an instrumentation's": [
        run("a"),
        run("b", parent="a", scope=FRAMEWORK, times=INNER),
    ],
    "an instrumentation's span below a framework's own": [
        run("a", scope=FRAMEWORK),
        run("b", parent="a", times=INNER),
    ],
    "a span that outlives the one above it": [
        run("a"),
        run("b", parent="a", scope=FRAMEWORK, times=(1_100, 2_100)),
    ],
    "spans of no length": [
        run("a", times=(1_000, 1_000)),
        run("b", parent="a", scope=FRAMEWORK, times=(1_000, 1_000)),
    ],
}

TWO_RUNS = {
    "a tool that calls itself": [run("a"), run("b", parent="a", times=INNER)],
    "a tool that calls another one": [run("a"), run("b", parent="a", scope=FRAMEWORK, times=INNER, tool="fetch")],
    "two runs beside each other": [run("a", parent="agent"), run("b", parent="agent", scope=FRAMEWORK, times=INNER)],
    "two runs without parents": [run("a"), run("b", scope=FRAMEWORK, times=INNER)],
    "a run below one that was over already, by a context that no one left": [
        run("a"),
        run("b", parent="a", scope=FRAMEWORK, times=(3_000, 4_000)),
    ],
    "a span without an id, and one without a parent": [run("", scope=FRAMEWORK), run("b", times=INNER)],
    "the same span ids in two traces": [
        run("a"),
        run("b", parent="a", scope=FRAMEWORK, times=INNER, trace_id="b2" * 16),
    ],
    "a run that is tried again inside of one span": [
        run("a"),
        run("b", parent="a", scope=FRAMEWORK, times=(1_100, 1_200)),
        run("c", parent="a", scope=FRAMEWORK, times=(1_300, 1_900)),
    ],
}


@pytest.mark.parametrize("runs", REPORTED_TWICE.values(), ids=REPORTED_TWICE.keys())
def test_one_run_counts_once(runs: list[Reported]) -> None:
    """The first span to come counts, whichever it is."""
    for order in permutations(runs):
        assert counted(*order) == [order[0][0].span_id]


@pytest.mark.parametrize("order", ["abc", "bac", "bca", "cba"])
def test_a_chain_of_spans_is_one_run(order: str) -> None:
    """A framework's span is above a client's and a server's, whose clocks differ; each is next to one that came."""
    runs = {
        "a": run("a", scope=FRAMEWORK),
        "b": run("b", parent="a", scope="fastmcp", times=INNER),
        "c": run("c", parent="b", scope="fastmcp", times=(9_000, 9_500)),
    }

    server, tool = runs["c"]
    runs["c"] = msgspec.structs.replace(server, kind=2), tool

    assert counted(*(runs[name] for name in order)) == [order[0]]


@pytest.mark.parametrize("runs", TWO_RUNS.values(), ids=TWO_RUNS.keys())
def test_different_runs_all_count(runs: list[Reported]) -> None:
    """Two runs are two, in any order."""
    for order in permutations(runs):
        assert len(counted(*order)) == 2


@pytest.mark.parametrize("order", ["abcd", "dcba", "acbd"])
def test_a_tool_that_calls_itself_reported_twice_is_two_runs(order: str) -> None:
    """Each of the two runs is reported by both instrumentations, one below the other."""
    runs = {
        "a": run("a"),
        "b": run("b", parent="a", scope=FRAMEWORK, times=INNER),
        "c": run("c", parent="b", times=(1_200, 1_800)),
        "d": run("d", parent="c", scope=FRAMEWORK, times=(1_300, 1_700)),
    }

    assert len(counted(*(runs[name] for name in order))) == 2


def test_runs_of_two_tenants_are_never_one() -> None:
    """No one can hide another's runs by sending their ids first."""
    same_tool = SameTool(100)
    same_tool.is_duplicate(*run("a"), "acme")

    lower = run("b", parent="a", scope=FRAMEWORK, times=INNER)

    assert not same_tool.is_duplicate(*lower, "globex")
    assert same_tool.is_duplicate(*lower, "acme")


def test_memory_is_bounded() -> None:
    """The oldest runs go, and are counted; the last ones are there, half of the capacity at least."""
    same_tool = SameTool(10)
    for number in range(97):
        same_tool.is_duplicate(*run(f"s{number}", parent=f"p{number}"))

    assert len(same_tool) <= same_tool.capacity
    assert same_tool.forgotten == 2 * 97 - len(same_tool)
    assert same_tool.is_duplicate(*run("p96", scope=FRAMEWORK))
    assert not same_tool.is_duplicate(*run("p0", scope=FRAMEWORK))


def test_a_place_that_is_taken_again_is_not_forgotten() -> None:
    """An agent that runs a tool again and again has one place, and nothing of it is lost."""
    same_tool = SameTool(10)
    for number in range(97):
        same_tool.is_duplicate(*run(f"s{number}", parent="agent"))

    assert same_tool.forgotten == 97 + 1 - len(same_tool)
