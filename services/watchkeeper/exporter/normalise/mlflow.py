"""MLflow's tracing, sent over OTLP: ``mlflow.*`` attributes whose values are JSON, texts in quotes too.

Tokens: what the answer has, in the provider's own shape, or MLflow's summary of it, whose total shows what it means.
Source: github.com/mlflow/mlflow, mlflow/tracing/constant.py and mlflow/entities/span.py.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from watchkeeper.exporter.normalise import otel_genai, span_named
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.first_event import seconds_to_first
from watchkeeper.exporter.normalise.json_text import parse, plain, word
from watchkeeper.exporter.normalise.model_names import split_model
from watchkeeper.exporter.normalise.usage_object import read_usage
from watchkeeper.exporter.normalise.values import Attributes, is_true
from watchkeeper.model import Context, Fact, Span

TYPE = "mlflow.spanType"
_OUTPUTS = "mlflow.spanOutputs"
# Events of the pieces of a stream, by the integration that records them.
_CHUNKS = ("mlflow.chunk.item", "new_token")


class _Choice(msgspec.Struct):
    finish_reason: Any = None


class _Answer(msgspec.Struct):
    """A provider's answer as its client library dumps it; nothing of its content is decoded."""

    id: Any = None
    status: Any = None
    service_tier: Any = None
    usage: dict[str, Any] | None = None
    choices: list[_Choice] = []


class _Metadata(msgspec.Struct):
    """What LangChain and LangGraph report about a run."""

    lc_agent_name: Any = None
    thread_id: Any = None
    session_id: Any = None
    user_id: Any = None


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the fact that the span's type stands for; chains, parsers and tasks give none."""
    kind = plain(span.attributes.get(TYPE))
    if not kind:
        return otel_genai.read(span, context)
    read_kind = _READERS.get(kind)
    return read_kind(span, _who(span.attributes, context)) if read_kind else ()


def _who(attributes: Attributes, context: Context) -> Context:
    reported = parse(attributes.get("metadata"), _Metadata)
    if reported is None:
        return context
    return msgspec.structs.replace(
        context,
        agent=context.agent or word(reported.lc_agent_name),
        session_id=context.session_id or word(reported.session_id) or word(reported.thread_id),
        user_id=context.user_id or word(reported.user_id),
    )


def _chat(span: Span, context: Context) -> Sequence[Fact]:
    return _call(span, context, "chat")


def _embeddings(span: Span, context: Context) -> Sequence[Fact]:
    return _call(span, context, "embeddings")


def _call(span: Span, context: Context, operation: str) -> Sequence[Fact]:
    attributes = span.attributes
    answer = parse(attributes.get(_OUTPUTS), _Answer) or _Answer()
    asked = plain(attributes.get("model"))
    model, provider = split_model(
        plain(attributes.get("mlflow.llm.model")) or asked, plain(attributes.get("mlflow.llm.provider"))
    )
    first_chunk = seconds_to_first(span, _CHUNKS)
    reported: Attributes = {
        otel_genai.OPERATION: operation,
        otel_genai.PROVIDER[0]: provider,
        otel_genai.REQUEST_MODEL: split_model(asked, provider)[0],
        otel_genai.RESPONSE_MODEL: model,
        otel_genai.RESPONSE_ID: word(answer.id),
        otel_genai.SERVICE_TIER[0]: word(answer.service_tier),
        otel_genai.FINISH_REASONS: [word(choice.finish_reason) for choice in answer.choices] or [word(answer.status)],
        otel_genai.STREAM: is_true(attributes.get("stream")) or first_chunk is not None,
        otel_genai.FIRST_CHUNK: first_chunk,
        **otel_genai.tokens_as_reported(read_usage(answer.usage or attributes.get("mlflow.chat.tokenUsage"))),
    }
    return otel_genai.read_as(span, context, reported)


def _retrieval(span: Span, context: Context) -> Sequence[Fact]:
    return span_named.retrieval(span, context, span.attributes.get(_OUTPUTS))


_READERS: dict[str, Callable[[Span, Context], Sequence[Fact]]] = {
    "CHAT_MODEL": _chat,
    "LLM": _chat,
    "EMBEDDING": _embeddings,
    "TOOL": span_named.tool_call,
    "RETRIEVER": _retrieval,
    "AGENT": span_named.agent_step,
}

DIALECT = Dialect(name="mlflow", scopes=("mlflow",), markers=(TYPE,), read=read)
