"""Model calls as OpenInference reports them: kinds LLM, EMBEDDING, RERANKER and DECISION."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from watchkeeper.exporter.normalise import embedding_sketch, langchain_result, otel_genai
from watchkeeper.exporter.normalise.beside_totals import with_parts_beside
from watchkeeper.exporter.normalise.buckets import whole_usage
from watchkeeper.exporter.normalise.first_event import seconds_to_first
from watchkeeper.exporter.normalise.json_text import parse, word
from watchkeeper.exporter.normalise.model_names import provider_name, split_model
from watchkeeper.exporter.normalise.present import Present
from watchkeeper.exporter.normalise.priced_parts import PART_NAMES, parts_of
from watchkeeper.exporter.normalise.raw_usage import with_dumped_details
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.exporter.normalise.values import Attributes, first_count, first_text, is_true
from watchkeeper.model import AttributeValue, Context, Fact, Span, Usage
from watchkeeper.model.providers import provider_named

_PROMPT = "llm.token_count.prompt"
_COMPLETION = "llm.token_count.completion"
_TOTAL = "llm.token_count.total"
_DETAILS = "llm.token_count.prompt_details"
_CACHED = (f"{_DETAILS}.cache_read", f"{_DETAILS}.cache_input", *otel_genai.CACHED_INPUT)
_WRITTEN = (f"{_DETAILS}.cache_write", f"{_DETAILS}.cache_creation", *otel_genai.CACHE_WRITE)
_REASONING = ("llm.token_count.completion_details.reasoning", *otel_genai.REASONING)
_FIRST_TOKEN = ("First Token",)


class _Subsets(NamedTuple):
    """Names of the subsets of tokens, most of which a call has not."""

    cached_input: tuple[str, ...]
    cache_write: tuple[str, ...]
    reasoning: tuple[str, ...]
    parts: tuple[str, ...]


_PRESENT = Present(_Subsets(_CACHED, _WRITTEN, _REASONING, PART_NAMES), _Subsets._make)


class _Names(msgspec.Struct, frozen=True, kw_only=True):
    """Where a kind of call reports its models and tokens."""

    operation: str
    answered: tuple[str, ...]
    requested: tuple[str, ...] = ()
    parameters: str = "llm.invocation_parameters"
    provider: tuple[str, ...] = ("llm.provider", "llm.system")
    input: tuple[str, ...] = (_PROMPT,)
    output: tuple[str, ...] = (_COMPLETION,)


_CHAT = _Names(
    operation="chat",
    answered=("llm.response.model_name", "llm.response.model", "llm.model_name"),
    requested=("llm.request.model_name",),
)
_EMBEDDINGS = _Names(
    operation="embeddings",
    answered=("embedding.model_name", "llm.model_name"),
    parameters="embedding.invocation_parameters",
    input=(_PROMPT, _TOTAL),
    output=(),
)
_RERANK = _Names(operation="rerank", answered=("reranker.model_name",), input=(_PROMPT, _TOTAL), output=())
_DECISION = _Names(
    operation="generate_content",
    answered=("decision.response.model_name", "decision.model_name"),
    requested=("decision.request.model_name",),
    provider=("decision.provider", "decision.system"),
    input=("decision.token_count.input",),
    output=("decision.token_count.output",),
)


class _Parameters(msgspec.Struct):
    """What the application asked for."""

    model: Any = None
    model_name: Any = None
    model_id: Any = msgspec.field(default=None, name="modelId")
    stream: Any = None
    service_tier: Any = None


class _Incomplete(msgspec.Struct):
    reason: Any = None


class _Skipped(msgspec.Struct):
    """An object that is there, and whose content is not decoded."""


class _Response(msgspec.Struct):
    """A provider's answer as the client library dumps it; only what names it is decoded, nothing of its content.

    ``usage`` and ``choices`` report such an answer from a model's own JSON.
    """

    id: Any = None
    model: Any = None
    service_tier: Any = None
    status: Any = None
    incomplete_details: _Incomplete | None = None
    usage: _Skipped | None = None
    choices: list[_Skipped] | None = None


def chat(span: Span, context: Context) -> Sequence[Fact]:
    """The call of a span of kind LLM."""
    return _read(span, context, _CHAT, _response(span.attributes))


def embeddings(span: Span, context: Context) -> Sequence[Fact]:
    """The call of a span of kind EMBEDDING, and its vectors where the span has them, of which projections are kept."""
    return (*_read(span, context, _EMBEDDINGS, _Response()), *embedding_sketch.of_span(span.attributes, context))


def rerank(span: Span, context: Context) -> Sequence[Fact]:
    """The call of a span of kind RERANKER, where a model did it."""
    return _read(span, context, _RERANK, _Response()) if first_text(span.attributes, *_RERANK.answered) else ()


def decision(span: Span, context: Context) -> Sequence[Fact]:
    """The call of a span of kind DECISION: a model that answers typed questions with probabilities."""
    return _read(span, context, _DECISION, _Response())


def _read(span: Span, context: Context, names: _Names, response: _Response) -> Sequence[Fact]:
    attributes = span.attributes
    asked = parse(attributes.get(names.parameters), _Parameters) or _Parameters()
    first_token = seconds_to_first(span, _FIRST_TOKEN)
    reported: dict[str, AttributeValue] = {
        otel_genai.OPERATION: names.operation,
        **(models := _models(attributes, names, asked, word(response.model))),
        **otel_genai.tokens_as_reported(_usage(attributes, names, models)),
        otel_genai.STREAM: is_true(asked.stream)
        or is_true(attributes.get("llm.is_streaming"))
        or first_token is not None,
        otel_genai.FIRST_CHUNK: first_token,
        otel_genai.FINISH_REASONS: _reasons(attributes, response),
        otel_genai.RESPONSE_ID: first_text(attributes, otel_genai.RESPONSE_ID, "llm.response.id") or word(response.id),
        otel_genai.SERVICE_TIER[0]: word(response.service_tier) or word(asked.service_tier),
    }
    if cost := first_text(attributes, "llm.cost.total"):
        reported[COST[0]] = cost
    return otel_genai.read_as(span, context, reported)


def _models(attributes: Attributes, names: _Names, asked: _Parameters, dumped: str) -> Attributes:
    asked_name = next(filter(None, map(word, (asked.model, asked.model_name, asked.model_id))), "")
    requested = first_text(attributes, *names.requested) or asked_name
    reported_provider = provider_name(first_text(attributes, *names.provider))
    reported = dumped or first_text(attributes, *names.answered) or requested
    answered, provider = split_model(reported, reported_provider)
    return {
        otel_genai.PROVIDER[0]: provider,
        otel_genai.RESPONSE_MODEL: answered,
        otel_genai.REQUEST_MODEL: split_model(requested, provider)[0],
    }


def _usage(attributes: Attributes, names: _Names, models: Attributes) -> Usage:
    there = _PRESENT.of(attributes)
    reported = Usage(
        input=first_count(attributes, *names.input),
        output=first_count(attributes, *names.output),
        cached_input=first_count(attributes, *there.cached_input),
        cache_write=first_count(attributes, *there.cache_write),
        reasoning=first_count(attributes, *there.reasoning),
        parts=parts_of(attributes, there.parts) if there.parts else None,
    )
    if reported.cached_input is None and reported.reasoning is None:
        reported = with_dumped_details(reported, attributes.get("output.value"))
    total = first_count(attributes, _TOTAL)
    provider, model = provider_named(word(models[otel_genai.PROVIDER[0]])), word(models[otel_genai.RESPONSE_MODEL])
    return with_parts_beside(whole_usage(reported, total), attributes, provider, model, total)


def _response(attributes: Attributes) -> _Response:
    """The provider's answer; empty when the output is anything else."""
    output = attributes.get("output.value")
    answer = parse(output, _Response) or _Response()
    if isinstance(answer.model, str) and (answer.usage or answer.choices):
        return answer
    notes = langchain_result.notes(output)
    return _Response(
        id=next((note.id for note in notes if note.id), None),
        model=next((note.model_name for note in notes if note.model_name), None),
        service_tier=next((note.service_tier for note in notes if note.service_tier), None),
    )


def _reasons(attributes: Attributes, response: _Response) -> list[AttributeValue]:
    """The finish reason, or what the Responses API has in its place."""
    unfinished = response.incomplete_details.reason if response.incomplete_details else None
    reported = first_text(attributes, "llm.finish_reason") or word(unfinished) or word(response.status)
    return [reported] if reported else []
