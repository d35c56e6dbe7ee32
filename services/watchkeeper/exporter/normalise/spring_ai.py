"""Spring AI (Java): the spans around its calls of models, which themselves report OpenTelemetry's names.

Tools and searches in vector stores name their operation "framework" or the database's own; ``spring.ai.kind`` reports
them apart. Values are text, as Micrometer has no other.
Source: docs.spring.io/spring-ai/reference/observability, and the observation conventions of spring-ai-model.
"""

from collections.abc import Sequence

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.exporter.normalise.values import Attributes, first_text
from watchkeeper.model import Context, Fact, Span

KIND = "spring.ai.kind"
_TOOL = "tool_call"
_VECTOR_STORE = "vector_store"
_SEARCH = "query"


def read(span: Span, context: Context) -> Sequence[Fact]:
    """Return the run of a tool or the search that the span reports; clients and advisors only wrap calls."""
    attributes = span.attributes
    kind = first_text(attributes, KIND)
    if kind == _TOOL:
        tool = first_text(attributes, "spring.ai.tool.definition.name", otel_genai.TOOL_NAME)
        return otel_genai.read_as(span, context, {otel_genai.OPERATION: "execute_tool", otel_genai.TOOL_NAME: tool})
    if kind == _VECTOR_STORE and first_text(attributes, "db.operation.name") == _SEARCH:
        return otel_genai.read_as(span, context, _search(attributes))
    return otel_genai.read(span, context)


def _search(attributes: Attributes) -> Attributes:
    store = first_text(attributes, "db.collection.name", "db.system.name", "db.system")
    return {otel_genai.OPERATION: "retrieval", "gen_ai.data_source.id": store}


DIALECT = Dialect(name="spring_ai", scopes=(), markers=(KIND,), read=read)
