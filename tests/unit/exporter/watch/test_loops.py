"""Runs that go round in circles, and honest ones that only look like it."""

import pytest
from tests.support.runs import make_trace

from watchkeeper.exporter.watch.loops import Loop, find_loop
from watchkeeper.model import ToolRun, Trace


def run_of(*calls: str) -> Trace:
    """A run of calls like ``a1`` (a tool and its arguments), ``a`` (arguments unknown), ``a1!`` (it failed)."""
    runs = tuple(
        ToolRun(call[0], int(call[1:].removesuffix("!") or 0), "error" if call.endswith("!") else "ok")
        for call in calls
    )
    return make_trace(tool_runs=runs, tool_calls=len(runs))


@pytest.mark.parametrize(
    ("calls", "loop"),
    [
        (("a1", "a1", "a1"), Loop(("a",), 3)),
        (("x1", "a1", "a1", "a1", "a1", "y1"), Loop(("a",), 4)),
        (("a1", "b1", "a1", "b1"), Loop(("a", "b"), 2)),
        (("x1", "a1", "b1", "a1", "b1", "a1"), Loop(("b", "a"), 2)),
        (("a1", "b1", "c1") * 2, Loop(("a", "b", "c"), 2)),
        (("a1", "b1", "c1", "d1") * 3, Loop(("a", "b", "c", "d"), 3)),
        (("a1", "a2") * 2, Loop(("a", "a"), 2)),
        (("a1!",) * 6, Loop(("a",), 6)),
        (("a",) * 11, Loop(("a",), 11)),
        (("a", "b") * 11, Loop(("a", "b"), 11)),
        (("a1", "b1", "b1", "a1", "a1", "c1", "b1", "c1", "a1"), Loop(("a", "b", "c"), 4)),
    ],
)
def test_a_circle_is_found(calls: tuple[str, ...], loop: Loop) -> None:
    """By the same arguments in the same order, by very few different calls, and by many rounds of unknown ones."""
    assert find_loop(run_of(*calls)) == loop


@pytest.mark.parametrize(
    "calls",
    [
        (),
        ("a1", "a1"),
        ("a1", "b1", "a1"),
        tuple(f"a{n}" for n in range(1, 31)),
        ("a1", "b1", "a2", "b1", "a3", "b1", "a4", "b1", "a5", "b1"),
        ("a1!", "a1!", "a1"),
        ("a1!", "a1!", "a1!", "a1!", "a1!"),
        ("a", "a", "a", "a"),
        ("a", "b") * 10,
        ("a", "b1", "a", "b1"),
        ("a1", "b1", "c1", "d1", "e1") * 2,
    ],
    ids=[
        "no tools",
        "asked twice",
        "there and back",
        "thirty files, each once",
        "the same check after each change",
        "a retry that worked",
        "five tries that failed",
        "no arguments are known",
        "ten rounds of unknown arguments",
        "one of two is known",
        "a circle of five",
    ],
)
def test_progress_is_no_circle(calls: tuple[str, ...]) -> None:
    """Other arguments are progress, tries that failed may be made again, and unknown arguments may be others."""
    assert find_loop(run_of(*calls)) is None
