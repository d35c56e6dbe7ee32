"""Traffic that drifts raises an alert at the receiver, by how much worse answers are; steady traffic raises none."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import accumulate, cycle, islice
from typing import Any

import pytest
from tests.e2e.support.past import write_days, write_hours
from tests.e2e.support.stack import TIME_SCALE, Stack, start_stack
from tests.e2e.support.waiting import eventually, eventually_equal

from watchkeeper.analyzer.drift.histogram import of_values
from watchkeeper.metrics.catalogue import METRICS

CONFIG = "drift: {window_seconds: 120, least_values: 100}\n"
TOKENS = next(metric.buckets for metric in METRICS if metric.name == "llm_request_tokens")
USUAL, LONGER = (300, 700, 700, 1500, 3000), (1500, 3000, 6000, 6000, 12_000)
BRANCHES, OTHER_BRANCHES = {"answer": 8, "search": 2}, {"answer": 2, "search": 1, "human": 7}
STEADY, SHIFTED, WORSE = "steady-api", "shifted-api", "worse-api"
TEAM = "drift-team"
CALLS = 300
ALERT = "LLMDrift"
Labels = tuple[tuple[str, str], ...]


@dataclass
class Seen:
    """The stack after the analyzer has looked at three services, and what Slack received until both alerts came."""

    stack: Stack
    messages: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Give three services the same week, then let one go on, one change, and one change and get worse."""
    folder = tmp_path_factory.mktemp("drift")
    config = folder / "watchkeeper.yml"
    config.write_text(CONFIG)
    with ExitStack() as exits:
        stack = start_stack(folder / "bundle", exits, environ={"WATCHKEEPER_CONFIG": str(config)})
        write_days(stack, dict(past()), range(1, 8))
        write_hours(stack, dict(past_scores()), seconds=int(3 * 86_400 / TIME_SCALE))
        for batch in range(10):
            send(stack, batch)
            stack.let_prometheus_scrape()
        # It looks soon after its start, and knows nothing of before.
        stack.restart("analyzer")
        eventually("verdicts", lambda: stack.query("llm_drift_verdict"))
        found = {
            service: eventually(f"{service} is reported", lambda: message(stack, service))  # noqa: B023
            for service in (WORSE, SHIFTED)
        }
        yield Seen(stack, found)


def past() -> Iterator[tuple[Labels, float]]:
    """What counters of each service gained in ten seconds of every day: the usual tokens and branches."""
    counts = of_values(TOKENS, list(islice(cycle(USUAL), 50))).counts
    cumulative = zip([*(f"{bound:.1f}" for bound in TOKENS), "+Inf"], accumulate(counts), strict=True)
    buckets = list(cumulative)
    for service in (STEADY, SHIFTED, WORSE):
        for bound, count in buckets:
            yield labels("llm_request_tokens_bucket", service=service, type="input", le=bound), count
        for branch, share in BRANCHES.items():
            yield labels("llm_branch_decisions_total", service=service, node="router", branch=branch), share * 5


def past_scores() -> Iterator[tuple[Labels, float]]:
    """What rules would have recorded of good answers."""
    of = {"service": WORSE, "team": TEAM, "score": "faithfulness", "source": "judge"}
    yield labels("service_score:llm_score_count:increase6h", **of), 200.0
    yield labels("service_score:llm_score_sum:increase6h", **of), 180.0


def labels(name: str, **others: str) -> Labels:
    """Labels of a series as a key."""
    return tuple({"__name__": name, **others}.items())


def send(stack: Stack, batch: int) -> None:
    """A tenth of the calls of each service; at the end a new prompt version of the one that gets worse."""
    events: list[dict[str, Any]] = []
    for service in (STEADY, SHIFTED, WORSE):
        tokens = USUAL if service == STEADY else LONGER
        branches = BRANCHES if service == STEADY else OTHER_BRANCHES
        names = [name for name, share in branches.items() for _ in range(share)]
        common = {"service": service, "team": TEAM}
        for number in range(CALLS // 10):
            call = {"type": "llm_call", "model": "gpt-4o-mini", "provider": "openai", "prompt": "answer"}
            version = 2 if service == WORSE else 1
            events.append({**common, **call, "prompt_version": version, "input_tokens": tokens[number % len(tokens)]})
            events.append({**common, "type": "branch_decision", "node": "router", "branch": names[number % len(names)]})
    score = {"type": "score", "service": WORSE, "team": TEAM, "name": "faithfulness", "source": "judge", "value": 0.4}
    events += [score] * 10
    if not batch:
        events.append(
            {"type": "deployment", "service": WORSE, "team": TEAM, "name": "answer", "version": 2, "kind": "prompt"}
        )
    answer = stack.post("/v1/events", json.dumps(events).encode(), {"content-type": "application/json"})
    assert answer.status_code == 200, answer.text


def message(stack: Stack, service: str) -> dict[str, Any] | None:
    """The last message about drift of the tokens of a service."""
    found = [
        message
        for message in stack.receivers.slack
        if ALERT in json.dumps(message) and service in json.dumps(message) and "input_tokens" in json.dumps(message)
    ]
    return found[-1] if found else None


def test_drift_with_worse_answers_is_critical_and_names_the_change(seen: Seen) -> None:
    """The message has the size of the shift, how far the score fell, and what was deployed."""
    text = json.dumps(seen.messages[WORSE])

    assert "critical" in text.lower()
    assert "The distribution of input_tokens in worse-api has shifted: PSI" in text
    assert "Largest score drop" in text
    assert "Deployments in the last 2m: prompt." in text


def test_drift_without_scores_is_medium(seen: Seen) -> None:
    """It says that no one knows whether answers got worse."""
    text = json.dumps(seen.messages[SHIFTED])

    assert "medium" in text.lower()
    assert "No scores to show whether answers got worse." in text


def test_every_feature_that_moved_has_drifted(seen: Seen) -> None:
    """By what Prometheus has of the analyzer."""
    features = ("input_tokens", "branch/router")

    def drifted() -> set[tuple[str, str]]:
        found = [labels for labels, _ in seen.stack.query('llm_drift_verdict{verdict="drifted"}')]
        return {(one["service"], one["feature"]) for one in found if one["feature"] in features}

    eventually_equal(drifted, {(service, feature) for service in (SHIFTED, WORSE) for feature in features})


def test_steady_traffic_is_steady_and_no_one_is_notified(seen: Seen) -> None:
    """Of the same history."""
    query = f'llm_drift_verdict{{service="{STEADY}"}}'
    found = eventually("its verdicts", lambda: seen.stack.query(query))
    verdicts = {labels["feature"]: labels["verdict"] for labels, _ in found}

    assert (verdicts["input_tokens"], verdicts["branch/router"]) == ("steady", "steady")
    assert not any(alert["labels"].get("service") == STEADY and ALERT in str(alert) for alert in seen.stack.alerts())
    assert message(seen.stack, STEADY) is None


def test_what_has_no_past_is_not_called_steady(seen: Seen) -> None:
    """Durations and models of these services were never seen before."""
    found = eventually("verdicts", lambda: seen.stack.query('llm_drift_verdict{feature="model"}'))

    assert {labels["verdict"] for labels, _ in found} == {"learning"}
