from decimal import Decimal

import pytest
from tests.support.facts import NOW_NS, chat_attributes, make_span

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.otel_genai import DIALECT, read
from watchkeeper.model import AgentStep, AttributeValue, Fact, LlmCall, Retrieval, Span, SpanEvent, ToolCall, Usage


def only_fact(span: Span) -> Fact:
    """The one fact of a span."""
    (fact,) = read(span, read_context(span))
    return fact


def only_call(**changes: AttributeValue) -> LlmCall:
    """The call of a chat span with some attributes changed."""
    call = only_fact(make_span(chat_attributes(**changes)))
    assert isinstance(call, LlmCall)
    return call


def test_mastras_words_are_understood() -> None:
    """Before version 1 its operations had names of their own, and agents an id alone."""
    step = only_fact(make_span({"gen_ai.operation.name": "agent.run", "gen_ai.agent.id": "planner"}))
    tool = only_fact(make_span({"gen_ai.operation.name": "tool.execute", "gen_ai.tool.name": "weather"}))

    assert isinstance(step, AgentStep)
    assert isinstance(tool, ToolCall)
    assert (step.kind, step.context.agent, tool.tool) == ("invoke_agent", "planner", "weather")


def test_a_first_chunk_is_that_of_a_stream() -> None:
    """Vercel's AI SDK 7 has the metric's name on the span of a stream, and no other sign of it."""
    call = only_fact(make_span(chat_attributes(**{"gen_ai.client.operation.time_to_first_chunk": 0.25})))

    assert isinstance(call, LlmCall)
    assert (call.is_streaming, call.time_to_first_token_seconds) == (True, 0.25)


def test_a_chat_span_becomes_a_call() -> None:
    """Everything a chat span reports is in the call."""
    span = make_span(
        chat_attributes(
            **{
                "gen_ai.usage.cache_read.input_tokens": 60,
                "gen_ai.usage.cache_write.input_tokens": 10,
                "gen_ai.usage.reasoning.output_tokens": 8,
                "gen_ai.response.finish_reasons": ["stop"],
                "gen_ai.response.id": "chatcmpl-1",
                "gen_ai.response.time_to_first_chunk": 0.25,
                "gen_ai.request.stream": True,
                "gen_ai.usage.cost": "0.0125",
                "openai.response.service_tier": "flex",
                "gen_ai.conversation.id": "sess-7",
                "user.id": "user-42",
                "gen_ai.agent.name": "helper",
                "gen_ai.prompt.name": "greeting",
                "gen_ai.prompt.version": 3,
            }
        )
    )

    call = only_fact(span)

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=100, output=20, cached_input=60, cache_write=10, reasoning=8)
    assert (call.status, call.finish_reasons, call.response_id) == ("ok", ("stop",), "chatcmpl-1")
    assert (call.duration_seconds, call.time_to_first_token_seconds, call.is_streaming) == (1.0, 0.25, True)
    assert (call.reported_cost_usd, call.service_tier) == (Decimal("0.0125"), "flex")
    context = call.context
    assert (context.service, context.time_ns) == ("shop", NOW_NS)
    assert (context.operation, context.provider) == ("chat", "openai")
    assert (context.model, context.model_requested) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")
    assert (context.session_id, context.user_id, context.agent) == ("sess-7", "user-42", "helper")
    assert (context.prompt, context.prompt_version) == ("greeting", "3")


@pytest.mark.parametrize(
    ("spelling", "usage"),
    [
        pytest.param(
            {"gen_ai.usage.prompt_tokens": 9, "gen_ai.usage.completion_tokens": 4},
            Usage(input=9, output=4),
            id="the names before 1.27",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.prompt_tokens": 8},
            Usage(input=9),
            id="the new name wins over the old",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.cache_read_input_tokens": 4},
            Usage(input=9, cached_input=4),
            id="cached with an underscore",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.cache_creation.input_tokens": 4},
            Usage(input=9, cache_write=4),
            id="cache creation, dotted",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.cache_creation_input_tokens": 4},
            Usage(input=9, cache_write=4),
            id="cache creation with an underscore",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.cached_tokens": 4},
            Usage(input=9, cached_input=4),
            id="the short name of cached tokens",
        ),
        pytest.param(
            {"gen_ai.usage.output_tokens": 9, "gen_ai.usage.reasoning_tokens": 4},
            Usage(output=9, reasoning=4),
            id="the short name of reasoning",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 9, "gen_ai.usage.cache_write_input_tokens": 4},
            Usage(input=9, cache_write=4),
            id="cache write with an underscore",
        ),
        pytest.param(
            {
                "gen_ai.usage.input_tokens": 9,
                "gen_ai.usage.input_tokens.cached": 4,
                "gen_ai.usage.output_tokens": 7,
                "gen_ai.usage.output_tokens.reasoning": 5,
            },
            Usage(input=9, cached_input=4, output=7, reasoning=5),
            id="subsets below their totals",
        ),
        pytest.param({"gen_ai.usage.input_tokens": "9"}, Usage(input=9), id="a number in text"),
        pytest.param({"gen_ai.usage.input_tokens": -9}, Usage(), id="negative tokens are rejected"),
        pytest.param({"gen_ai.usage.input_tokens": 2**63}, Usage(), id="absurd tokens are rejected"),
        pytest.param(
            {"gen_ai.usage.input_tokens": "lots", "gen_ai.usage.prompt_tokens": 8},
            Usage(input=8),
            id="the old name stands in for an unreadable new one",
        ),
    ],
)
def test_usage_in_every_spelling(spelling: dict[str, AttributeValue], usage: Usage) -> None:
    """Token counts are found under all names the conventions have had."""
    span = make_span({"gen_ai.operation.name": "chat", **spelling})

    call = only_fact(span)

    assert isinstance(call, LlmCall)
    assert call.usage == usage


@pytest.mark.parametrize(
    ("attributes", "operation"),
    [
        ({"gen_ai.operation.name": "chat"}, "chat"),
        ({"gen_ai.operation.name": "text_completion"}, "text_completion"),
        ({"gen_ai.operation.name": "generate_content"}, "generate_content"),
        ({"gen_ai.operation.name": "embeddings"}, "embeddings"),
        ({"gen_ai.operation.name": "rerank"}, "rerank"),
        ({"gen_ai.request.model": "m", "gen_ai.usage.completion_tokens": 3}, "chat"),
    ],
    ids=["chat", "text completion", "generate content", "embeddings", "rerank", "old clients name no operation"],
)
def test_operations_that_are_calls(attributes: dict[str, AttributeValue], operation: str) -> None:
    """Each request to a model is a call with its operation."""
    fact = only_fact(make_span(attributes))

    assert isinstance(fact, LlmCall)
    assert fact.context.operation == operation


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.operation.name": "create_cache"},
        {"gen_ai.system": "openai"},
        {"gen_ai.request.model": "gpt-4o"},
        {},
    ],
    ids=["an operation of no interest", "only a provider", "only a model", "nothing"],
)
def test_spans_that_report_no_fact(attributes: dict[str, AttributeValue]) -> None:
    """A span that is no operation of ours gives no facts."""
    span = make_span(attributes)

    assert list(read(span, read_context(span))) == []


@pytest.mark.parametrize(
    ("changes", "model"),
    [
        pytest.param({}, "gpt-4o-mini-2024-07-18", id="the model that answered"),
        pytest.param({"gen_ai.response.model": None}, "gpt-4o-mini", id="else the model that was asked"),
        pytest.param({"gen_ai.response.model": None, "gen_ai.request.model": None}, "", id="else nothing"),
    ],
)
def test_the_model_that_answered_wins(changes: dict[str, AttributeValue], model: str) -> None:
    """The call belongs to the model that answered it."""
    assert only_call(**changes).context.model == model


def test_the_provider_is_lower_case_under_both_names() -> None:
    """The older gen_ai.system is in, whatever its case."""
    call = only_call(**{"gen_ai.provider.name": None, "gen_ai.system": "OpenAI"})

    assert call.context.provider == "openai"


@pytest.mark.parametrize(
    ("changes", "attributes", "expected"),
    [
        pytest.param({"status_code": 2}, {}, ("error", "other", ""), id="a failed span without a reason"),
        pytest.param(
            {"status_code": 2},
            {"error.type": "openai.RateLimitError"},
            ("rate_limited", "rate_limited", "openai.RateLimitError"),
            id="the error's class",
        ),
        pytest.param(
            {"status_code": 2, "status_message": "Request timed out."},
            {},
            ("timeout", "timeout", ""),
            id="the status message",
        ),
        pytest.param(
            {
                "status_code": 2,
                "events": (
                    SpanEvent(name="exception", time_ns=NOW_NS, attributes={"exception.type": "AuthenticationError"}),
                ),
            },
            {},
            ("error", "auth", "AuthenticationError"),
            id="the recorded exception",
        ),
        pytest.param(
            {"status_code": 2},
            {"http.response.status_code": 429},
            ("rate_limited", "rate_limited", ""),
            id="the HTTP status",
        ),
        pytest.param(
            {},
            {"gen_ai.response.finish_reasons": ["content_filter"]},
            ("content_filtered", "content_filtered", ""),
            id="the finish reason",
        ),
    ],
)
def test_how_a_call_ended(
    changes: dict[str, object], attributes: dict[str, AttributeValue], expected: tuple[str, str, str]
) -> None:
    """Status, kind of error and the client's name of it come from wherever the client reports them."""
    call = only_fact(make_span(chat_attributes(**attributes), **changes))

    assert isinstance(call, LlmCall)
    assert (call.status, call.error_type, call.error_class) == expected


def test_times_that_contradict_each_other_give_no_duration() -> None:
    """An end before its start is rejected."""
    call = only_fact(make_span(chat_attributes(), start_ns=NOW_NS, end_ns=NOW_NS - 1))

    assert isinstance(call, LlmCall)
    assert call.duration_seconds is None


def test_a_tool_span_becomes_a_tool_call() -> None:
    """The tool's name, agent, outcome and time are reported."""
    attributes: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.agent.name": "helper",
        "error.type": "ValueError",
    }

    tool = only_fact(make_span(attributes, status_code=2))

    assert isinstance(tool, ToolCall)
    assert (tool.tool, tool.context.agent, tool.status, tool.error_class) == (
        "get_weather",
        "helper",
        "error",
        "ValueError",
    )
    assert (tool.context.operation, tool.duration_seconds) == ("execute_tool", 1.0)


def test_a_tools_name_may_stand_in_the_spans_name_alone() -> None:
    """Without the attribute, the span's name reports the tool."""
    tool = only_fact(make_span({"gen_ai.operation.name": "execute_tool"}, name="execute_tool get_weather"))

    assert isinstance(tool, ToolCall)
    assert tool.tool == "get_weather"


@pytest.mark.parametrize(
    ("documents", "count", "top_score"),
    [
        pytest.param([{"id": "a", "score": 0.25}, {"id": "b", "score": 0.75}], 2, 0.75, id="a list"),
        pytest.param('[{"id": "a", "score": "0.5"}, {"id": "b"}]', 2, 0.5, id="JSON text, one without a score"),
        pytest.param("[]", 0, None, id="nothing was found"),
        pytest.param(None, None, None, id="not reported"),
        pytest.param("{broken", None, None, id="broken JSON"),
        pytest.param('"text"', None, None, id="JSON that is no list"),
        pytest.param([{"score": float("nan")}, "x", {"score": True}], 3, None, id="scores that are no numbers"),
        pytest.param([{"score": -0.5}], 1, -0.5, id="a negative score"),
    ],
)
def test_a_retrieval_counts_its_documents(
    documents: AttributeValue, count: int | None, top_score: float | None
) -> None:
    """The number of documents and the best score are read from a list or its JSON."""
    attributes: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.data_source.id": "kb",
        "gen_ai.retrieval.documents": documents,
    }

    retrieval = only_fact(make_span(attributes))

    assert isinstance(retrieval, Retrieval)
    assert (retrieval.retriever, retrieval.documents, retrieval.top_score) == ("kb", count, top_score)


def test_a_retrievers_name_may_stand_in_the_spans_name_alone() -> None:
    """Without a data source, the span's name reports the retriever."""
    retrieval = only_fact(make_span({"gen_ai.operation.name": "retrieval"}, name="retrieval kb_search"))

    assert isinstance(retrieval, Retrieval)
    assert retrieval.retriever == "kb_search"


@pytest.mark.parametrize("operation", ["invoke_agent", "invoke_workflow", "create_agent", "plan"])
def test_agents_work_becomes_steps(operation: str) -> None:
    """Each unit of an agent's own work is a step of its kind."""
    step = only_fact(make_span({"gen_ai.operation.name": operation, "gen_ai.workflow.name": "support"}))

    assert isinstance(step, AgentStep)
    assert (step.kind, step.context.agent) == (operation, "support")


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        pytest.param({"gen_ai.usage.input_tokens": 40}, 1320, id="more cached than input"),
        pytest.param(
            {"gen_ai.usage.input_tokens": 2000, "gen_ai.usage.total_tokens": 3290},
            3280,
            id="the client's total says so",
        ),
        pytest.param({"gen_ai.usage.input_tokens": 1320}, 1320, id="whole as it is"),
    ],
)
def test_input_is_whole_whoever_reports_it(fields: dict[str, AttributeValue], whole: int) -> None:
    """An unknown client may pass on the provider's input without what caches gave and took."""
    cache = {"gen_ai.usage.cache_read.input_tokens": 1024, "gen_ai.usage.cache_write.input_tokens": 256}
    span = make_span(chat_attributes(**{**cache, "gen_ai.usage.output_tokens": 10, **fields}), scope="my.own.client")

    (call,) = DIALECT.read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=whole, output=10, cached_input=1024, cache_write=256)


@pytest.mark.parametrize(
    ("word", "operation"),
    [
        ("chat.completions", "chat"),
        ("openai.responses.create", "chat"),
        ("completion", "text_completion"),
        ("embedding", "embeddings"),
        ("embed", "embeddings"),
    ],
)
def test_other_words_for_the_same_operation(word: str, operation: str) -> None:
    """Frameworks of other languages have words of their own in the same attribute."""
    span = make_span(chat_attributes(**{"gen_ai.operation.name": word}))

    (call,) = DIALECT.read(span, read_context(span))

    assert call.context.operation == operation


def test_a_failed_call_without_an_operation_has_its_name() -> None:
    """Laminar and older instrumentations name no operation, and a call that failed has no output that reports."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "error.type": "RateLimitError",
    }

    call = only_fact(make_span(fields, name="openai.chat", status_code=2))

    assert isinstance(call, LlmCall)
    assert (call.context.operation, call.status) == ("chat", "rate_limited")


def test_embeddings_without_an_operation_are_no_chat() -> None:
    """The name distinguishes them, also where their output is reported as 0."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 11,
        "gen_ai.usage.output_tokens": 0,
    }

    call = only_fact(make_span(fields, name="openai.embeddings"))

    assert isinstance(call, LlmCall)
    assert call.context.operation == "embeddings"


def test_a_model_that_only_embeds_is_asked_for_embeddings() -> None:
    """Instrumentations of Bedrock report every request of this kind as a completion or a chat."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.system": "aws.bedrock",
        "gen_ai.request.model": "amazon.titan-embed-text-v2:0",
        "gen_ai.usage.input_tokens": 13,
    }

    call = only_fact(make_span(fields))

    assert isinstance(call, LlmCall)
    assert call.context.operation == "embeddings"


def test_a_finish_reason_may_stand_alone() -> None:
    """Semantic Kernel writes one reason, as its enumeration prints it."""
    call = only_call(**{"gen_ai.response.finish_reason": "FinishReason.LENGTH"})

    assert call.finish_reasons == ("length",)


def test_a_finish_reason_may_stand_in_the_event_of_the_answer() -> None:
    """Strands reports the reason where conventions before 1.37 had the answer."""
    event = SpanEvent(name="gen_ai.choice", time_ns=NOW_NS, attributes={"finish_reason": "max_tokens"})

    call = only_fact(make_span(chat_attributes(), events=[event]))

    assert isinstance(call, LlmCall)
    assert call.finish_reasons == ("length",)


@pytest.mark.parametrize(
    ("output", "status"), [(66, "ok"), (None, "error")], ids=["an answer with usage", "an answer that was cut off"]
)
def test_the_reason_error_may_mean_that_none_is_known(output: int | None, status: str) -> None:
    """OpenTelemetry's LangChain instrumentation writes it for every answer of the Responses API."""
    fields = chat_attributes(**{"gen_ai.response.finish_reasons": ["error"], "gen_ai.usage.output_tokens": output})

    call = only_fact(make_span(fields, scope="opentelemetry.instrumentation.genai.langchain"))

    assert isinstance(call, LlmCall)
    assert call.status == status


def test_a_class_of_errors_may_be_printed_as_one() -> None:
    """Semantic Kernel writes what Python prints for a class."""
    call = only_call(**{"error.type": "<class 'semantic_kernel.exceptions.ServiceResponseException'>"})

    assert call.error_class == "semantic_kernel.exceptions.ServiceResponseException"


def test_a_retriever_without_a_name_is_its_store() -> None:
    """OpenTelemetry's LangChain instrumentation names the class of the store where others have a provider."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "retrieval",
        "gen_ai.provider.name": "InMemoryVectorStore",
    }

    retrieval = only_fact(make_span(fields, name="retrieval"))

    assert isinstance(retrieval, Retrieval)
    assert retrieval.retriever == "InMemoryVectorStore"
