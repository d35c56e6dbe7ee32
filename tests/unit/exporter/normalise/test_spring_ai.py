from collections.abc import Sequence

import pytest
from tests.support.facts import chat_attributes, make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.model import AttributeValue, Fact, LlmCall, Retrieval, ToolCall, Usage


def facts_of(fields: dict[str, AttributeValue]) -> Sequence[Fact]:
    """The facts of a span as Spring Boot's tracing sends it."""
    return Normaliser(DIALECTS).read(make_span(fields, scope="org.springframework.boot")).facts


def test_a_tool_is_known_by_its_kind() -> None:
    """Its operation is the framework's, and so is the name of its name."""
    fields: dict[str, AttributeValue] = {
        "gen_ai.operation.name": "framework",
        "gen_ai.system": "spring_ai",
        "spring.ai.kind": "tool_call",
        "spring.ai.tool.definition.name": "weather",
    }

    (tool,) = facts_of(fields)

    assert isinstance(tool, ToolCall)
    assert (tool.tool, tool.status) == ("weather", "ok")


@pytest.mark.parametrize(("operation", "count"), [("query", 1), ("add", 0), ("delete", 0)])
def test_only_a_search_in_a_vector_store_is_a_retrieval(operation: str, count: int) -> None:
    """What is written to it retrieves nothing."""
    fields: dict[str, AttributeValue] = {
        "spring.ai.kind": "vector_store",
        "db.system": "pg_vector",
        "db.operation.name": operation,
        "db.collection.name": "handbook",
    }

    retrievals = [fact for fact in facts_of(fields) if isinstance(fact, Retrieval)]

    assert [retrieval.retriever for retrieval in retrievals] == ["handbook"] * count


@pytest.mark.parametrize("kind", ["chat_client", "advisor"])
def test_what_wraps_a_call_reports_nothing(kind: str) -> None:
    """The call inside is reported by a span of its own."""
    fields: dict[str, AttributeValue] = {"gen_ai.operation.name": "framework", "gen_ai.system": "spring_ai"}

    assert facts_of({**fields, "spring.ai.kind": kind}) == ()


def test_a_call_has_its_numbers_from_text() -> None:
    """Micrometer sends every value as text, and lists as JSON."""
    fields = {"gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "20"}
    reasons = {"gen_ai.response.finish_reasons": '["STOP"]'}

    (call,) = facts_of(chat_attributes(**fields, **reasons))

    assert isinstance(call, LlmCall)
    assert (call.usage, call.finish_reasons) == (Usage(input=100, output=20), ("stop",))
