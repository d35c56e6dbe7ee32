from decimal import Decimal

import pytest
from tests.support.facts import chat_attributes, make_span
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.pydantic_ai import read
from watchkeeper.model import AgentStep, AttributeValue, Fact, LlmCall, Span, ToolCall, Usage

LIBRARY = "pydantic-ai-2.68.0+logfire-5.2.0"
TOKENS: dict[str, AttributeValue] = {"gen_ai.usage.input_tokens": 5}
STREAM = {"request_data": '{"model":"gpt-4o-mini","stream":true}'}


def facts_in(span: Span) -> list[Fact]:
    """The facts of a span."""
    return list(read(span, read_context(span)))


def only_call(scope: str = "pydantic-ai", **changes: AttributeValue) -> LlmCall:
    """The call of a chat span with some attributes changed."""
    (call,) = facts_in(make_span(chat_attributes(**changes), scope=scope))
    assert isinstance(call, LlmCall)
    return call


@pytest.mark.parametrize(
    ("scenario", "sums"),
    [
        ("agent.1", Sums(calls={"ok": 3}, tokens=(3375, 3072, 0, 84, 0), tools={"ok": 2})),
        (
            "errors.1",
            Sums(
                calls={"ok": 1, "rate_limited": 1, "error": 1},
                tokens=(1095, 1024, 0, 33, 0),
                tools={"timeout": 1},
            ),
        ),
        ("stream.1", Sums(calls={"ok": 1}, tokens=(1035, 1024, 0, 7, 0))),
    ],
)
def test_what_pydantic_ai_sent_adds_up_to_what_happened(scenario: str, sums: Sums) -> None:
    """The facts of a captured payload have the counts and tokens that the API's own journal has."""
    assert sum_up(facts_of(LIBRARY, scenario)) == sums


def test_an_agents_run_is_a_step_and_its_sums_are_not_counted_again() -> None:
    """The span of the run repeats the tokens of its calls; it reports only that the agent ran."""
    facts = facts_of(LIBRARY, "agent.1")

    steps = [fact for fact in facts if isinstance(fact, AgentStep)]
    assert [(step.kind, step.context.agent) for step in steps] == [("invoke_agent", "weather_agent")]


def test_a_failed_call_has_the_class_of_its_exception() -> None:
    """No attribute names the error; the recorded exception does."""
    failed = [fact for fact in facts_of(LIBRARY, "errors.1") if isinstance(fact, LlmCall) and fact.error_type]

    assert [(call.error_type, call.error_class) for call in failed] == [
        ("rate_limited", "pydantic_ai.exceptions.ModelRateLimitError"),
        ("server", "pydantic_ai.exceptions.ModelServerError"),
    ]


def test_names_of_its_own_are_understood() -> None:
    """Cost, first chunk and details of usage have names of their own."""
    call = only_call(
        **{
            "operation.cost": 8.265e-05,
            "gen_ai.client.operation.time_to_first_chunk": 0.136,
            "gen_ai.usage.details.reasoning_tokens": 8,
            "gen_ai.usage.details.cache_read_tokens": 64,
            "gen_ai.usage.details.cache_write_tokens": 16,
        }
    )

    assert call.reported_cost_usd == Decimal("0.00008265")
    assert (call.time_to_first_token_seconds, call.is_streaming) == (0.136, True)
    assert call.usage == Usage(input=100, output=20, cached_input=64, cache_write=16, reasoning=8)


def test_the_conventions_name_wins_over_a_detail() -> None:
    """Both are reported in current versions, and a zero in the right place is reported."""
    changes = {"gen_ai.usage.cache_read.input_tokens": 0, "gen_ai.usage.details.cache_read_tokens": 64}

    assert only_call(**changes).usage.cached_input == 0


def test_an_older_tool_run_is_understood() -> None:
    """Versions 1 and 2 of the instrumentation name the tool but no operation."""
    span = make_span(
        {"gen_ai.tool.name": "get_weather", "gen_ai.tool.call.id": "call_1", "tool_arguments": "{}"},
        name="running tool",
        scope="pydantic-ai",
    )

    (fact,) = facts_in(span)

    assert isinstance(fact, ToolCall)
    assert fact.tool == "get_weather"


def test_an_older_agents_run_is_understood() -> None:
    """Versions 1 and 2 put the sum of tokens on the run under the names of a call."""
    span = make_span(
        {
            "model_name": "gpt-4o-mini",
            "agent_name": "helper",
            "gen_ai.usage.input_tokens": 3375,
            "gen_ai.usage.output_tokens": 84,
            "all_messages_events": "[]",
        },
        name="agent run",
        scope="pydantic-ai",
    )

    (fact,) = facts_in(span)

    assert isinstance(fact, AgentStep)
    assert (fact.kind, fact.context.agent) == ("invoke_agent", "helper")


def test_a_streamed_request_counts_once() -> None:
    """The first half has no result and reports nothing; the second is a log that reports usage and duration."""
    asked = {**chat_attributes(), **STREAM, "logfire.span_type": "span"}
    for key in ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"):
        del asked[key]
    answered = {**chat_attributes(), **STREAM, "logfire.span_type": "log", "duration": 0.19}
    answered["gen_ai.response.finish_reasons"] = '["stop"]'
    at = {"scope": "logfire.openai"}

    first = facts_in(make_span(asked, **at))
    (second,) = facts_in(make_span(answered, **at))

    assert first == []
    assert isinstance(second, LlmCall)
    assert (second.duration_seconds, second.finish_reasons, second.usage.input) == (0.19, ("stop",), 100)


def test_the_providers_own_answer_reports_the_rest() -> None:
    """Cached tokens and reasoning of an integration are in the raw usage, the finish reason in the message."""
    call = only_call(
        "logfire.openai",
        **{
            "gen_ai.usage.raw": '{"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":'
            '{"reasoning_tokens":3}}',
            "gen_ai.output.messages": '[{"role":"assistant","parts":[],"finish_reason":"length"}]',
        },
    )

    assert call.usage == Usage(input=100, output=20, cached_input=64, reasoning=3)
    assert call.finish_reasons == ("length",)


def test_a_streamed_request_that_was_refused_counts() -> None:
    """There is no second half when the request itself fails."""
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", **STREAM}
    span = make_span(attributes, scope="logfire.openai", status_code=2, status_message="RateLimitError: 429")

    (call,) = facts_in(span)

    assert isinstance(call, LlmCall)
    assert call.status == "rate_limited"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Chat Completion with {request_data[model]!r}", "chat"),
        ("streaming response from {request_data[model]!r} took {duration:.2f}s", "chat"),
        ("Embedding Creation with {request_data[model]!r}", "embeddings"),
        ("Completion with {request_data[model]!r}", "text_completion"),
    ],
)
def test_older_integrations_say_what_they_do_in_their_template(template: str, expected: str) -> None:
    """Without an operation, the template of the message says what was done."""
    attributes = chat_attributes(**{"logfire.msg_template": template})
    del attributes["gen_ai.operation.name"]

    (call,) = facts_in(make_span(attributes, scope="logfire.openai"))

    assert call.context.operation == expected


@pytest.mark.parametrize(
    ("scope", "attributes"),
    [
        ("logfire", {"logfire.msg_template": "checkout {order}", "logfire.span_type": "span"}),
        ("logfire", {"logfire.msg_template": "Message with {parts}", "gen_ai.request.model": "m", **TOKENS}),
        ("logfire.mail", {"logfire.msg_template": "Message with {parts}", **TOKENS}),
    ],
    ids=["any span", "a message that sounds like an integration's", "the same in a scope of its own"],
)
def test_an_applications_own_spans_report_nothing(scope: str, attributes: dict[str, AttributeValue]) -> None:
    """Logfire traces everything; most of it is no model call."""
    assert facts_in(make_span(attributes, scope=scope)) == []


def test_a_scrubbed_session_is_no_session() -> None:
    """Logfire replaces what looks like a secret; the text it leaves is no one's session."""
    scrubbed = "[Scrubbed due to 'session']"

    assert only_call(**{"session.id": scrubbed, "user.id": "user-42"}).context.session_id == ""
    assert only_call(**{"session.id": "sess-7"}).context.session_id == "sess-7"
