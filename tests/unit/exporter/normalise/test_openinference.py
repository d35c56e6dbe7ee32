import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.support.facts import NOW_NS, make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.openinference import read
from watchkeeper.model import (
    AgentStep,
    Embedding,
    Fact,
    GuardrailCheck,
    LlmCall,
    Retrieval,
    Score,
    SpanEvent,
    ToolCall,
    Usage,
)

OPENAI = "openinference.instrumentation.openai"
LLAMA_INDEX = "openinference.instrumentation.llama_index"
COUNT = "llm.token_count"


def facts_of(kind: str, fields: dict[str, Any] | None = None, **changes: Any) -> Sequence[Fact]:
    """The facts of a span of a kind."""
    span = make_span({"openinference.span.kind": kind, **(fields or {})}, **{"scope": OPENAI, **changes})
    return read(span, read_context(span))


def only_call(kind: str, fields: dict[str, Any], **changes: Any) -> LlmCall:
    """The one call of a span of a kind."""
    (call,) = facts_of(kind, fields, **changes)
    assert isinstance(call, LlmCall)
    return call


def test_an_llm_span_becomes_a_call() -> None:
    """Everything an LLM span reports is in the call."""
    fields = {
        "llm.provider": "anthropic",
        "llm.system": "anthropic",
        "llm.request.model_name": "claude-sonnet-latest",
        "llm.response.model_name": "claude-sonnet-4-5",
        "llm.model_name": "claude-sonnet",
        "llm.invocation_parameters": '{"max_tokens": 256, "stream": true}',
        f"{COUNT}.prompt": 1320,
        f"{COUNT}.completion": 10,
        f"{COUNT}.total": 1330,
        f"{COUNT}.prompt_details.cache_read": 1024,
        f"{COUNT}.prompt_details.cache_write": 256,
        f"{COUNT}.completion_details.reasoning": 4,
        "llm.finish_reason": "end_turn",
        "llm.cost.total": 0.25,
        "session.id": "sess-7",
        "user.id": "user-42",
        "prompt.id": "greeting",
        "llm.prompt_template.version": "v7",
    }
    events = [SpanEvent(name="First Token Stream Event", time_ns=NOW_NS - 750_000_000, attributes={})]

    call = only_call("LLM", fields, events=events)

    assert call.usage == Usage(input=1320, output=10, cached_input=1024, cache_write=256, reasoning=4)
    assert (call.time_to_first_token_seconds, call.is_streaming, call.finish_reasons) == (0.25, True, ("stop",))
    assert call.reported_cost_usd == Decimal("0.25")
    context = call.context
    assert (context.operation, context.provider) == ("chat", "anthropic")
    assert (context.model, context.model_requested) == ("claude-sonnet-4-5", "claude-sonnet-latest")
    assert (context.session_id, context.user_id) == ("sess-7", "user-42")
    assert (context.prompt, context.prompt_version) == ("greeting", "v7")


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        pytest.param({"llm.model_name": "gpt-4o"}, "gpt-4o", id="the model that answered"),
        pytest.param(
            {"llm.invocation_parameters": '{"model": "gpt-4o"}'}, "gpt-4o", id="a failed call has the asked one"
        ),
        pytest.param({"llm.invocation_parameters": '{"modelId": "nova-lite"}'}, "nova-lite", id="Bedrock's parameter"),
        pytest.param({"llm.model_name": "openai/gpt-4o"}, "gpt-4o", id="a router's prefix is the provider"),
        pytest.param({"llm.model_name": "meta-llama/Llama-3"}, "meta-llama/Llama-3", id="an owner is part of a name"),
        pytest.param(
            {
                "llm.model_name": "gpt-4o",
                "output.value": '{"generations": [[{"generation_info": {"model_name": "gpt-4o-2024-08-06"}}]]}',
            },
            "gpt-4o-2024-08-06",
            id="a stream of LangChain has the answering model in its result",
        ),
        pytest.param(
            {
                "llm.model_name": "gpt-4o",
                "output.value": '{"generations": [[{"generationInfo": {"finish_reason": "stop"}, "message":'
                ' {"kwargs": {"response_metadata": {"model_name": "gpt-4o-2024-08-06"}}}}]]}',
            },
            "gpt-4o-2024-08-06",
            id="LangChain's message has it, too, in JavaScript alone",
        ),
        pytest.param({"llm.invocation_parameters": "not JSON"}, "", id="broken parameters report nothing"),
    ],
)
def test_the_model_is_found(fields: dict[str, Any], model: str) -> None:
    """The model is reported in several places, and on failures in one only."""
    assert only_call("LLM", fields).context.model == model


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        pytest.param(
            {"prompt": 40, "completion": 10, "prompt_details.cache_read": 1024},
            Usage(input=1064, output=10, cached_input=1024),
            id="a cache larger than the prompt was left out of it",
        ),
        pytest.param(
            {"prompt": 2000, "completion": 10, "total": 3034, "prompt_details.cache_read": 1024},
            Usage(input=3024, output=10, cached_input=1024),
            id="the total shows that the cache was left out",
        ),
        pytest.param(
            {"prompt": 1047, "completion": 7, "total": 1054, "prompt_details.cache_input": 1024},
            Usage(input=1047, output=7, cached_input=1024),
            id="the older word for cached input",
        ),
        pytest.param({}, Usage(), id="a silent stream has no usage"),
    ],
)
def test_tokens_are_totals(counts: dict[str, int], usage: Usage) -> None:
    """Prompt and completion are whole, whatever a version of an instrumentation left out."""
    assert only_call("LLM", {f"{COUNT}.{name}": count for name, count in counts.items()}).usage == usage


@pytest.mark.parametrize(
    ("output", "response_id"),
    [
        pytest.param(
            {"id": "chatcmpl-1", "model": "m", "choices": [{"text": "x"}]}, "chatcmpl-1", id="a chat completion"
        ),
        pytest.param({"id": "msg_1", "model": "m", "usage": {"input_tokens": 1}}, "msg_1", id="a message of Anthropic"),
        pytest.param({"generations": [[]], "llm_output": {"id": "chatcmpl-2"}}, "chatcmpl-2", id="a LangChain result"),
        pytest.param(
            {"generations": [[{"message": {"kwargs": {"id": "msg_3"}}}]]},
            "msg_3",
            id="a message of LangChain in JavaScript",
        ),
        pytest.param(
            {"generations": [[{"message": {"kwargs": {"id": "lc_run--1"}}}]]}, "", id="the id of LangChain's own run"
        ),
        pytest.param({"id": "42", "city": "Paris"}, "", id="a model's own JSON is no response"),
        pytest.param({"id": "42", "usage": {"water": 3}}, "", id="not even one with a usage"),
        pytest.param([1, 2], "", id="neither is a list"),
    ],
)
def test_the_response_id_is_read_from_the_dumped_response(output: object, response_id: str) -> None:
    """Only the dump of a provider's response names a response."""
    assert only_call("LLM", {"output.value": json.dumps(output)}).response_id == response_id


@pytest.mark.parametrize(
    ("dumped", "reason"),
    [
        pytest.param({"status": "completed"}, ("stop",), id="completed"),
        pytest.param(
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, ("length",), id="cut off"
        ),
    ],
)
def test_the_responses_api_reports_why_it_stopped_by_status(dumped: dict[str, Any], reason: tuple[str, ...]) -> None:
    """The Responses API has a status in the place of a finish reason."""
    output = json.dumps({"id": "resp_1", "model": "m", "usage": {}, **dumped})

    assert only_call("LLM", {"output.value": output}).finish_reasons == reason


def test_an_error_is_classified_by_its_exception_and_message() -> None:
    """There is no error.type: the exception's class and the status message report."""
    event = SpanEvent(name="exception", time_ns=NOW_NS, attributes={"exception.type": "openai.RateLimitError"})

    call = only_call("LLM", {}, status_code=2, status_message="RateLimitError: Error code: 429", events=[event])

    assert (call.status, call.error_type, call.error_class) == ("rate_limited", "rate_limited", "openai.RateLimitError")


def test_the_message_of_an_exception_reports_what_the_status_does_not() -> None:
    """Gemini's client has one class for all errors, and some instrumentations leave the status without a message."""
    fields = {"exception.type": "google.genai.errors.ClientError", "exception.message": "429 RESOURCE_EXHAUSTED. {}"}
    event = SpanEvent(name="exception", time_ns=NOW_NS, attributes=fields)

    assert only_call("LLM", {}, status_code=2, events=[event]).status == "rate_limited"


def test_subsets_may_stand_under_the_names_of_the_conventions() -> None:
    """Instrumentations on top of a library's own spans leave what they do not know where it is."""
    fields = {f"{COUNT}.prompt": 1101, f"{COUNT}.completion": 51, "gen_ai.usage.cache_read.input_tokens": 1024}

    assert only_call("LLM", fields).usage == Usage(input=1101, output=51, cached_input=1024)


@pytest.mark.parametrize(
    ("kind", "fields", "operation", "tokens"),
    [
        pytest.param(
            "EMBEDDING",
            {"embedding.model_name": "text-embedding-3-small", f"{COUNT}.total": 31},
            "embeddings",
            31,
            id="embedding",
        ),
        pytest.param("RERANKER", {"reranker.model_name": "rerank-3"}, "rerank", None, id="reranker with a model"),
        pytest.param(
            "DECISION",
            {"decision.model_name": "jev-1", "decision.token_count.input": 12},
            "generate_content",
            12,
            id="decision model",
        ),
    ],
)
def test_other_kinds_of_calls(kind: str, fields: dict[str, Any], operation: str, tokens: int | None) -> None:
    """Embeddings, reranking and decisions are calls of models too."""
    call = only_call(kind, fields)

    assert (call.context.operation, call.usage.input, call.usage.output) == (operation, tokens, None)


def test_a_reranker_without_a_model_is_no_call() -> None:
    """A filter of documents is reported as a reranker, but asks no model."""
    assert facts_of("RERANKER", {"reranker.top_k": 3}) == ()


@pytest.mark.parametrize("kind", ["CHAIN", "PROMPT", "UNKNOWN", "chain"])
def test_wrappers_report_nothing(kind: str) -> None:
    """Chains repeat the tokens of the calls inside them."""
    assert facts_of(kind, {f"{COUNT}.prompt": 100, "llm.model_name": "gpt-4o"}) == ()


def test_a_tool_span_becomes_a_tool_call() -> None:
    """A tool carries its name and the agent that LangGraph's metadata names."""
    metadata = '{"lc_agent_name": "weather_agent", "thread_id": "thread-1", "user_id": "u", "team": "search"}'

    (call,) = facts_of("TOOL", {"tool.name": "get_weather", "metadata": metadata}, name="SimpleTool")

    assert isinstance(call, ToolCall)
    assert (call.tool, call.context.agent, call.context.session_id) == ("get_weather", "weather_agent", "thread-1")
    assert (call.context.user_id, call.context.team) == ("u", "search")


@pytest.mark.parametrize(
    ("fields", "documents", "top_score"),
    [
        pytest.param(
            {
                "retrieval.documents.0.document.score": -0.2,
                "retrieval.documents.0.document.id": "a",
                "retrieval.documents.1.document.score": -0.7,
                "retrieval.documents.10.document.content": "x",
            },
            3,
            -0.2,
            id="documents as attributes, scores may be negative",
        ),
        pytest.param({"output.value": '{"documents": []}'}, 0, None, id="an answer without documents"),
        pytest.param({"output.value": "free text"}, None, None, id="nothing reported"),
    ],
)
def test_a_retriever_span_becomes_a_retrieval(
    fields: dict[str, Any], documents: int | None, top_score: float | None
) -> None:
    """A retrieval counts its documents and keeps their best score."""
    (retrieval,) = facts_of("RETRIEVER", fields, name="VectorStoreRetriever")

    assert isinstance(retrieval, Retrieval)
    assert (retrieval.retriever, retrieval.documents, retrieval.top_score) == (
        "VectorStoreRetriever",
        documents,
        top_score,
    )


@pytest.mark.parametrize(
    ("kind", "name", "count"),
    [
        pytest.param("LLM", "OpenAI.chat", 1, id="chat is a request"),
        pytest.param("LLM", "OpenAI.astream_chat", 1, id="so are its other forms"),
        pytest.param("LLM", "OpenAI.predict", 0, id="predict calls chat"),
        pytest.param("LLM", "OpenAI._prepare_chat_with_tools", 0, id="preparing is no request"),
        pytest.param("LLM", "OpenAI.structured_predict", 0, id="neither is parsing"),
        pytest.param("RETRIEVER", "VectorIndexRetriever.retrieve", 1, id="retrieve is a search"),
        pytest.param("RETRIEVER", "VectorIndexRetriever._retrieve", 0, id="its inner method is the same one"),
        pytest.param("TOOL", "FunctionTool.call", 1, id="call runs a tool"),
        pytest.param("TOOL", "FunctionTool.__call__", 0, id="__call__ calls it"),
    ],
)
def test_llama_index_counts_each_thing_once(kind: str, name: str, count: int) -> None:
    """LlamaIndex reports every method on the way to a request; one of them is the request."""
    assert len(facts_of(kind, name=name, scope=LLAMA_INDEX)) == count


@pytest.mark.parametrize(
    ("fields", "name", "agent", "kind"),
    [
        pytest.param({"agent.name": "helper"}, "x", "helper", "invoke_agent", id="a name"),
        pytest.param(
            {"graph.node.id": "Researcher"}, "x._execute_core", "Researcher", "invoke_agent", id="CrewAI's role"
        ),
        pytest.param(
            {"graph.node.id": "0af7651916cd43dd"}, "Helper.arun", "Helper", "invoke_agent", id="a random node id"
        ),
        pytest.param({}, "CodeAgent.run", "CodeAgent", "invoke_agent", id="the method is not part of the name"),
    ],
)
def test_agents_have_names(fields: dict[str, Any], name: str, agent: str, kind: str) -> None:
    """An agent's name is in one of several places."""
    (step,) = facts_of("AGENT", fields, name=name)

    assert isinstance(step, AgentStep)
    assert (step.context.agent, step.kind) == (agent, kind)


@pytest.mark.parametrize(
    "scope",
    ["openinference.instrumentation.openai_agents", "@arizeai/openinference-instrumentation-openai-agents"],
    ids=["in Python", "in JavaScript"],
)
def test_the_root_of_an_agents_sdk_run_is_a_workflow(scope: str) -> None:
    """The agents SDK gives its workflow the kind AGENT, without a name of an agent."""
    (step,) = facts_of("AGENT", name="Agent workflow", scope=scope)

    assert isinstance(step, AgentStep)
    assert step.kind == "invoke_workflow"


@pytest.mark.parametrize(
    ("fields", "status", "result"),
    [
        pytest.param({"output.value": "pass", "validator_name": "toxicity"}, 1, "passed", id="a validator's word"),
        pytest.param({"output.value": '{"tripwire_triggered": true}'}, 1, "blocked", id="a tripwire"),
        pytest.param({}, 2, "blocked", id="an exception stops the answer"),
        pytest.param({"output.value": "true"}, 1, "", id="a bare truth may mean either"),
    ],
)
def test_a_guardrail_reports_its_result_or_nothing(fields: dict[str, Any], status: int, result: str) -> None:
    """A guardrail that ran to its end may still have objected: no result is made up."""
    checks = [fact for fact in facts_of("GUARDRAIL", fields, status_code=status) if isinstance(fact, GuardrailCheck)]

    assert [check.result for check in checks] == ([result] if result else [])


def test_evaluations_on_a_span_are_scores() -> None:
    """Evaluations and annotations, about the span or its trace, are scores with their sources."""
    fields = {
        "evaluations.0.evaluation.name": "helpful",
        "evaluations.0.evaluation.score": 0.9,
        "evaluations.0.evaluation.annotator_kind": "LLM",
        "evaluations.1.evaluation.name": "tone",
        "evaluations.1.evaluation.label": "friendly",
        "evaluations.1.evaluation.annotator_kind": "CODE",
        "trace.annotations.0.annotation.name": "thumbs",
        "trace.annotations.0.annotation.score": 1,
        "trace.annotations.0.annotation.annotator_kind": "HUMAN",
    }

    scores = [fact for fact in facts_of("CHAIN", fields) if isinstance(fact, Score)]

    assert [(s.name, s.value, s.category, s.source) for s in scores] == [
        ("helpful", 0.9, "", "judge"),
        ("tone", None, "friendly", "program"),
        ("thumbs", 1.0, "", "person"),
    ]


def test_an_evaluators_output_is_a_score() -> None:
    """An evaluator without evaluation attributes returns its score."""
    (score,) = facts_of("EVALUATOR", {"output.value": '{"score": 0.8, "explanation": "long"}'}, name="hallucination")

    assert isinstance(score, Score)
    assert (score.name, score.value, score.source) == ("hallucination", 0.8, "judge")


def test_spans_that_speak_only_opentelemetrys_names_are_read() -> None:
    """An instrumentation of the family may be asked to use OpenTelemetry's names alone."""
    span = make_span({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}, scope=OPENAI)

    (call,) = read(span, read_context(span))

    assert isinstance(call, LlmCall)


def test_spans_of_unknown_scopes_are_known_by_their_kind() -> None:
    """Applications write such spans themselves, under scopes of their own."""
    span = make_span({"openinference.span.kind": "TOOL", "gen_ai.system": "openai"}, scope="my.app", name="search")

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, ToolCall)


def test_cached_tokens_of_a_framework_that_prints_its_answer() -> None:
    """Smolagents reports totals; without what is in the repr of the answer the price is too high."""
    printed = (
        "usage=CompletionUsage(completion_tokens=50, prompt_tokens=1100, prompt_tokens_details=D(cached_tokens=1024))"
    )
    fields = {f"{COUNT}.prompt": 1100, f"{COUNT}.completion": 50, "output.value": printed}

    (call,) = facts_of("LLM", fields)

    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=1100, output=50, cached_input=1024)


def test_vectors_of_an_embedding_are_facts_beside_its_call() -> None:
    """Of which nothing but projections is left; one that is no vector says so and costs the call nothing."""
    fields = {
        "embedding.model_name": "text-embedding-3-small",
        "embedding.embeddings.0.embedding.vector": [0.5, -0.25, 1.0],
        "embedding.embeddings.1.embedding.vector": [0.0, 0.0, 0.0],
    }

    call, first, second = facts_of("EMBEDDING", fields)

    assert isinstance(call, LlmCall)
    assert isinstance(first, Embedding)
    assert isinstance(second, Embedding)
    assert (first.outcome, first.dimension, len(first.projections)) == ("ok", 3, 12)
    assert (second.outcome, second.projections) == ("zero", ())
    assert first.context.model == "text-embedding-3-small"
