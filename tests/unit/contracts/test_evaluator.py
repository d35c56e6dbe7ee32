"""Which contracts are about a run, and what they say together."""

from typing import Any

import pytest
from tests.support.facts import make_context
from tests.support.runs import make_trace, verdict_of

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.evaluator import Evaluator, signals_of

RULE = {"max_steps": 1}


def contract(name: str, **changes: Any) -> Contract:
    """A contract that every run of two steps breaks."""
    return Contract.model_validate({"name": name, **RULE, **changes})


@pytest.mark.parametrize(
    ("whose", "is_about_it"),
    [
        ({}, True),
        ({"agent": ["supp*"]}, True),
        ({"agent": ["other"]}, False),
        ({"service": ["shop"], "agent": ["support"]}, True),
        ({"service": ["desk"], "agent": ["support"]}, False),
        ({"prompt": ["greeting"]}, True),
        ({"prompt": ["farewell"]}, False),
    ],
)
def test_a_contract_is_about_runs_of_its_agent_service_and_prompt(whose: dict[str, Any], *, is_about_it: bool) -> None:
    """All three must fit; what is left out fits anything."""
    trace = make_trace("a", context=make_context(agent="support", service="shop", prompt="greeting"))

    verdicts = Evaluator([contract("c", **whose)]).verdicts(trace, frozenset())

    assert bool(verdicts) is is_about_it


def test_each_contract_has_its_own_verdict() -> None:
    """A run can break one and pass another."""
    evaluator = Evaluator([contract("strict"), contract("lenient", max_steps=9)])

    verdicts = evaluator.verdicts(make_trace("a"), frozenset())

    assert [(one.contract, one.result) for one in verdicts] == [("strict", "broken"), ("lenient", "passed")]


def test_a_broken_rule_counts_although_another_cannot_be_evaluated() -> None:
    """And a rule that holds does not make up for one that no one can evaluate."""
    rules = {"max_tokens": 5, "human_review": True}

    assert verdict_of(make_trace(input_tokens=6), frozenset(), **rules).result == "broken"
    verdict = verdict_of(make_trace(input_tokens=5), frozenset(), **rules)
    assert (verdict.result, verdict.reason) == ("not_evaluated", "no_reviews_reported")


def test_a_run_shows_what_its_service_reports() -> None:
    """Its own facts are enough, also those of which there are too many."""
    trace = make_trace("a", branches=[("n", "b")], retrievals=1, reviews=1, guardrails=None)

    assert signals_of(trace) == {"tools", "branches", "retrievals", "reviews", "guardrails"}
    assert signals_of(make_trace()) == frozenset()
