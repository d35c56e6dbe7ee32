"""Agents that go wrong without an error, as a real client reports them, reach people with the agent and the tool."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import httpx
import msgspec
import pytest
import yaml
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.waiting import eventually
from tests.support.golden import spans_of
from tests.support.mutated_runs import FIRST, SECOND, dropped, in_trace, looping, replaced
from tests.support.otlp import as_protobuf

from watchkeeper.config.contracts import Contract
from watchkeeper.contracts.evaluator import Evaluator
from watchkeeper.model import Span
from watchkeeper.operator.contracts.check import outcomes
from watchkeeper.operator.contracts.learn import learn
from watchkeeper.operator.contracts.past_runs import PastRuns

AGENT = "weather_agent"
ANSWER = "It is 14 C and raining in Paris, so take an umbrella. 14 C is 57.2 F."
CONTRACT = {"name": "weather", "agent": [AGENT], "tools": {"expect": [FIRST, SECOND]}}
PROTOBUF = {"content-type": "application/x-protobuf"}
RECORDED = spans_of("opentelemetry-util-genai-1.3b0", "handler_agent.1")
Change = Callable[[Sequence[Span]], list[Span]]


def babbling(spans: Sequence[Span]) -> list[Span]:
    """The agent's last answer is the same two words, to the end of its tokens."""
    stuck = "the weather " * 200
    return [msgspec.structs.replace(one, attributes=replaced(one.attributes, ANSWER, stuck)) for one in spans]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bundle with a contract, which may look at answers."""
    folder = tmp_path_factory.mktemp("silent")
    file = folder / "own.yml"
    file.write_text(yaml.safe_dump({"contracts": [CONTRACT], "privacy": {"inspect": True}}))
    with ExitStack() as exits:
        yield start_stack(folder / "bundle", exits, environ={"WATCHKEEPER_CONFIG": str(file)})


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Each trace has a number of its own."""
    return itertools.count(1)


def send(stack: Stack, service: str, change: Change, numbers: Iterator[int]) -> None:
    """One run that went well, and two that went wrong in a way."""
    spans = [*in_trace(RECORDED, next(numbers) % 256)]
    for _ in range(2):
        spans += in_trace(change(RECORDED), next(numbers) % 256)
    mark = f"{time.time_ns() // 10**6 % 2**24:06x}"
    own = [_of_service(span, service, mark) for span in spans]
    assert stack.post("/v1/traces", as_protobuf(*own), PROTOBUF).is_success


def _of_service(span: Span, service: str, mark: str) -> Span:
    """The same span of another service, in a trace and with ids that were never sent before."""
    return msgspec.structs.replace(
        span,
        trace_id=mark + span.trace_id[6:],
        span_id=_marked(span.span_id, mark),
        parent_span_id=_marked(span.parent_span_id, mark),
        resource={**span.resource, "service.name": service},
        attributes=replaced(span.attributes, "chatcmpl-", f"chatcmpl-{mark}"),
    )


def _marked(span_id: str, mark: str) -> str:
    return span_id and span_id[:4] + mark + span_id[10:]


def slack_of(stack: Stack, alert: str, service: str) -> dict[str, Any] | None:
    """What Slack was sent of an alert that fires."""
    attachments = (one for body in stack.receivers.slack for one in body["attachments"])
    return next((one for one in attachments if alert in one["title"] and service in one["title"] + one["text"]), None)


@pytest.mark.parametrize(
    ("alert", "service", "change", "named"),
    [
        ("LLMToolSkipped", "skipping-bot", dropped, [AGENT, f"ended without the tool {SECOND}"]),
        ("LLMAgentLoop", "looping-bot", looping, [AGENT, f"beginning with the tool {SECOND}"]),
        ("LLMSilentFailures", "babbling-bot", babbling, [AGENT, "gibberish"]),
    ],
)
def test_an_agent_that_goes_wrong_reaches_people(  # a row of the table, and two fixtures
    stack: Stack, numbers: Iterator[int], *, alert: str, service: str, change: Change, named: list[str]
) -> None:
    """The alert arrives with what is wrong where; the line has the same, and nothing of what was said."""

    def go_on() -> dict[str, Any] | None:
        send(stack, service, change, numbers)
        return slack_of(stack, alert, service)

    message = eventually(f"Slack is notified of {alert}", go_on)

    assert all(words in message["text"] for words in named), message["text"]
    lines = eventually("its line", lambda: stack.lines(f'{{event="silent_failure_detected", service="{service}"}}'))
    assert not any("umbrella" in line["line"] or "the weather the" in line["line"] for line in lines)


def test_the_past_is_evaluated_as_the_present_was(stack: Stack) -> None:
    """What Loki kept of the runs is enough for the contract to find them again, and to learn from good ones."""

    def past(service: str) -> list[Any]:
        with httpx.Client(base_url=stack.url("loki", ""), timeout=30, trust_env=False) as client:
            now_ns = time.time_ns()
            found = PastRuns(client, now_ns - 3600 * 10**9, now_ns).of(AGENT)
        return [run for run in found if run.context.service == service]

    runs = eventually("runs in Loki", lambda: past("skipping-bot"))
    found = outcomes(Evaluator([Contract.model_validate(CONTRACT)]), runs, ["weather"])["weather"]
    good = [run for run in runs if len(run.tool_runs) == 2]

    assert set(found.findings) == {("tool_skipped", SECOND)}
    assert found.results["broken"] + found.results["passed"] == len(runs)
    assert {line.keys: line.value for line in learn(good)}["tools", "expect"] == [FIRST, SECOND]
