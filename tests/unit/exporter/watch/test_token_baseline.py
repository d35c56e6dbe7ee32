"""Runs that take several times the tokens that a step of their agent usually takes."""

from typing import Any

import pytest
from tests.support.facts import make_context
from tests.support.runs import make_trace

from watchkeeper.exporter.watch.token_baseline import Spike, TokenBaselines
from watchkeeper.model import Trace


def run_of(tokens: int | None, steps: int = 2, **changes: Any) -> Trace:
    """A run of so many tokens."""
    return make_trace(steps=steps, input_tokens=tokens, **changes)


def known() -> TokenBaselines:
    """Twenty usual runs of 100 tokens a step."""
    baselines = TokenBaselines()
    for _ in range(20):
        assert baselines.see(run_of(200)) is None
    return baselines


def test_more_than_three_times_the_usual_is_a_spike() -> None:
    """Three times is not."""
    assert known().see(run_of(600)) is None
    assert known().see(run_of(602)) == Spike(301.0, 100.0)


def test_of_an_agent_whose_runs_differ_widely_three_times_the_usual_is_none() -> None:
    """A quarter and four times the usual are as far off; what is far beyond both is a spike."""
    baselines = TokenBaselines()
    for number in range(40):
        baselines.see(run_of(200 * (1, 1, 2, 4)[number % 4] // (1, 4, 1, 1)[number % 4]))

    assert baselines.see(run_of(200 * 4)) is None
    assert baselines.see(run_of(200 * 8)) is None
    assert baselines.see(run_of(200 * 100)) is not None


def test_runs_without_tokens_are_no_reason_to_fail() -> None:
    """Where nothing is usual, whatever comes is a spike."""
    baselines = TokenBaselines()
    for _ in range(20):
        baselines.see(run_of(0))

    assert baselines.see(run_of(0)) is None
    assert baselines.see(run_of(10)) is not None


def test_nothing_is_said_before_twenty_runs() -> None:
    """Nineteen say little about what is usual."""
    baselines = TokenBaselines()
    for _ in range(19):
        baselines.see(run_of(200))

    assert baselines.see(run_of(10_000)) is None
    assert baselines.see(run_of(10_000)) is not None


def test_a_longer_run_is_compared_with_longer_runs() -> None:
    """Each step sends the whole history again: what grows by itself is no spike."""
    assert known().see(run_of(20_000, steps=20)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"context": make_context(agent="other", service="shop")},
        {"context": make_context(agent="support", service="desk")},
        {"context": make_context(agent="support", service="shop", tenant="acme")},
        {"context": make_context(agent="", service="shop")},
    ],
    ids=["another agent", "another service", "another tenant", "no agent"],
)
def test_each_agent_is_compared_with_itself(changes: dict[str, Any]) -> None:
    """What is usual for one is not for another."""
    assert known().see(run_of(10_000, **changes)) is None


def test_what_is_new_becomes_usual() -> None:
    """The last 64 runs say what is usual, and one that reports nothing is none of them."""
    baselines = known()
    for _ in range(64):
        baselines.see(run_of(1_000))

    assert baselines.see(run_of(None)) is None
    assert baselines.see(run_of(1_000)) is None
