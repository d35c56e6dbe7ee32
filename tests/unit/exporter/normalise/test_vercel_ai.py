import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.support.facts import NOW_NS, make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import Fact, LlmCall, SpanEvent, ToolCall, Usage

GENERATE = "ai.generateText.doGenerate"
METADATA = "ai.response.providerMetadata"


def facts_of(operation: str, fields: dict[str, Any] | None = None, **changes: Any) -> Sequence[Fact]:
    """The facts of a span of the tracer ``ai``, as the whole catalogue understands it."""
    span = make_span({"ai.operationId": operation, **(fields or {})}, **{"scope": "ai", "name": operation, **changes})
    return Normaliser(DIALECTS).read(span).facts


def only_call(fields: dict[str, Any], operation: str = GENERATE, **changes: Any) -> LlmCall:
    """The one call of a span."""
    (call,) = facts_of(operation, fields, **changes)
    assert isinstance(call, LlmCall)
    return call


def test_an_inner_operation_becomes_a_call() -> None:
    """Everything a streamed call reports is in it; milliseconds become seconds."""
    call = only_call(
        {
            "ai.model.provider": "openai.responses",
            "ai.model.id": "gpt-4o-mini",
            "gen_ai.system": "openai.responses",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "resp_1",
            "ai.response.finishReason": "tool-calls",
            "ai.response.msToFirstChunk": 139.5,
            "ai.usage.inputTokens": 1109,
            "ai.usage.cachedInputTokens": 1024,
            "ai.usage.outputTokens": 33,
            "ai.usage.reasoningTokens": 8,
            "ai.usage.totalTokens": 1142,
            "ai.telemetry.functionId": "weather-agent",
            "ai.telemetry.metadata.sessionId": "sess-7",
            "ai.telemetry.metadata.userId": "user-42",
            "ai.telemetry.metadata.team": "search",
            "ai.telemetry.metadata.langfusePrompt": '{"name":"support-agent","version":7}',
        },
        "ai.streamText.doStream",
    )

    assert call.usage == Usage(input=1109, output=33, cached_input=1024, reasoning=8)
    assert (call.time_to_first_token_seconds, call.is_streaming) == (0.1395, True)
    assert (call.finish_reasons, call.response_id) == (("tool_calls",), "resp_1")
    context = call.context
    assert (context.operation, context.provider) == ("chat", "openai")
    assert (context.model, context.model_requested) == ("gpt-4o-mini-2024-07-18", "gpt-4o-mini")
    assert (context.session_id, context.user_id, context.agent) == ("sess-7", "user-42", "weather-agent")
    assert (context.prompt, context.prompt_version, context.team) == ("support-agent", "7", "search")


@pytest.mark.parametrize(
    "operation",
    [
        "ai.generateText",
        "ai.streamText",
        "ai.generateObject",
        "ai.streamObject",
        "ai.embed",
        "ai.embedMany",
        "ai.rerank",
    ],
)
def test_outer_operations_report_nothing(operation: str) -> None:
    """The outer operations repeat the sum of the calls inside them."""
    assert facts_of(operation, {"ai.usage.inputTokens": 3369, "ai.model.id": "gpt-4o-mini"}) == ()


@pytest.mark.parametrize(
    ("operation", "reported_as"),
    [
        ("ai.generateObject.doGenerate", "chat"),
        ("ai.streamObject.doStream", "chat"),
        ("ai.embed.doEmbed", "embeddings"),
        ("ai.embedMany.doEmbed", "embeddings"),
        ("ai.rerank.doRerank", "rerank"),
    ],
)
def test_every_inner_operation_is_a_call(operation: str, reported_as: str) -> None:
    """Text, objects, embeddings and reranking are calls by their inner operations."""
    call = only_call({"ai.model.id": "m", "ai.usage.tokens": 12, "ai.usage.inputTokens": 12}, operation)

    assert (call.context.operation, call.usage.input) == (reported_as, 12)


@pytest.mark.parametrize(
    ("fields", "usage"),
    [
        pytest.param(
            {
                "ai.usage.promptTokens": 1047,
                "ai.usage.completionTokens": 135,
                METADATA: json.dumps({"openai": {"cachedPromptTokens": 1024, "reasoningTokens": 128}}),
            },
            Usage(input=1047, output=135, cached_input=1024, reasoning=128),
            id="version 4 has OpenAI's subsets in the metadata",
        ),
        pytest.param(
            {
                "ai.usage.promptTokens": 40,
                "ai.usage.completionTokens": 10,
                METADATA: json.dumps({"anthropic": {"cacheCreationInputTokens": 256, "cacheReadInputTokens": 1024}}),
            },
            Usage(input=1320, output=10, cached_input=1024, cache_write=256),
            id="version 4 leaves Anthropic's caches out of the input",
        ),
        pytest.param(
            {
                "ai.usage.inputTokens": 2000,
                "ai.usage.outputTokens": 10,
                "ai.usage.totalTokens": 2010,
                "ai.usage.cachedInputTokens": 1024,
                METADATA: json.dumps(
                    {
                        "anthropic": {
                            "usage": {
                                "input_tokens": 2000,
                                "cache_creation_input_tokens": 256,
                                "cache_read_input_tokens": 1024,
                            }
                        }
                    }
                ),
            },
            Usage(input=3280, output=10, cached_input=1024, cache_write=256),
            id="version 5 leaves them out too, and Anthropic's own usage shows it",
        ),
        pytest.param(
            {
                "ai.usage.inputTokens": 1320,
                "ai.usage.outputTokens": 10,
                "ai.usage.inputTokenDetails.noCacheTokens": 40,
                "ai.usage.inputTokenDetails.cacheReadTokens": 1024,
                "ai.usage.inputTokenDetails.cacheWriteTokens": 256,
                METADATA: json.dumps({"anthropic": {"usage": {"input_tokens": 40, "cache_read_input_tokens": 1024}}}),
            },
            Usage(input=1320, output=10, cached_input=1024, cache_write=256),
            id="version 6 includes them",
        ),
        pytest.param(
            {
                "ai.usage.inputTokens": 100,
                "ai.usage.outputTokens": 20,
                "ai.usage.reasoningTokens": 15,
                "ai.usage.totalTokens": 135,
            },
            Usage(input=100, output=35, reasoning=15),
            id="Gemini's thoughts are beside the output, as the total shows",
        ),
        pytest.param(
            {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 5},
            Usage(input=10, output=5),
            id="the conventions' names",
        ),
        pytest.param({METADATA: "not JSON"}, Usage(), id="nothing reported"),
    ],
)
def test_tokens_of_every_version_are_totals(fields: dict[str, Any], usage: Usage) -> None:
    """Input includes caches and output includes reasoning, in whatever version of the SDK."""
    assert only_call(fields).usage == usage


@pytest.mark.parametrize(
    ("provider", "model", "expected"),
    [
        ("google.generative-ai", "gemini-2.5-flash", ("gcp.gemini", "gemini-2.5-flash")),
        ("amazon-bedrock", "anthropic.claude-3", ("aws.bedrock", "anthropic.claude-3")),
        ("google.vertex.chat", "gemini-2.5-pro", ("gcp.vertex_ai", "gemini-2.5-pro")),
        ("azure-openai.responses", "gpt-5", ("azure.ai.openai", "gpt-5")),
        ("gateway", "openai/gpt-4o", ("openai", "gpt-4o")),
        ("openrouter.chat", "anthropic/claude-sonnet-4", ("openrouter", "anthropic/claude-sonnet-4")),
    ],
)
def test_the_provider_is_reported_without_its_interface(provider: str, model: str, expected: tuple[str, str]) -> None:
    """The SDK's provider names its interface too; a gateway's model names its provider."""
    context = only_call({"ai.model.provider": provider, "ai.model.id": model}).context

    assert (context.provider, context.model) == expected


@pytest.mark.parametrize(
    "metadata",
    [{"gateway": {"cost": "0.0045"}}, {"openrouter": {"usage": {"cost": 0.0045}}}],
    ids=["Vercel's gateway", "OpenRouter"],
)
def test_what_a_gateway_charged_is_the_cost(metadata: dict[str, Any]) -> None:
    """A gateway's own cost is taken over exactly."""
    assert only_call({METADATA: json.dumps(metadata)}).reported_cost_usd == Decimal("0.0045")


def test_a_tool_call_is_named() -> None:
    """A tool that threw has failed; its arguments and result are not kept."""
    fields = {
        "ai.toolCall.name": "get_weather",
        "ai.toolCall.args": '{"city":"Paris"}',
        "ai.telemetry.functionId": "bot",
    }

    (call,) = facts_of("ai.toolCall", fields, status_code=2, status_message="boom")

    assert isinstance(call, ToolCall)
    assert (call.tool, call.status, call.context.agent) == ("get_weather", "error", "bot")


def test_an_error_is_classified_by_its_message() -> None:
    """The SDK's error class is the same for all failures of a provider."""
    event = SpanEvent(name="exception", time_ns=NOW_NS, attributes={"exception.type": "AI_APICallError"})

    call = only_call({}, status_code=2, status_message="Rate limit reached for gpt-4o-mini", events=[event])

    assert (call.status, call.error_class) == ("rate_limited", "AI_APICallError")


@pytest.mark.parametrize(("operation", "kind", "count"), [(GENERATE, "LLM", 1), ("ai.generateText", "AGENT", 0)])
def test_spans_that_another_library_annotated_are_the_sdks(operation: str, kind: str, count: int) -> None:
    """OpenInference's processor adds its attributes to the SDK's spans; the SDK's own say more."""
    fields = {"openinference.span.kind": kind, "ai.usage.inputTokens": 7, "llm.token_count.prompt": 7}

    assert len(facts_of(operation, fields)) == count
