"""Branches, fallbacks, reviews, guardrails and answers."""

from typing import Any

import pytest
from tests.support.runs import found_in, make_trace, verdict_of

from watchkeeper.model import Answer

REFUND = [("intent", "refund")]
WHEN = [{"branch": "refund", "tools": ["pay_back"], "human_review": True}]


@pytest.mark.parametrize(
    ("trace", "found"),
    [
        (make_trace("pay_back", branches=REFUND, reviews=1), []),
        (make_trace(branches=[("intent", "faq")]), []),
        (
            make_trace("lookup", branches=REFUND),
            [("tool_skipped", "when[0].tools", "pay_back"), ("review_skipped", "when[0].human_review", "")],
        ),
    ],
    ids=["as it should", "another branch", "nothing of it"],
)
def test_a_branch_asks_for_what_belongs_to_it(trace: Any, found: list[tuple[str, str, str]]) -> None:
    """Runs that took another one owe nothing."""
    assert found_in(trace, when=WHEN) == found


def test_a_branch_of_another_node_is_another_branch() -> None:
    """Where the contract says which node it means."""
    when = [{"branch": "refund", "node": "route", "tools": ["pay_back"]}]

    assert verdict_of(make_trace(branches=REFUND), when=when).result == "passed"


@pytest.mark.parametrize(
    ("forbid", "changes", "found"),
    [
        ({"models": ["gpt-3.5*"]}, {"models": ("gpt-3.5-turbo", "gpt-4o")}, [("fallback", "forbid.models", "")]),
        ({"models": ["gpt-3.5*"]}, {"models": ("gpt-4o",)}, []),
        (
            {"branches": ["*fallback*"]},
            {"branches": [("route", "use-fallback")]},
            [("fallback", "forbid.branches", "")],
        ),
        ({"branches": ["fallback"]}, {"branches": REFUND}, []),
    ],
)
def test_a_fallback_is_found(forbid: Any, changes: dict[str, Any], found: list[tuple[str, str, str]]) -> None:
    """By patterns."""
    assert found_in(make_trace(**changes), forbid=forbid) == found


def test_a_forbidden_tool_is_a_fallback() -> None:
    """It names the tool, each once."""
    assert found_in(make_trace("guess", "guess"), forbid={"tools": ["guess*"]}) == [
        ("fallback", "forbid.tools", "guess")
    ]
    assert found_in(make_trace("search"), forbid={"tools": ["guess*"]}) == []


def test_review_and_guardrail_are_required() -> None:
    """Each of them by name."""
    rules = {"human_review": True, "guardrails": ["pii", "toxicity"]}

    assert found_in(make_trace(reviews=1, guardrails=("pii", "toxicity")), **rules) == []
    assert found_in(make_trace(guardrails=("pii",)), **rules) == [
        ("review_skipped", "human_review", ""),
        ("guardrail_skipped", "guardrails", ""),
    ]


@pytest.mark.parametrize(
    ("contract", "changes", "reason"),
    [
        ({"forbid": {"models": ["m"]}}, {"models": None}, "cut"),
        ({"forbid": {"models": ["m"]}}, {}, "no_models_reported"),
        ({"forbid": {"models": ["m"]}}, {"models": ("n",), "closed_by": "evicted"}, "evicted"),
        ({"forbid": {"tools": ["m"]}}, {"tool_calls": 70}, "cut"),
        ({"forbid": {"branches": ["m"]}}, {"branch_decisions": 70}, "cut"),
        ({"when": WHEN}, {"closed_by": "stop"}, "stopped"),
        ({"guardrails": ["pii"]}, {"guardrails": None}, "cut"),
        ({"human_review": True}, {"status": "error"}, "run_failed"),
        ({"output": {"min_length": 2}}, {}, "no_answer_inspected"),
        ({"output": {"json_schema": {"type": "object"}}}, {}, "no_answer_inspected"),
        ({"output": {"min_length": 2}}, {"answer": Answer(1), "closed_by": "evicted"}, "evicted"),
        ({"output": {"min_length": 2}}, {"answer": Answer(1), "status": "error"}, "run_failed"),
    ],
)
def test_what_no_one_can_say_is_not_evaluated(contract: dict[str, Any], changes: dict[str, Any], reason: str) -> None:
    """It has not passed either."""
    verdict = verdict_of(make_trace(**changes), **contract)

    assert (verdict.result, verdict.reason) == ("not_evaluated", reason)


@pytest.mark.parametrize(
    ("contract", "reason"),
    [
        ({"forbid": {"tools": ["m"]}}, "no_tools_reported"),
        ({"forbid": {"branches": ["m"]}}, "no_branches_reported"),
        ({"when": WHEN}, "no_branches_reported"),
        ({"human_review": True}, "no_reviews_reported"),
        ({"guardrails": ["pii"]}, "no_guardrails_reported"),
    ],
)
def test_what_a_service_never_reported_is_not_evaluated(contract: dict[str, Any], reason: str) -> None:
    """Nothing can be concluded from what is missing."""
    verdict = verdict_of(make_trace(), frozenset(), **contract)

    assert (verdict.result, verdict.reason) == ("not_evaluated", reason)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (Answer(9), "output.min_length"),
        (Answer(10), ""),
        (Answer(20), ""),
        (Answer(21), "output.max_length"),
        (Answer(15, broken_schemas=("given",)), "output.json_schema"),
        (Answer(15, broken_schemas=("another",)), ""),
    ],
)
def test_the_bounds_of_an_answer(answer: Answer, rule: str) -> None:
    """Both ends belong to what is allowed, and the schema is this contract's own."""
    output = {"min_length": 10, "max_length": 20, "json_schema": {"type": "object"}}

    verdict = verdict_of(make_trace(answer=answer), output=output)

    assert [finding.rule for finding in verdict.findings] == ([rule] if rule else [])
    assert verdict.result == ("broken" if rule else "passed")
