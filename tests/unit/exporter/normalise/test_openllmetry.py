import pytest
from tests.support.facts import NOW_NS, chat_attributes, make_span
from tests.support.golden import Sums, facts_of, sum_up

from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.openllmetry import DIALECT, read
from watchkeeper.model import AgentStep, AttributeValue, Fact, LlmCall, Retrieval, Span, SpanEvent, ToolCall, Usage

LIBRARY = "traceloop-sdk-0.62.4"


def legacy_attributes(**changes: AttributeValue) -> dict[str, AttributeValue]:
    """A chat as versions up to 0.4x report it."""
    fields: dict[str, AttributeValue] = {
        "llm.request.type": "chat",
        "gen_ai.system": "OpenAI",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "What is the capital of France?",
        "gen_ai.completion.0.content": "Paris.",
        "gen_ai.completion.0.finish_reason": "stop",
        "gen_ai.usage.prompt_tokens": 1047,
        "gen_ai.usage.completion_tokens": 135,
        "gen_ai.usage.cache_read_input_tokens": 1024,
        "gen_ai.usage.reasoning_tokens": 128,
        "llm.usage.total_tokens": 1182,
        "llm.is_streaming": False,
    }
    return {**fields, **changes}


def only_fact(span: Span) -> Fact:
    """The one fact of a span."""
    (fact,) = read(span, read_context(span))
    return fact


def only_call(attributes: dict[str, AttributeValue], **changes: object) -> LlmCall:
    """The call of a span with these attributes."""
    call = only_fact(make_span(attributes, **changes))
    assert isinstance(call, LlmCall)
    return call


@pytest.mark.parametrize(
    ("scenario", "sums"),
    [
        ("agent.1", Sums(calls={"ok": 3}, tokens=(3387, 3072, 0, 84, 0), tools={"ok": 2})),
        ("errors.1", Sums(calls={"rate_limited": 2, "error": 4, "timeout": 1})),
        ("special.1", Sums(calls={"ok": 5, "content_filtered": 1}, tokens=(5223, 5120, 0, 154, 128))),
        ("session.1", Sums(calls={"ok": 3}, tokens=(3205, 3072, 0, 42, 0))),
        ("tool_error.1", Sums(tools={"timeout": 1})),
        ("rag.1", Sums(calls={"ok": 3}, embeddings=2, tokens=(1116, 1024, 0, 18, 0))),
    ],
)
def test_what_traceloop_sent_adds_up_to_what_happened(scenario: str, sums: Sums) -> None:
    """The facts of a captured payload have the counts and tokens that the API's own journal has."""
    assert sum_up(facts_of(LIBRARY, scenario)) == sums


def test_a_payload_beside_the_sdks_own_spans_adds_up() -> None:
    """The instrumentation's half of a payload with Anthropic's own spans reports every call; streams one token more."""
    facts = facts_of(LIBRARY, "anthropic.1", lambda span: span.scope == "opentelemetry.instrumentation.anthropic")

    expected = Sums(calls={"ok": 6, "rate_limited": 1, "error": 1}, tokens=(7947, 6144, 1536, 92, 0))
    assert sum_up(facts) == expected


def test_a_session_belongs_to_a_user_and_its_calls_to_an_agent() -> None:
    """Association properties become the session and the user; the agent's name is on every span under it."""
    session = facts_of(LIBRARY, "session.1")
    agent = facts_of(LIBRARY, "agent.1")

    assert {(fact.context.session_id, fact.context.user_id) for fact in session} == {("sess-7", "user-42")}
    assert {fact.context.agent for fact in agent if isinstance(fact, LlmCall | ToolCall)} == {"weather_agent"}
    steps = [(fact.kind, fact.context.agent) for fact in agent if isinstance(fact, AgentStep)]
    assert steps == [("invoke_agent", "weather_agent"), ("invoke_workflow", "weather_wf")]


def test_a_legacy_chat_reports_the_same_as_a_current_one() -> None:
    """Older names of operation, provider, tokens and finish reason are understood."""
    call = only_call(legacy_attributes())

    assert (call.context.operation, call.context.provider) == ("chat", "openai")
    assert (call.context.model, call.context.model_requested) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")
    assert call.usage == Usage(input=1047, output=135, cached_input=1024, reasoning=128)
    assert (call.status, call.finish_reasons, call.is_streaming) == ("ok", ("stop",), False)


@pytest.mark.parametrize(
    ("request_type", "role", "operation"),
    [
        ("chat", "", "chat"),
        ("completion", "", "text_completion"),
        ("completion", "gen_ai.prompt.0.role", "chat"),
        ("embedding", "", "embeddings"),
        ("rerank", "", "rerank"),
    ],
    ids=["a chat", "a completion", "a completion with roles is a chat", "an embedding", "a ranking"],
)
def test_every_legacy_request_type_is_an_operation(request_type: str, role: str, operation: str) -> None:
    """The type of a request says what was done."""
    attributes = legacy_attributes(**{"llm.request.type": request_type})
    del attributes["gen_ai.prompt.0.role"]
    if role:
        attributes[role] = "user"

    assert only_call(attributes).context.operation == operation


@pytest.mark.parametrize(
    ("fields", "provider"),
    [
        ("Anthropic", "anthropic"),
        ("AWS", "aws.bedrock"),
        ("VertexAI", "gcp.vertex_ai"),
        ("Langchain", ""),
    ],
    ids=["a name in capitals", "a cloud", "a cloud's product", "a framework, which is no provider"],
)
def test_older_names_of_providers_become_those_of_the_conventions(fields: str, provider: str) -> None:
    """A provider has one name; a framework is none."""
    assert only_call(legacy_attributes(**{"gen_ai.system": fields})).context.provider == provider


@pytest.mark.parametrize("event", ["gen_ai.content.completion.chunk", "llm.content.completion.chunk"])
@pytest.mark.parametrize("operation", ["chat", "generate_content"])
def test_the_first_chunk_is_the_first_token(event: str, operation: str) -> None:
    """A stream records each chunk as an event; the first of them reports the time to the first token."""
    chunks = [SpanEvent(name=event, time_ns=NOW_NS - 10**9 + ms * 10**6, attributes={}) for ms in (126, 133)]

    call = only_call(legacy_attributes(**{"gen_ai.operation.name": operation}), events=chunks)

    assert call.is_streaming
    assert call.time_to_first_token_seconds == pytest.approx(0.126)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"llm.is_streaming": True, "gen_ai.completion.0.finish_reason": ""}, "error"),
        ({"llm.is_streaming": False, "gen_ai.completion.0.finish_reason": ""}, "ok"),
        ({"llm.is_streaming": "True", "gen_ai.completion.0.finish_reason": "stop"}, "ok"),
    ],
    ids=["a stream without a reason was cut off", "without a stream nothing was cut", "a whole stream is fine"],
)
def test_a_stream_that_was_cut_off_failed(changes: dict[str, AttributeValue], status: str) -> None:
    """No one raises an error when a stream ends early; the empty finish reason reports it."""
    assert only_call(legacy_attributes(**changes)).status == status


def test_a_stream_without_any_reason_is_not_called_cut_off() -> None:
    """With content capture off no reason is reported at all, which proves nothing."""
    attributes = chat_attributes(**{"gen_ai.is_streaming": True})

    assert only_call(attributes).status == "ok"


def test_the_last_message_may_hold_the_only_finish_reason() -> None:
    """Current versions leave out the list of reasons when the stream had none; the message still has the empty one."""
    messages = '[{"role": "assistant", "parts": [{"content": "The capital of"}], "finish_reason": ""}]'
    attributes = chat_attributes(**{"gen_ai.is_streaming": True, "gen_ai.output.messages": messages})

    assert only_call(attributes).status == "error"


def test_cached_tokens_beside_the_input_are_added() -> None:
    """Where the client's own total shows that input leaves cached tokens out, input is made whole."""
    changes = {"gen_ai.usage.prompt_tokens": 2000, "llm.usage.total_tokens": 3159}

    assert only_call(legacy_attributes(**changes)).usage.input == 3024


@pytest.mark.parametrize(
    ("library", "output"), [("google_generativeai", 36), ("vertexai", 36), ("openai.v1", 20)], ids=str
)
def test_thoughts_beside_the_output_are_added(library: str, output: int) -> None:
    """Gemini's thoughts stand only in the total; elsewhere a total that is too large proves nothing."""
    span = make_span(
        chat_attributes(**{"gen_ai.usage.total_tokens": 136}), scope=f"opentelemetry.instrumentation.{library}"
    )

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)
    assert call.usage.output == output


def test_a_prompt_has_its_key_and_version() -> None:
    """A prompt from the registry has a key; one that the app sets itself may have only a version."""
    attributes = chat_attributes(**{"traceloop.prompt.key": "support", "traceloop.prompt.version": "7"})

    context = only_call(attributes).context

    assert (context.prompt, context.prompt_version) == ("support", "7")


@pytest.mark.parametrize(
    ("output", "tool"),
    [
        ('{"lc": 1, "kwargs": {"status": "success", "content": "20", "name": "weather"}}', "weather"),
        ('{"content": "20"}', "DynamicStructuredTool"),
        ("20", "DynamicStructuredTool"),
        (None, "DynamicStructuredTool"),
    ],
    ids=["a message of LangChain", "another object", "no object", "nothing, when the tool failed"],
)
def test_a_tool_of_langchain_in_javascript_is_named_by_its_message(output: AttributeValue, tool: str) -> None:
    """The entity is LangChain's class, the same for every tool."""
    attributes: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "execute_tool",
        "traceloop.span.kind": "task",
        "traceloop.entity.name": "DynamicStructuredTool",
        "traceloop.entity.output": output,
    }

    fact = only_fact(make_span(attributes, scope="@traceloop/instrumentation-langchain"))

    assert isinstance(fact, ToolCall)
    assert fact.tool == tool


def test_a_legacy_tool_has_the_name_of_its_entity() -> None:
    """Older versions name the tool only as the entity that the span is about."""
    span = make_span({"traceloop.span.kind": "tool", "traceloop.entity.name": "get_weather"}, name="get_weather.tool")

    fact = only_fact(span)

    assert isinstance(fact, ToolCall)
    assert fact.tool == "get_weather"


def test_a_workflow_of_llamaindex_is_named_without_its_kind() -> None:
    """LlamaIndex's instrumentation repeats the kind in the name."""
    span = make_span({"traceloop.span.kind": "workflow", "traceloop.entity.name": "RetrieverQueryEngine.workflow"})

    fact = only_fact(span)

    assert isinstance(fact, AgentStep)
    assert (fact.kind, fact.context.agent) == ("invoke_workflow", "RetrieverQueryEngine")


@pytest.mark.parametrize(
    "attributes",
    [
        {"traceloop.span.kind": "task", "traceloop.entity.name": "kb_search", "traceloop.entity.output": "[]"},
        {"db.system": "chroma", "db.operation": "upsert"},
        {"http.request.method": "POST"},
    ],
    ids=["a task is any function", "a write to a vector store", "a plain request"],
)
def test_spans_of_no_interest_report_nothing(attributes: dict[str, AttributeValue]) -> None:
    """Only model calls, tools, agents, workflows and searches count."""
    span = make_span(attributes)

    assert list(read(span, read_context(span))) == []


def test_a_query_of_a_vector_store_is_a_retrieval() -> None:
    """The results are events of the query's span; their best score counts, distances are no scores."""
    results = [
        SpanEvent(name="db.query.result", time_ns=NOW_NS, attributes={"db.query.result.score": score})
        for score in (0.71, 0.93)
    ]
    nearest = SpanEvent(name="db.query.result", time_ns=NOW_NS, attributes={"db.query.result.distance": 7.0})
    span = make_span({"db.system": "Pinecone"}, name="pinecone.query", events=[*results, nearest])

    fact = only_fact(span)

    assert isinstance(fact, Retrieval)
    assert (fact.retriever, fact.documents, fact.top_score) == ("pinecone", 3, 0.93)


def test_a_retriever_of_langchain_is_a_retrieval() -> None:
    """Its operation has a name of OpenLLMetry's own; how many documents it found is in the task's output."""
    span = make_span(
        {
            "gen_ai.operation.name": "vector_db_retrieve",
            "gen_ai.provider.name": "langchain",
            "traceloop.span.kind": "task",
            "traceloop.entity.name": "VectorStoreRetriever",
            "traceloop.entity.output": '{"documents": [{"page_content": "Refunds", "metadata": {}}], "count": 1}',
        }
    )

    fact = only_fact(span)

    assert isinstance(fact, Retrieval)
    assert (fact.retriever, fact.documents, fact.top_score) == ("VectorStoreRetriever", 1, None)
    assert fact.context.provider == ""


def test_the_official_scopes_are_left_to_their_dialect() -> None:
    """Both projects name scopes alike; the official ones must not be claimed."""
    official = ("opentelemetry.instrumentation.openai_v2", "opentelemetry.instrumentation.genai.openai")

    assert not any(scope.startswith(DIALECT.scopes) for scope in official)
