"""Vercel AI SDK: ``ai.*`` on spans of the tracer ``ai``.

Only the inner operations (``….doGenerate``, ``….doStream``, ``….doEmbed``, ``….doRerank``) are calls; the outer ones
repeat their sum. Times are milliseconds. Tokens: input includes cached tokens from version 6 on; before, it was what
the provider said, which for Anthropic leaves out what was read from caches and written to them.
Source: ai-sdk.dev/docs/ai-sdk-core/telemetry.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.buckets import whole_usage
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.model_names import provider_name, split_model
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.exporter.normalise.values import Attributes, as_count, first_count, first_seconds, first_text
from watchkeeper.exporter.normalise.vercel_metadata import ProviderMetadata, read_provider_metadata
from watchkeeper.model import Context, Fact, Span, Usage

OPERATION = "ai.operationId"
_TOOL = "ai.toolCall"
# The last part of an operation's name, and what it is in the conventions' words.
_CALLS = {"doGenerate": "chat", "doStream": "chat", "doEmbed": "embeddings", "doRerank": "rerank"}
_STREAM = "doStream"
# Providers whose input the SDK passed on before version 6, without caches, and added up to a total of its own.
_EXCLUSIVE = frozenset({"anthropic", "amazon-bedrock", "bedrock"})
_METADATA = "ai.telemetry.metadata."


class _Prompt(msgspec.Struct):
    """A prompt of a prompt registry, as Langfuse's users hand it over."""

    name: Any = None
    version: Any = None


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call or the run of a tool that the span stands for; aggregates give none."""
    operation = first_text(span.attributes, OPERATION) or span.name
    context = _who(span.attributes, context)
    if operation == _TOOL:
        tool = first_text(span.attributes, "ai.toolCall.name") or span.name
        return otel_genai.read_as(span, context, {otel_genai.OPERATION: "execute_tool", otel_genai.TOOL_NAME: tool})
    inner = operation.rpartition(".")[2]
    if inner not in _CALLS:
        return ()
    reported = _call(span.attributes, _CALLS[inner])
    if inner == _STREAM:
        reported = {**reported, otel_genai.STREAM: True, **_first_token(span.attributes)}
    return otel_genai.read_as(span, context, reported)


def _who(attributes: Attributes, context: Context) -> Context:
    prompt = parse(attributes.get(f"{_METADATA}langfusePrompt"), _Prompt) or _Prompt()
    return msgspec.structs.replace(
        context,
        agent=context.agent or first_text(attributes, "ai.telemetry.functionId", "resource.name"),
        session_id=context.session_id or _metadata(attributes, "session_id", "conversationId", "threadId", "chatId"),
        user_id=context.user_id or _metadata(attributes, "user_id", "user"),
        team=context.team or _metadata(attributes, "team"),
        tenant=context.tenant or _metadata(attributes, "tenant", "tenantId"),
        environment=context.environment or _metadata(attributes, "environment"),
        prompt=word(prompt.name) or _metadata(attributes, "promptName", "prompt_name") or context.prompt,
        prompt_version=word(prompt.version)
        or _metadata(attributes, "promptVersion", "prompt_version")
        or context.prompt_version,
    )


def _metadata(attributes: Attributes, *names: str) -> str:
    return first_text(attributes, *(f"{_METADATA}{name}" for name in names))


def _call(attributes: Attributes, operation: str) -> Attributes:
    metadata = read_provider_metadata(attributes.get("ai.response.providerMetadata"))
    requested = first_text(attributes, otel_genai.REQUEST_MODEL, "ai.model.id")
    answered = first_text(attributes, otel_genai.RESPONSE_MODEL, "ai.response.model") or requested
    reported_provider = provider_name(first_text(attributes, "ai.model.provider", *otel_genai.PROVIDER))
    model, provider = split_model(answered, reported_provider)
    reason = first_text(attributes, "ai.response.finishReason")
    return {
        otel_genai.OPERATION: operation,
        otel_genai.PROVIDER[0]: provider,
        otel_genai.REQUEST_MODEL: split_model(requested, provider)[0],
        otel_genai.RESPONSE_MODEL: model,
        COST[0]: metadata.cost_usd,
        otel_genai.RESPONSE_ID: first_text(attributes, otel_genai.RESPONSE_ID, "ai.response.id"),
        otel_genai.FINISH_REASONS: [reason] if reason else attributes.get(otel_genai.FINISH_REASONS),
        **otel_genai.tokens_as_reported(_usage(attributes, operation, metadata)),
    }


def _usage(attributes: Attributes, operation: str, metadata: ProviderMetadata) -> Usage:
    if operation != "chat":
        return Usage(input=first_count(attributes, "ai.usage.tokens", "ai.usage.inputTokens", *otel_genai.INPUT_TOKENS))
    details = "ai.usage.inputTokenDetails"
    cached = first_count(attributes, f"{details}.cacheReadTokens", "ai.usage.cachedInputTokens")
    written = first_count(attributes, f"{details}.cacheWriteTokens")
    reasoning = first_count(
        attributes, "ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens", *otel_genai.REASONING
    )
    reported = Usage(
        input=first_count(attributes, "ai.usage.inputTokens", "ai.usage.promptTokens", *otel_genai.INPUT_TOKENS),
        output=first_count(attributes, "ai.usage.outputTokens", "ai.usage.completionTokens", *otel_genai.OUTPUT_TOKENS),
        cached_input=metadata.cached_input if cached is None else cached,
        cache_write=metadata.cache_write if written is None else written,
        reasoning=metadata.reasoning if reasoning is None else reasoning,
    )
    if metadata.whole_input is not None and reported.input is not None:
        return msgspec.structs.replace(reported, input=max(reported.input, metadata.whole_input))
    is_before_6 = not any(name.startswith(details) for name in attributes)
    is_exclusive = is_before_6 and provider_name(first_text(attributes, "ai.model.provider")) in _EXCLUSIVE
    return whole_usage(reported, as_count(attributes.get("ai.usage.totalTokens")), is_exclusive=is_exclusive)


def _first_token(attributes: Attributes) -> Attributes:
    milliseconds = first_seconds(attributes, "ai.response.msToFirstChunk", "ai.stream.msToFirstChunk")
    return {} if milliseconds is None else {otel_genai.FIRST_CHUNK: milliseconds / 1000}


DIALECT = Dialect(
    name="vercel_ai",
    # No scope: every name that begins with "ai" would be taken for the SDK's, and its spans all carry the marker.
    scopes=(),
    markers=(OPERATION,),
    read=read,
)
