"""Answers are looked at in memory, and nothing of them is kept but lengths and names."""

import json
from typing import Any

import msgspec
import pytest
from tests.support.facts import make_call, make_context, make_span
from tests.support.golden import spans_of

from watchkeeper.config.contracts import Contract
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.watch.answer_text import MAX_LENGTH, is_json_asked, read_answer, read_question
from watchkeeper.exporter.watch.inspector import Inspector
from watchkeeper.model import AgentStep, Answer, LlmCall

LAST_ANSWER = "It is 14 C and raining in Paris, so take an umbrella. 14 C i"
AGENTS = (
    ("langfuse-5.0.4", "agent.1"),
    ("openai-agents-0.24.0+openinference-2.6.0", "agent.1"),
    ("openinference-0.1.66", "agent.1"),
    ("openinference-0.1.66", "lc_agent.1"),
    ("openlit-1.45.0", "agent.2"),
    ("opentelemetry-instrumentation-genai-openai-1.3b0", "agent_json.1"),
    ("opentelemetry-util-genai-1.3b0", "handler_agent.1"),
    ("pydantic-ai-2.68.0+logfire-5.2.0", "agent.1"),
    ("traceloop-sdk-0.62.4", "agent.1"),
    ("vercel-ai-sdk-6.0.326", "ai_agent.1"),
)
SCHEMA = {"type": "object", "required": ["answer"]}


@pytest.mark.parametrize(("library", "payload"), AGENTS)
def test_answers_of_real_clients_are_read(library: str, payload: str) -> None:
    """Two calls of tools and an answer, whatever a library calls them, and nothing wrong in any."""
    spans = spans_of(library, payload)
    normaliser = Normaliser(DIALECTS, Inspector([]).inspect)

    calls = [
        (fact, read_answer(span)) for span in spans for fact in normaliser.read(span).facts if isinstance(fact, LlmCall)
    ]
    answers = [(fact.answer, text) for fact, text in calls if fact.answer is not None and text is not None]

    assert sorted(answer.is_final for answer, _ in answers) == [False, False, True]
    assert {answer.symptoms for answer, _ in answers} == {()}
    assert [text.text[: len(LAST_ANSWER)] for answer, text in answers if answer.is_final] == [LAST_ANSWER]
    assert LAST_ANSWER.encode() not in msgspec.json.encode([fact for fact, _ in calls])


@pytest.mark.parametrize(
    ("attributes", "text", "arguments"),
    [
        ({"output.value": "plain"}, "plain", ()),
        ({"output.value": '{"answer": 4}'}, '{"answer": 4}', ()),
        ({"gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"a"}]}]'}, "a", ()),
        ({"gen_ai.output.messages": '[{"role":"assistant","parts":[]}]'}, "", ()),
        ({"gen_ai.completion.0.content": "a", "gen_ai.completion.0.role": "assistant"}, "a", ()),
        ({"gen_ai.completion.0.tool_calls.0.arguments": "{"}, "", ("{",)),
        ({"llm.output_messages.0.message.contents.0.message_content.text": "a"}, "a", ()),
        ({"langfuse.observation.output": '{"role":"assistant","content":"a","tool_calls":null}'}, "a", ()),
        ({"output.value": '{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}'}, "a", ()),
        ({"output.value": '{"content":[{"type":"tool_use","input":"{"}]}'}, "", ("{",)),
        ({"output.value": "[" * 100_000}, None, ()),
        ({"output.value": "[" * 10_000}, "[" * 10_000, ()),
        ({"gen_ai.completion.0.content": "x" * (MAX_LENGTH + 1)}, None, ()),
        ({"http.method": "GET"}, None, ()),
    ],
)
def test_where_an_answer_is(attributes: dict[str, Any], text: str | None, arguments: tuple[str, ...]) -> None:
    """In messages with parts, numbered, in choices, or as it is; what is too long is not looked at."""
    answer = read_answer(make_span(attributes))

    assert (None if answer is None else answer.text) == text
    assert (() if answer is None else answer.arguments) == arguments


@pytest.mark.parametrize(
    ("attributes", "question"),
    [
        ({"gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"q"}]}]'}, "q"),
        ({"input.value": '{"messages":[{"role":"user","content":"1"},{"role":"user","content":"2"}]}'}, "2"),
        ({"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "s"}, ""),
        ({"gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": "q", "gen_ai.prompt.0.role": "user"}, "q"),
        ({"gen_ai.input.messages": '[{"role":"tool","content":"t"}]'}, ""),
        ({}, ""),
    ],
)
def test_what_was_asked_last(attributes: dict[str, Any], question: str) -> None:
    """By the last message of a person."""
    assert read_question(make_span(attributes)) == question


@pytest.mark.parametrize(
    ("attributes", "is_asked"),
    [
        ({"gen_ai.output.type": "json"}, True),
        ({"gen_ai.output.type": "text"}, False),
        ({"gen_ai.openai.request.response_format": "json_schema"}, True),
        ({"gen_ai.openai.request.response_format": "text"}, False),
        ({"llm.invocation_parameters": '{"model":"m","response_format": {"type": "json_object"}}'}, True),
        ({"llm.invocation_parameters": '{"model":"m"}'}, False),
        ({}, False),
    ],
)
def test_whether_json_was_asked_for(attributes: dict[str, Any], *, is_asked: bool) -> None:
    """Library by library."""
    assert is_json_asked(make_span(attributes)) is is_asked


def inspected(text: str, fact: Any, **contract: Any) -> Answer | None:
    """What is seen in an answer."""
    given = Contract.model_validate({"name": "c", "output": {"json_schema": SCHEMA}, **contract})
    answer: Answer | None = Inspector([given]).inspect(fact, make_span({"output.value": text})).answer  # type: ignore[union-attr]
    return answer


def test_a_schema_is_held_against_answers_of_its_service() -> None:
    """Another service's are none of its matter."""
    call = make_call(context=make_context(service="shop"))

    assert inspected('{"answer": 4}', call) == Answer(13)
    assert inspected('{"question": 4}', call) == Answer(15, ("c",))
    assert inspected("in words", call) == Answer(8, ("c",))
    assert inspected("in words", call, service=["desk"]) == Answer(8)


def test_what_is_not_looked_at() -> None:
    """Calls that failed, embeddings, steps that are no agent's run, and other facts."""
    context = make_context()
    for fact in (
        make_call(status="error"),
        make_call(context=make_context(operation="embeddings")),
        AgentStep(context=context, kind="plan"),
        AgentStep(context=context, kind="invoke_agent", status="error"),
    ):
        assert inspected("text", fact) is None


def test_the_answer_of_an_agent_has_no_symptoms_of_its_own() -> None:
    """They are those of the call that it came from."""
    agent = AgentStep(context=make_context(), kind="invoke_agent")

    assert inspected("...", agent) == Answer(3, ("c",))
    assert inspected("...", make_call()) == Answer(3, ("c",), ("too_short",))


def test_an_answer_that_calls_a_tool_is_none_yet() -> None:
    """No schema is asked of it."""
    message = {"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": "{"}}]}

    answer = inspected(json.dumps(message), make_call())

    assert answer == Answer(0, (), ("invalid_arguments",), is_final=False)
