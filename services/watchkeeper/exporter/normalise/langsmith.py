"""LangSmith's OpenTelemetry mode: ``gen_ai.*`` names beside its own ``langsmith.*`` ones.

A run's kind reports what it is: the operation of a retriever says "embeddings", that of a prompt's template "chat".
Tokens: input includes cached and written-to-cache tokens, output includes reasoning; a JSON object has all of them.
Source: github.com/langchain-ai/langsmith-sdk, js/src/experimental/otel and python/langsmith/_internal/otel.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.documents import scored_documents
from watchkeeper.exporter.normalise.usage_object import read_usage
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.model import Context, Fact, LlmCall, Span
from watchkeeper.model.span import STATUS_ERROR

KIND = "langsmith.span.kind"
# JavaScript's SDK has a name of its own for it; Python's keeps it among the metadata.
USAGE = ("langsmith.usage_metadata", "langsmith.metadata.usage_metadata")
_AGENT = ("langsmith.metadata.lc_agent_name", "langsmith.metadata.agent_name")
_SESSION = tuple(f"langsmith.metadata.{name}" for name in ("session_id", "thread_id", "conversation_id"))
_USER = ("langsmith.metadata.user_id",)
_TEAM = ("langsmith.metadata.team",)
_TENANT = ("langsmith.metadata.tenant", "langsmith.metadata.tenant_id")
_OPERATIONS = {"llm": "chat", "embedding": "embeddings", "tool": "execute_tool", "retriever": "retrieval"}
# Those of which a run has the name; of a call, only the documents of a search could be read from what was answered.
_NAMED = frozenset({"execute_tool", "retrieval"})


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return what a run of the span's kind stands for; chains, prompts and parsers give none."""
    operation = _OPERATIONS.get(first_text(span.attributes, KIND).lower())
    if operation is None:
        return ()
    named = _named(span) if operation in _NAMED else {}
    reported = {otel_genai.OPERATION: operation, **_call(span.attributes), **named}
    facts = otel_genai.read_as(_with_reported_failure(span), _who(span.attributes, context), reported)
    has_object = any(span.attributes.get(name) for name in USAGE)
    return [
        otel_genai.whole_call(fact, span) if isinstance(fact, LlmCall) and not has_object else fact for fact in facts
    ]


def _with_reported_failure(span: Span) -> Span:
    """A run has the status OK from its start, which OpenTelemetry lets no one change; the exception is recorded."""
    has_failed = bool(span.events) and any(event.name == "exception" for event in span.events)
    return replace(span, status_code=STATUS_ERROR) if has_failed else span


def _call(attributes: Attributes) -> Attributes:
    usage = attributes.get(USAGE[0]) or attributes.get(USAGE[1])
    model = first_text(attributes, otel_genai.RESPONSE_MODEL, otel_genai.REQUEST_MODEL)
    tokens = otel_genai.tokens_as_reported(read_usage(usage, model)) if usage else {}
    return {
        otel_genai.PROVIDER[0]: first_text(attributes, "langsmith.metadata.ls_provider", *otel_genai.PROVIDER),
        otel_genai.STREAM: attributes.get("langsmith.request.streaming"),
        otel_genai.SERVICE_TIER[0]: attributes.get("gen_ai.response.service_tier"),
        **tokens,
    }


def _named(span: Span) -> Attributes:
    name = first_text(span.attributes, "langsmith.trace.name") or span.name
    return {
        otel_genai.TOOL_NAME: first_text(span.attributes, otel_genai.TOOL_NAME) or name,
        "gen_ai.data_source.id": name,
        "gen_ai.retrieval.documents": scored_documents(span.attributes.get("gen_ai.completion")),
    }


def _who(attributes: Attributes, context: Context) -> Context:
    return replace(
        context,
        agent=context.agent or first_text(attributes, *_AGENT),
        session_id=context.session_id or first_text(attributes, *_SESSION),
        user_id=context.user_id or first_text(attributes, *_USER),
        team=context.team or first_text(attributes, *_TEAM),
        tenant=context.tenant or first_text(attributes, *_TENANT),
    )


DIALECT = Dialect(name="langsmith", scopes=("langsmith",), markers=(KIND,), read=read)
