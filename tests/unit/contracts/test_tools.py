"""Which tools a run should use: the match modes, counts and orders."""

from typing import Any

import pytest
from tests.support.runs import found_in, make_trace, verdict_of

SKIPPED, SURPLUS, ORDER = "tool_skipped", "unexpected_tool", "tool_order"
EXPECT = "tools.expect"


@pytest.mark.parametrize(
    ("match", "used", "found"),
    [
        ("superset", ("a", "b"), []),
        ("superset", ("b", "x", "a"), []),
        ("superset", ("b", "x"), [(SKIPPED, EXPECT, "a")]),
        ("superset", (), [(SKIPPED, EXPECT, "a"), (SKIPPED, EXPECT, "b")]),
        ("superset", ("a", "b!"), []),
        ("subset", ("b",), []),
        ("subset", (), []),
        ("subset", ("b", "x"), [(SURPLUS, EXPECT, "x")]),
        ("subset", ("a", "b", "a"), [(SURPLUS, EXPECT, "a")]),
        ("subset", ("a!", "b", "a"), []),
        ("unordered", ("b", "a"), []),
        ("unordered", ("b",), [(SKIPPED, EXPECT, "a")]),
        ("unordered", ("x", "b"), [(SKIPPED, EXPECT, "a"), (SURPLUS, EXPECT, "x")]),
        ("strict", ("a", "b"), []),
        ("strict", ("a!", "a", "b"), []),
        ("strict", ("b", "a"), [(ORDER, EXPECT, "b")]),
        ("strict", ("a",), [(SKIPPED, EXPECT, "b")]),
    ],
)
def test_expected_tools_are_compared_as_the_mode_says(
    match: str, used: tuple[str, ...], found: list[tuple[str, str, str]]
) -> None:
    """The modes of the field: exactly these, none but these, all of these; a retry is no second run."""
    assert found_in(make_trace(*used), tools={"expect": ["a", "b"], "match": match}) == found


@pytest.mark.parametrize(
    ("rules", "used", "found"),
    [
        ({"at_least": {"a": 2}}, ("a", "a"), []),
        ({"at_least": {"a": 2}}, ("a", "b"), [(SKIPPED, "tools.at_least", "a")]),
        ({"at_most": {"a": 2}}, ("a", "a"), []),
        ({"at_most": {"a": 2}}, ("a!", "a!", "a"), [(SURPLUS, "tools.at_most", "a")]),
        ({"before": [["a", "b"]]}, ("a", "b", "b"), []),
        ({"before": [["a", "b"]]}, ("a",), []),
        ({"before": [["a", "b"]]}, ("b", "a"), [(ORDER, "tools.before", "b")]),
        ({"before": [["a", "b"]]}, ("b",), [(ORDER, "tools.before", "b")]),
    ],
)
def test_counts_and_pairs(rules: dict[str, Any], used: tuple[str, ...], found: list[tuple[str, str, str]]) -> None:
    """Failed tries count for at_most alone, and a pair whose second tool never ran is no matter."""
    assert found_in(make_trace(*used), tools=rules) == found


@pytest.mark.parametrize(
    ("rules", "changes", "reason"),
    [
        ({"expect": ["a"]}, {"closed_by": "evicted"}, "evicted"),
        ({"expect": ["a"]}, {"closed_by": "stop"}, "stopped"),
        ({"expect": ["a"]}, {"closed_by": "too_long"}, "too_long"),
        ({"expect": ["a"]}, {"status": "error"}, "run_failed"),
        ({"expect": ["a"]}, {"tool_calls": 9}, "cut"),
        ({"expect": ["b"], "match": "subset"}, {"tool_calls": 9}, "cut"),
        ({"at_most": {"b": 1}}, {"closed_by": "evicted"}, "evicted"),
        ({"before": [["a", "b"]]}, {"closed_by": "stop"}, "stopped"),
        ({"before": [["a", "c"]]}, {"closed_by": "stop"}, "stopped"),
    ],
)
def test_what_may_yet_have_happened_is_not_evaluated(
    rules: dict[str, Any], changes: dict[str, Any], reason: str
) -> None:
    """Of a run that is known in part nothing missing can be concluded, and it has not passed."""
    verdict = verdict_of(make_trace("b", **changes), tools=rules)

    assert (verdict.result, verdict.reason, verdict.findings) == ("not_evaluated", reason, ())


@pytest.mark.parametrize(
    "rules", [{"expect": ["a"]}, {"expect": ["a"], "match": "subset"}, {"at_most": {"a": 1}}, {"before": [["a", "b"]]}]
)
def test_a_service_that_never_reported_a_tool_is_not_evaluated_by_tools(rules: dict[str, Any]) -> None:
    """Its client may send no spans of tools at all."""
    verdict = verdict_of(make_trace(), frozenset(), tools=rules)

    assert (verdict.result, verdict.reason) == ("not_evaluated", "no_tools_reported")


@pytest.mark.parametrize("changes", [{"closed_by": "evicted"}, {"status": "error"}, {"tool_calls": 9}])
def test_what_is_too_much_already_is_broken_whatever_follows(changes: dict[str, Any]) -> None:
    """A tool that ran did run."""
    verdict = verdict_of(make_trace("a", "a", **changes), tools={"at_most": {"a": 1}, "expect": ["b"]})

    assert (verdict.result, [one.rule for one in verdict.findings]) == ("broken", ["tools.at_most"])


def test_a_long_run_is_described_by_its_first_tools() -> None:
    """What happened is names, and not all of them."""
    (finding,) = verdict_of(make_trace(*["a"] * 20), tools={"expect": ["b"]}).findings

    assert (finding.expected, finding.observed) == ("b", ", ".join(["a"] * 12) + " and 8 more")
