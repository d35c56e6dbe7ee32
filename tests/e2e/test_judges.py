"""Judges on the real stack: captured answers in Loki become scores, a gate that fails reaches people, the cap holds."""

import itertools
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
import yaml
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually, eventually_equal
from tests.support.fake_model import FakeModel, fake_model
from tests.support.golden import spans_of
from tests.support.judges import grading, judging, make_evaluator
from tests.support.mutated_runs import replaced
from tests.support.otlp import as_protobuf

from watchkeeper.model import Span

SERVICE = "judged-bot"
PROTOBUF = {"content-type": "application/x-protobuf"}
(RECORDED,) = spans_of("opentelemetry-instrumentation-genai-openai-1.3b0", "chat.1")
ANSWERS = 14
# Half a cent each, of 1,000 tokens: the cap of five cents is ten verdicts.
CAP, EACH, VERDICTS = 0.05, "5", 10
# Younger lines may still be on their way to Loki, and are left for the next run.
SETTLED_SECONDS = 12


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeModel]:
    """A judge that finds every answer useless, over real HTTP."""
    with fake_model() as running:
        running.respond, running.model, running.output_tokens = grading(lambda _prompt: 1), "gpt-9", 1000
        yield running


@pytest.fixture(scope="module")
def stack(fake: FakeModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with captured content, after the judges have looked at answers of a real client."""
    folder = tmp_path_factory.mktemp("judges")
    evaluator = make_evaluator(
        match={"service": [SERVICE]}, judges=[{"model": "gpt", "weight": 1}], gate={"at_least": 0.7}
    )
    content = judging(fake.address, evaluator, limit=str(CAP), output_price=EACH)
    file = folder / "watchkeeper.yml"
    file.write_text(yaml.safe_dump({**content, "privacy": {"capture": "full"}}), encoding="utf-8")
    with ExitStack() as exits:
        stack = start_stack(folder / "bundle", exits, environ={"WATCHKEEPER_CONFIG": str(file)})
        answers = [asked_again(number) for number in range(1, ANSWERS + 1)]
        assert stack.post("/v1/traces", as_protobuf(*answers), PROTOBUF).is_success
        sent = time.monotonic()
        eventually("lines with their content", lambda: len(captured(stack)) == ANSWERS)
        eventually("lines that are settled", lambda: time.monotonic() - sent > SETTLED_SECONDS)
        # It reads every two minutes; a restart would lose what it counted, if it has read them already.
        yield stack


def asked_again(number: int) -> Span:
    """The same question once more, in a trace and with ids of its own."""
    mark = f"{time.time_ns() // 10**6 % 2**24:06x}{number:02x}"
    return msgspec.structs.replace(
        RECORDED,
        trace_id=mark + RECORDED.trace_id[8:],
        span_id=mark + RECORDED.span_id[8:],
        resource={**RECORDED.resource, "service.name": SERVICE},
        attributes=replaced(RECORDED.attributes, "chatcmpl-", f"chatcmpl-{mark}"),
    )


def captured(stack: Stack) -> list[dict[str, str]]:
    """Lines of calls that judges can read."""
    return stack.lines(f'{{event="llm_call_completed", service="{SERVICE}"}} |= `"capture":`')


def number(stack: Stack, query: str) -> float:
    """The value of a query with one series; 0 without one."""
    found = stack.query(query)
    return found[0][1] if found else 0.0


def expect(stack: Stack, expected: dict[str, float]) -> None:
    """Each query comes to its value: a scrape that a busy machine misses shows nothing."""
    eventually_equal(lambda: {query: number(stack, query) for query in expected}, expected)


def slack_of(stack: Stack, alert: str, words: str) -> dict[str, Any] | None:
    """What Slack was sent of an alert."""
    attachments = itertools.chain.from_iterable(body["attachments"] for body in stack.receivers.slack)
    return next((one for one in attachments if alert in one["title"] and words in json.dumps(one)), None)


def test_answers_in_loki_become_scores_and_a_gate_that_fails_reaches_people(stack: Stack) -> None:
    """The score and the gate are those of the service that answered; the message has nothing of what was said."""
    message = eventually("Slack is notified of the gate", lambda: slack_of(stack, "LLMQualityGateFailing", SERVICE))

    assert "0% of the answers of judged-bot passed gate helpful" in message["text"]
    assert "capital" not in json.dumps(stack.receivers.slack).lower()
    of_service = f'service="{SERVICE}"'
    expect(
        stack,
        {
            f'sum(llm_score_count{{{of_service}, score="helpful"}})': VERDICTS,
            f'sum(llm_score_sum{{{of_service}, score="helpful"}})': 0,
            f'sum(llm_quality_gate_total{{{of_service}, gate="helpful", result="failed"}})': VERDICTS,
        },
    )


def test_they_stop_at_the_cap_to_the_cent_and_people_hear_of_it(stack: Stack, fake: FakeModel) -> None:
    """Ten answers are asked about, four are not; what was spent is on the bill of the judges, and no more."""
    eventually("the alert about the cap", lambda: slack_of(stack, "LLMJudgeBudgetSpent", ""))

    # The cap may be reached, and reported, before the last answers are in Loki.
    expect(
        stack,
        {
            "llm_judge_spend_dollars": CAP,
            'sum(llm_judge_skipped_total{evaluator="helpful", reason="budget"})': ANSWERS - VERDICTS,
            'sum(llm_cost_dollars_total{service="watchkeeper-judges"})': CAP,
            'sum(llm_requests_total{service="watchkeeper-judges", operation="evaluate"})': VERDICTS,
        },
    )
    assert sum("chat/completions" in one.path for one in fake.received) == VERDICTS
