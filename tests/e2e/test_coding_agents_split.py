"""The page "Coding agents by user and repository" on the bundle's Loki: its sums are those of what was sent."""

import json
import time
from collections.abc import Callable, Collection
from random import Random
from typing import Any

import pytest
from tests.e2e.support.coding import coding
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.agent_metrics import agent_metrics
from tests.support.exporter import JSON, PROTOBUF
from tests.support.panels import DEFAULTS, panel_queries

PAGE = "llm-coding-agents-by"
# No one else's: the stack is shared.
SERVICE = "agents-split"
REPOSITORIES = ("acme/search", "acme/shop")
OF_ONE = {
    ("claude_code.session.count", ""): 1.0,
    ("claude_code.active_time.total", "cli"): 60.5,
    ("claude_code.lines_of_code.count", "added"): 12.0,
    ("claude_code.lines_of_code.count", "removed"): 3.0,
    ("claude_code.commit.count", ""): 2.0,
    ("claude_code.pull_request.count", ""): 1.0,
}
# Requests, input, removed lines, and what people accepted.
ADDED_UP = ("What they cost/B", "What they cost/D", "What comes of it/D", "What comes of it/G")
Sums = dict[str, dict[str, float]]
Event = dict[str, Any]


def sent() -> list[Event]:
    """Prompts of some users in two repositories."""
    random = Random(7)
    prompts = [(name, coding(random)) for _ in range(20) for name in REPOSITORIES]
    return [{**event, "service": SERVICE, "repository": name} for name, events in prompts for event in events]


@pytest.fixture(scope="module")
def worked(stack: Stack) -> Stack:
    """The bundle with the lines of what was sent, and of what came of it in each repository."""
    assert stack.post("/v1/events", json.dumps(sent()).encode(), JSON).is_success
    for name in REPOSITORIES:
        resource = {"service.name": SERVICE, "vcs.repository.name": name}
        assert stack.post(
            "/v1/metrics", agent_metrics(OF_ONE, at=time.time_ns(), resource=resource), PROTOBUF
        ).is_success
    counted = "llm_call_completed|human_review_recorded|coding_agent_activity_recorded"
    expected = len([event for event in sent() if event["type"] != "tool_call"]) + len(REPOSITORIES)
    everything = f'sum(count_over_time({{service="{SERVICE}", event=~"{counted}"}}[1h]))'
    eventually("all lines", lambda: values(stack, everything).get("") == expected)
    return stack


def values(stack: Stack, query: str, label: str = "") -> dict[str, float]:
    """The answer at this moment, by a label."""
    answer = stack.client.get(stack.url("loki", "/loki/api/v1/query"), params={"query": query})
    assert answer.is_success, answer.text
    return {one["metric"].get(label, ""): float(one["value"][1]) for one in answer.json()["data"]["result"]}


def shown(stack: Stack, by: str, columns: Collection[str] = ()) -> Sums:
    """What the two tables show, by panel and letter of the column; all columns where none are named."""
    chosen = {**DEFAULTS, "by": by, "service": SERVICE}
    asked = [one for one in panel_queries(chosen) if one.dashboard == PAGE and one.is_instant]
    queries = [one for one in asked if not columns or f"{one.panel}/{one.ref_id}" in columns]
    return {f"{query.panel}/{query.ref_id}": values(stack, query.expr, by) for query in queries}


def total(what: Callable[[Event], float], repository: str) -> float:
    """The sum over what was sent of a repository."""
    return sum(what(event) for event in sent() if event["repository"] == repository)


def test_the_columns_are_sums_of_what_was_sent(worked: Stack) -> None:
    """By repository, added up without LogQL: tokens, requests, shares, and what came of it."""
    found = shown(worked, "repository")

    for name in REPOSITORIES:
        requests = total(lambda event: event["type"] == "llm_call", name)
        failed = total(lambda event: event.get("status") == "error" and event["type"] == "llm_call", name)
        inputs = total(lambda event: event.get("input_tokens", 0), name)
        cached = total(lambda event: event.get("cached_input_tokens", 0), name)
        accepted = total(lambda event: event.get("outcome") == "approved", name)
        assert found["What they cost/B"][name] == requests
        assert found["What they cost/C"].get(name, 0) == pytest.approx(failed / requests)
        assert found["What they cost/D"][name] == inputs
        assert found["What they cost/F"][name] == cached
        assert found["What they cost/G"][name] == pytest.approx(cached / inputs)
        assert found["What they cost/H"][name] == pytest.approx(inputs / (requests - failed))
        assert [found[f"What comes of it/{letter}"][name] for letter in "BCDEF"] == [60.5, 12, 3, 2, 1]
        assert found["What comes of it/G"][name] == accepted


@pytest.mark.parametrize("by", ["user_hash", "model"])
def test_however_it_is_split_the_sum_is_the_same(worked: Stack, by: str) -> None:
    """What has no name of the kind that is chosen is a row of its own, and no amount is lost."""
    found, whole = shown(worked, by, ADDED_UP), shown(worked, "repository", ADDED_UP)

    for column in ADDED_UP:
        assert sum(found[column].values()) == pytest.approx(sum(whole[column].values())), column
