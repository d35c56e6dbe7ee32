"""OpenLLMetry and traceloop-sdk: the current ``gen_ai.*`` names, and the ``llm.*`` names of versions up to 0.4x.

Tokens: input includes cached and written-to-cache tokens, output includes reasoning.
Source: github.com/traceloop/openllmetry, packages/opentelemetry-semantic-conventions-ai.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from watchkeeper.exporter.normalise import langchain_result, otel_genai, vector_store
from watchkeeper.exporter.normalise.buckets import whole_usage
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.documents import scored_documents
from watchkeeper.exporter.normalise.indexed import indexed
from watchkeeper.exporter.normalise.output_messages import last_finish_reason
from watchkeeper.exporter.normalise.values import Attributes, first_count, first_text, is_true
from watchkeeper.model import AttributeValue, Context, Fact, LlmCall, Span

SPAN_KIND = "traceloop.span.kind"
ENTITY = "traceloop.entity.name"
REQUEST_TYPE = "llm.request.type"
DOCUMENTS = "gen_ai.retrieval.documents"

_OPERATIONS = {"chat": "chat", "completion": "text_completion", "embedding": "embeddings", "rerank": "rerank"}
_OWN_OPERATIONS = {"vector_db_retrieve": "retrieval", "embedding": "embeddings"}
# A task is any function of the application; alone it says nothing that others want to count.
_STEPS = {"tool": "execute_tool", "agent": "invoke_agent", "workflow": "invoke_workflow"}
# What these are about is in the name of the entity.
_NAMED = frozenset({*_STEPS.values(), "retrieval"})
# LangChain's classes, by which the JavaScript SDK calls every tool; what the tool returned has its name.
_TOOL_CLASSES = frozenset({"DynamicStructuredTool", "DynamicTool", "StructuredTool"})
# Gemini's answers report the tokens of thoughts beside the output, and these instrumentations only in the total.
_THOUGHTS_BESIDE = ("opentelemetry.instrumentation.google_generativeai", "opentelemetry.instrumentation.vertexai")
_STREAMING = ("gen_ai.is_streaming", "llm.is_streaming")
_CHUNKS = frozenset({"gen_ai.content.completion.chunk", "llm.content.completion.chunk"})
_OLD_NAMES = {
    otel_genai.REQUEST_MODEL: "llm.request.model",
    otel_genai.RESPONSE_MODEL: "llm.response.model",
    otel_genai.INPUT_TOKENS[0]: "llm.usage.prompt_tokens",
    otel_genai.OUTPUT_TOKENS[0]: "llm.usage.completion_tokens",
}

_PROPERTY = "traceloop.association.properties."
_SESSION = tuple(_PROPERTY + key for key in ("session.id", "sessionId", "conversation_id", "thread_id", "chat_id"))
_USER = tuple(_PROPERTY + key for key in ("user.id", "userId", "user"))
_TEAM = (_PROPERTY + "team",)
_TENANT = tuple(_PROPERTY + key for key in ("tenant", "tenant_id"))
_PROMPT = ("traceloop.prompt.key",)
_PROMPT_VERSION = ("traceloop.prompt.version", "traceloop.prompt.version_name")
_WHO = frozenset({*_SESSION, *_USER, *_TEAM, *_TENANT, *_PROMPT, *_PROMPT_VERSION})


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the call, tool run, agent step or search in a vector store that the span reports."""
    context = _completed(context, span.attributes)
    if search := vector_store.read_search(span, context):
        return (search,)
    facts = otel_genai.read_as(span, context, _in_conventions(span))
    return [_with_whole_usage(fact, span) if isinstance(fact, LlmCall) else fact for fact in facts]


def _completed(context: Context, attributes: Attributes) -> Context:
    if _WHO.isdisjoint(attributes):
        return context
    return replace(
        context,
        session_id=context.session_id or first_text(attributes, *_SESSION),
        user_id=context.user_id or first_text(attributes, *_USER),
        team=context.team or first_text(attributes, *_TEAM),
        tenant=context.tenant or first_text(attributes, *_TENANT),
        prompt=context.prompt or first_text(attributes, *_PROMPT),
        prompt_version=context.prompt_version or first_text(attributes, *_PROMPT_VERSION),
    )


def _with_whole_usage(call: LlmCall, span: Span) -> LlmCall:
    """Some instrumentations pass on what a provider counts beside the input or the output; the total reports."""
    total = first_count(span.attributes, *otel_genai.TOTAL_TOKENS)
    whole = whole_usage(call.usage, total, is_exclusive=otel_genai.is_exclusive(span.scope))
    if total and whole.output is not None and span.scope.startswith(_THOUGHTS_BESIDE):
        whole = replace(whole, output=max(whole.output, total - (whole.input or 0)))
    return call if whole == call.usage else replace(call, usage=whole)


def _in_conventions(span: Span) -> dict[str, AttributeValue]:
    """What the span reports under names of its own, under the names of the conventions."""
    attributes = span.attributes
    reported: dict[str, AttributeValue] = {
        name: attributes[old] for name, old in _OLD_NAMES.items() if old in attributes and name not in attributes
    }
    operation = _operation(attributes)
    reported |= {otel_genai.OPERATION: operation, **_provider(attributes)}
    if operation == "retrieval" and DOCUMENTS not in attributes:
        reported[DOCUMENTS] = scored_documents(attributes.get("traceloop.entity.output"))
    return reported | (_entity(attributes) if operation in _NAMED else _answer(span, operation))


def _operation(attributes: Attributes) -> str:
    reported = first_text(attributes, otel_genai.OPERATION)
    kind = first_text(attributes, SPAN_KIND).lower()
    return _OWN_OPERATIONS.get(reported, reported) or _call(attributes) or _STEPS.get(kind, "")


def _call(attributes: Attributes) -> str:
    """The operation of a model request; some instrumentations call a chat a completion, but its answer has a role."""
    operation = _OPERATIONS.get(first_text(attributes, REQUEST_TYPE).lower(), "")
    has_roles = "gen_ai.prompt.0.role" in attributes or "gen_ai.completion.0.role" in attributes
    return "chat" if operation == "text_completion" and has_roles else operation


def _entity(attributes: Attributes) -> dict[str, AttributeValue]:
    kind = first_text(attributes, SPAN_KIND)
    name = first_text(attributes, ENTITY).removesuffix(f".{kind}")
    if name in _TOOL_CLASSES:
        name = langchain_result.tool_named(attributes.get("traceloop.entity.output")) or name
    return {
        otel_genai.TOOL_NAME: first_text(attributes, otel_genai.TOOL_NAME) or name,
        "gen_ai.workflow.name": name or first_text(attributes, "traceloop.workflow.name"),
        "gen_ai.data_source.id": first_text(attributes, "gen_ai.data_source.id") or name,
    }


def _provider(attributes: Attributes) -> dict[str, AttributeValue]:
    return {otel_genai.PROVIDER[0]: first_text(attributes, *otel_genai.PROVIDER, "llm.vendor"), "gen_ai.system": ""}


def _answer(span: Span, operation: str) -> dict[str, AttributeValue]:
    """Streaming, time to the first token, finish reasons, and the input of embeddings that report only a total."""
    attributes = span.attributes
    first_chunk_ns = next((event.time_ns for event in span.events if event.name in _CHUNKS), None)
    reported: dict[str, AttributeValue] = {}
    if first_chunk_ns is not None and first_chunk_ns >= span.start_ns:
        reported[otel_genai.FIRST_CHUNK] = (first_chunk_ns - span.start_ns) / 1e9
    is_streaming = first_chunk_ns is not None or any(is_true(attributes.get(key)) for key in _STREAMING)
    if is_streaming:
        reported[otel_genai.STREAM] = True
    if otel_genai.FINISH_REASONS not in attributes:
        reported[otel_genai.FINISH_REASONS] = _finish_reasons(attributes, is_streaming=is_streaming)
    if operation == "embeddings" and first_count(attributes, *otel_genai.INPUT_TOKENS) is None:
        reported[otel_genai.INPUT_TOKENS[0]] = first_count(attributes, *otel_genai.TOTAL_TOKENS)
    return reported


def _finish_reasons(attributes: Attributes, *, is_streaming: bool) -> list[AttributeValue]:
    """Reasons of versions that spread them; a stream that says its reason is empty was cut off."""
    reasons = indexed(attributes, "gen_ai.completion", "finish_reason")
    reasons = reasons or indexed(attributes, "llm.completions", "finish_reason")
    if not reasons and (reason := first_text(attributes, "llm.response.finish_reason", "llm.response.stop_reason")):
        reasons = [reason]
    if not reasons and (last := last_finish_reason(attributes.get("gen_ai.output.messages"))) is not None:
        reasons = [last]
    return ["error"] if is_streaming and reasons and not any(reasons) else reasons


DIALECT = Dialect(
    name="openllmetry",
    scopes=(
        "traceloop.tracer",
        "@traceloop/",
        *(
            f"opentelemetry.instrumentation.{library}"
            for library in (
                "agno",
                "alephalpha",
                "anthropic",
                "bedrock",
                "chromadb",
                "cohere",
                "crewai",
                "google_generativeai",
                "groq",
                "haystack",
                "lancedb",
                "langchain",
                "llamaindex",
                "marqo",
                "mcp",
                "milvus",
                "mistralai",
                "ollama",
                "openai.",
                "openai_agents",
                "pinecone",
                "qdrant",
                "replicate",
                "sagemaker",
                "together",
                "transformers",
                "vertexai",
                "voyageai",
                "watsonx",
                "weaviate",
                "writer",
            )
        ),
    ),
    markers=(SPAN_KIND, "traceloop.workflow.name", REQUEST_TYPE),
    read=read,
)
