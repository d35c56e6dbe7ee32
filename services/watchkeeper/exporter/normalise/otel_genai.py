"""OpenTelemetry GenAI conventions: the names of 1.30 to 1.41 and those of the later, separate repository.

Tokens: input includes cached and written-to-cache tokens, output includes reasoning.
Source: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from watchkeeper.exporter.normalise.beside_totals import BESIDE_NAMES, counts_beside, with_parts_beside
from watchkeeper.exporter.normalise.buckets import whole_usage
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.finish import finish_reasons, reasons_elsewhere
from watchkeeper.exporter.normalise.outcome import outcome
from watchkeeper.exporter.normalise.present import Present
from watchkeeper.exporter.normalise.priced_parts import PART_NAMES, parts_as_reported, parts_of
from watchkeeper.exporter.normalise.raw_usage import completed
from watchkeeper.exporter.normalise.reported_cost import COST_NAMES, NO_COST, reported_cost
from watchkeeper.exporter.normalise.tool_arguments import arguments_hash
from watchkeeper.exporter.normalise.usage_object import read_details
from watchkeeper.exporter.normalise.values import (
    Attributes,
    as_number,
    first_count,
    first_seconds,
    first_text,
    is_true,
    text_list,
    text_of,
)
from watchkeeper.model import (
    AgentStep,
    AttributeValue,
    Context,
    Fact,
    LlmCall,
    Retrieval,
    Span,
    ToolCall,
    Usage,
)
from watchkeeper.model.providers import provider_named

OPERATION = "gen_ai.operation.name"
PROVIDER = ("gen_ai.provider.name", "gen_ai.system")
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
FINISH_REASONS = "gen_ai.response.finish_reasons"
FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
# The metric of that name, as an attribute: so pydantic-ai and Vercel's AI SDK 7 report it.
OTHER_FIRST_CHUNK = "gen_ai.client.operation.time_to_first_chunk"
STREAM = "gen_ai.request.stream"
TOOL_NAME = "gen_ai.tool.name"
OUTPUT_MESSAGES = "gen_ai.output.messages"
INPUT_TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT_TOKENS = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
# cache_creation was renamed cache_write; both are on the wire, dotted and underscored
CACHED_INPUT = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.cached_tokens",
    "gen_ai.usage.cache_read_tokens",
    "gen_ai.usage.prompt_cache_hit_tokens",
    "gen_ai.usage.cache_hit_tokens",
    "gen_ai.usage.input_token_details.cache_read",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
    "gen_ai.usage.cache_write_tokens",
    "gen_ai.usage.cache_creation_tokens",
    "gen_ai.usage.input_token_details.cache_creation",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
    "gen_ai.usage.output_token_details.reasoning",
)
# The parts in an object, as JSON, as Python prints it, or as a map.
_DETAILS = tuple(
    f"gen_ai.usage.{name}"
    for name in (
        "input_token_details",
        "input_tokens_details",
        "prompt_tokens_details",
        "prompt_token_details",
        "output_token_details",
        "output_tokens_details",
        "completion_tokens_details",
    )
)
# Instrumentations that pass on what Bedrock counts: input without what was read from caches and written to them.
_EXCLUSIVE_SCOPES = (
    "opentelemetry.instrumentation.bedrock",
    "opentelemetry.instrumentation.botocore",
    "@opentelemetry/instrumentation-aws-sdk",
    "@traceloop/instrumentation-bedrock",
    "strands",
)
TOTAL_TOKENS = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")
SERVICE_TIER = (
    "openai.response.service_tier",
    "gen_ai.openai.response.service_tier",
    "anthropic.response.service_tier",
    # what was asked for, where no answer says what it was
    "openai.request.service_tier",
    "gen_ai.openai.request.service_tier",
    "gen_ai.request.service_tier",
)


class _Names(NamedTuple):
    """Names of what calls report, most of which a call has not."""

    counts: tuple[str, ...]
    input: tuple[str, ...]
    output: tuple[str, ...]
    cached_input: tuple[str, ...]
    cache_write: tuple[str, ...]
    reasoning: tuple[str, ...]
    details: tuple[str, ...]
    parts: tuple[str, ...]
    beside: tuple[str, ...]
    cost: tuple[str, ...]
    service_tier: tuple[str, ...]


_PRESENT = Present(
    _Names(
        counts=(*INPUT_TOKENS, *OUTPUT_TOKENS, *CACHED_INPUT, *CACHE_WRITE, *REASONING),
        input=INPUT_TOKENS,
        output=OUTPUT_TOKENS,
        cached_input=CACHED_INPUT,
        cache_write=CACHE_WRITE,
        reasoning=REASONING,
        details=_DETAILS,
        parts=PART_NAMES,
        beside=BESIDE_NAMES,
        cost=COST_NAMES,
        service_tier=SERVICE_TIER,
    ),
    _Names._make,
)
_NO_USAGE = Usage()
_CALLS = frozenset({"chat", "text_completion", "generate_content", "embeddings", "rerank"})
# What others call the same, in the same attribute: Semantic Kernel, Spring AI, LangSmith, Langtrace, Mastra before
# version 1 and older instrumentations.
_OTHER_WORDS = {
    "chat.completions": "chat",
    "responses": "chat",
    "openai.responses.create": "chat",
    "completion": "text_completion",
    "text.completions": "text_completion",
    "embedding": "embeddings",
    "embed": "embeddings",
    "image": "generate_content",
    "image_generation": "generate_content",
    "retrieve": "retrieval",
    "tool": "execute_tool",
    "tool.execute": "execute_tool",
    "agent.run": "invoke_agent",
    "workflow.run": "invoke_workflow",
}
# How instrumentations that name no operation end the name of a span: openai.chat, openai.response, cohere.rerank.
_NAMED_CALLS = {
    "chat": "chat",
    "response": "chat",
    "completion": "text_completion",
    "embeddings": "embeddings",
    "rerank": "rerank",
}
# These write the reason "error" where they know none; of an answer that was cut off they know no usage.
_UTIL_GENAI = "opentelemetry.instrumentation.genai"
_NO_REASON = ("error",)
_STEPS = frozenset({"invoke_agent", "invoke_workflow", "create_agent", "plan"})


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the fact that the span's operation stands for; operations of no interest give none."""
    attributes = span.attributes
    reported = text_of(attributes, OPERATION) or _operation_unsaid(span)
    operation = _OTHER_WORDS.get(reported, reported)
    if operation in _CALLS:
        return (_llm_call(span, _with_model(context, attributes, operation)),)
    if operation == "execute_tool":
        return (_tool_call(span, context),)
    if operation == "retrieval":
        return (_retrieval(span, _with_model(context, attributes, operation)),)
    if operation in _STEPS:
        return (_agent_step(span, _with_model(context, attributes, operation)),)
    return ()


def read_as(span: Span, context: Context, reported: Attributes) -> Sequence[Fact]:
    """Read a span of a client that spells some things its own way: ``reported`` has them under the names used here."""
    return read(
        msgspec.structs.replace(span, attributes={**span.attributes, **reported}) if reported else span, context
    )


def read_whole(span: Span, context: Context) -> Sequence[Fact]:
    """As ``read``, for clients of whom no one knows whether their input has all of its parts: the counts report."""
    return [whole_call(fact, span) if isinstance(fact, LlmCall) else fact for fact in read(span, context)]


def tokens_as_reported(usage: Usage) -> Attributes:
    """The usage under the names of OpenTelemetry's conventions; all of its parts are inside its totals."""
    known = usage.input is not None and usage.output is not None
    return {
        TOTAL_TOKENS[0]: (usage.input or 0) + (usage.output or 0) if known else None,
        INPUT_TOKENS[0]: usage.input,
        OUTPUT_TOKENS[0]: usage.output,
        CACHED_INPUT[0]: usage.cached_input,
        CACHE_WRITE[0]: usage.cache_write,
        REASONING[0]: usage.reasoning,
        **parts_as_reported(usage.parts),
    }


DIALECT = Dialect(
    name="otel_genai",
    scopes=(
        "opentelemetry.instrumentation.genai",
        "opentelemetry.util.genai",
        "opentelemetry.instrumentation.openai_v2",
    ),
    markers=(OPERATION, *PROVIDER, REQUEST_MODEL),
    read=read_whole,
)


def _operation_unsaid(span: Span) -> str:
    """Clients before 1.28 of the conventions name no operation: the span's name does, or that a model said something.

    A call that failed has its name alone.
    """
    attributes = span.attributes
    if REQUEST_MODEL not in attributes:
        return ""
    named = _NAMED_CALLS.get(span.name.rpartition(".")[2], "")
    return named or ("chat" if first_count(attributes, *OUTPUT_TOKENS) is not None else "")


def _with_model(context: Context, attributes: Attributes, operation: str) -> Context:
    requested = text_of(attributes, REQUEST_MODEL)
    return msgspec.structs.replace(
        context,
        operation=operation,
        provider=provider_named(first_text(attributes, *PROVIDER)),
        model=text_of(attributes, RESPONSE_MODEL) or requested,
        model_requested=requested,
    )


def _llm_call(span: Span, context: Context) -> LlmCall:
    attributes = span.attributes
    there = _PRESENT.of(attributes)
    usage = _usage(attributes, there, context)
    if not usage.output and "embed" in context.model:  # Bedrock's instrumentations call these a completion or a chat
        context = msgspec.structs.replace(context, operation="embeddings")
    reasons = finish_reasons(text_list(attributes.get(FINISH_REASONS)) or reasons_elsewhere(span))
    if reasons == _NO_REASON and usage.output and span.scope.startswith(_UTIL_GENAI):
        reasons = ()
    status, error_type, error_class = outcome(span, reasons)
    cost = reported_cost(attributes) if there.cost else NO_COST
    first_chunk_seconds = first_seconds(attributes, FIRST_CHUNK, OTHER_FIRST_CHUNK)
    is_streaming = OTHER_FIRST_CHUNK in attributes or is_true(attributes.get(STREAM))
    return LlmCall(
        context=context,
        status=status,
        usage=usage,
        duration_seconds=span.duration_seconds,
        time_to_first_token_seconds=first_chunk_seconds,
        is_streaming=is_streaming,
        finish_reasons=reasons,
        error_type=error_type,
        error_class=error_class,
        response_id=text_of(attributes, RESPONSE_ID),
        service_tier=first_text(attributes, *there.service_tier),
        reported_cost_usd=cost.usd,
        foreign_cost=cost.foreign,
    )


def _usage(attributes: Attributes, there: _Names, context: Context) -> Usage:
    if not there.counts:
        return _NO_USAGE
    usage = Usage(
        input=first_count(attributes, *there.input),
        output=first_count(attributes, *there.output),
        cached_input=first_count(attributes, *there.cached_input),
        cache_write=first_count(attributes, *there.cache_write),
        reasoning=first_count(attributes, *there.reasoning),
        parts=parts_of(attributes, there.parts) if there.parts else None,
    )
    for name in there.details:
        usage = completed(usage, read_details(attributes.get(name)))
    if not there.beside and not counts_beside(context.provider, context.model):
        return usage
    total = first_count(attributes, *TOTAL_TOKENS)
    return with_parts_beside(usage, attributes, context.provider, context.model, total)


def whole_call(call: LlmCall, span: Span) -> LlmCall:
    """The call with its whole input, where the counts, their total or the client show that it is short of a cache."""
    reported = call.usage
    if not reported.cached_input and not reported.cache_write:
        return call
    total = first_count(span.attributes, *TOTAL_TOKENS)
    whole = whole_usage(reported, total, is_exclusive=is_exclusive(span.scope))
    return call if whole == reported else msgspec.structs.replace(call, usage=whole)


def is_exclusive(scope: str) -> bool:
    """Whether an instrumentation is known to report an input without its cached and written tokens."""
    return scope.startswith(_EXCLUSIVE_SCOPES)


def _tool_call(span: Span, context: Context) -> ToolCall:
    status, error_type, error_class = outcome(span)
    return ToolCall(
        context=msgspec.structs.replace(context, operation="execute_tool"),
        tool=first_text(span.attributes, TOOL_NAME) or span.name.removeprefix("execute_tool").strip(),
        arguments_hash=arguments_hash(span.attributes),
        status=status,
        duration_seconds=span.duration_seconds,
        error_type=error_type,
        error_class=error_class,
    )


def _retrieval(span: Span, context: Context) -> Retrieval:
    status, error_type, error_class = outcome(span)
    documents = _documents(span.attributes.get("gen_ai.retrieval.documents"))
    scores = [
        score for d in documents or () if isinstance(d, dict) and (score := as_number(d.get("score"))) is not None
    ]
    return Retrieval(
        context=context,
        retriever=_retriever(span),
        status=status,
        duration_seconds=span.duration_seconds,
        documents=None if documents is None else len(documents),
        top_score=float(max(scores)) if scores else None,
        error_type=error_type,
        error_class=error_class,
    )


def _retriever(span: Span) -> str:
    """What was searched; some name only the kind of store, where others have the provider of a model."""
    named = first_text(span.attributes, "gen_ai.data_source.id") or span.name.removeprefix("retrieval").strip()
    return named or first_text(span.attributes, *PROVIDER)


def _documents(value: AttributeValue) -> Sequence[AttributeValue] | None:
    """The documents of a retrieval, from a list or its JSON text; None when they are not reported."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return None
    return value if isinstance(value, list) else None


def _agent_step(span: Span, context: Context) -> AgentStep:
    status, error_type, error_class = outcome(span)
    agent = context.agent or first_text(span.attributes, "gen_ai.workflow.name", "gen_ai.agent.id")
    return AgentStep(
        context=msgspec.structs.replace(context, agent=agent),
        kind=context.operation,
        status=status,
        duration_seconds=span.duration_seconds,
        error_type=error_type,
        error_class=error_class,
    )
