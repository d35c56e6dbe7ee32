"""Facts of spans whose name says which tool, retriever or agent they are, from clients that report only their kind."""

from collections.abc import Sequence

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.documents import scored_documents
from watchkeeper.exporter.normalise.values import Attributes
from watchkeeper.model import AttributeValue, Context, Fact, Span


def tool_call(span: Span, context: Context) -> Sequence[Fact]:
    """The run of the tool of that name."""
    return otel_genai.read_as(span, context, {otel_genai.OPERATION: "execute_tool", otel_genai.TOOL_NAME: span.name})


def retrieval(span: Span, context: Context, found: AttributeValue) -> Sequence[Fact]:
    """The search by the retriever of that name; ``found`` is what the span says it returned."""
    reported: Attributes = {
        otel_genai.OPERATION: "retrieval",
        "gen_ai.data_source.id": span.name,
        "gen_ai.retrieval.documents": scored_documents(found),
    }
    return otel_genai.read_as(span, context, reported)


def agent_step(span: Span, context: Context) -> Sequence[Fact]:
    """The step of the agent that the context names, or of that name."""
    context = msgspec.structs.replace(context, agent=context.agent or span.name)
    return otel_genai.read_as(span, context, {otel_genai.OPERATION: "invoke_agent"})
