"""Numbers of a run: upper and lower bounds, at the limit, above it, and where no one knows."""

from decimal import Decimal
from typing import Any

import pytest
from tests.support.runs import make_trace, verdict_of

PASSED, BROKEN, NOT_EVALUATED = "passed", "broken", "not_evaluated"


@pytest.mark.parametrize(
    ("rule", "limit", "at_the_limit", "beyond", "kind"),
    [
        ("max_steps", 5, {"steps": 5}, {"steps": 6}, "too_many_steps"),
        ("max_tokens", 90, {"input_tokens": 80, "output_tokens": 10}, {"input_tokens": 91}, "too_many_tokens"),
        ("max_cost_usd", 0.5, {"cost_usd": Decimal("0.5")}, {"cost_usd": Decimal("0.51")}, "too_expensive"),
        ("max_seconds", 60, {"duration_seconds": 60.0}, {"duration_seconds": 60.1}, "too_slow"),
        ("min_documents", 3, {"retrievals": 1, "documents": 3}, {"retrievals": 1, "documents": 2}, "too_few_documents"),
        (
            "min_top_score",
            0.5,
            {"retrievals": 1, "top_score": 0.5},
            {"retrievals": 1, "top_score": 0.4},
            "low_relevance",
        ),
    ],
)
def test_a_bound_holds_up_to_its_limit(
    rule: str, limit: float, at_the_limit: dict[str, Any], beyond: dict[str, Any], kind: str
) -> None:
    """What equals the limit is within it."""
    assert verdict_of(make_trace(**at_the_limit), **{rule: limit}).result == PASSED
    (finding,) = verdict_of(make_trace(**beyond), **{rule: limit}).findings
    assert (finding.type, finding.rule) == (kind, rule)


@pytest.mark.parametrize(
    ("rule", "changes", "reason"),
    [
        ("max_tokens", {}, "no_tokens_reported"),
        ("max_cost_usd", {}, "no_cost_known"),
        ("max_cost_usd", {"cost_usd": Decimal("0.1"), "unpriced_calls": 1}, "no_cost_known"),
        ("max_steps", {"closed_by": "evicted"}, "evicted"),
        ("max_seconds", {"closed_by": "stop"}, "stopped"),
        ("min_documents", {"retrievals": 1}, "no_documents_reported"),
        ("min_top_score", {"retrievals": 1, "documents": 2}, "no_scores_reported"),
        ("min_documents", {"closed_by": "evicted"}, "evicted"),
        ("min_documents", {"status": "timeout"}, "run_failed"),
    ],
)
def test_a_number_that_no_one_reports_is_not_evaluated(rule: str, changes: dict[str, Any], reason: str) -> None:
    """It is neither zero nor within the bound."""
    verdict = verdict_of(make_trace(**changes), **{rule: 100})

    assert (verdict.result, verdict.reason) == (NOT_EVALUATED, reason)


def test_an_upper_bound_is_broken_before_the_run_ends() -> None:
    """More can only be worse; so can a cost that is known in part."""
    evicted = make_trace(closed_by="evicted", steps=9, cost_usd=Decimal(1), unpriced_calls=1)

    assert verdict_of(evicted, max_steps=8).result == BROKEN
    assert verdict_of(evicted, max_cost_usd=0.5).result == BROKEN


def test_a_run_that_never_searched_found_too_little() -> None:
    """Where the service reports its searches; elsewhere no one knows."""
    (finding,) = verdict_of(make_trace(), min_documents=1).findings

    assert (finding.type, finding.observed) == ("too_few_documents", "no search")
    assert verdict_of(make_trace(), frozenset(), min_documents=1).reason == "no_retrievals_reported"
