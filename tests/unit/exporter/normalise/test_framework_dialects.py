"""Laws that hold for OpenInference, Langfuse and the Vercel AI SDK, whatever an application puts into attributes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.facts import make_span

from watchkeeper.exporter.normalise import langfuse, openinference, vercel_ai
from watchkeeper.exporter.normalise.context import read_context
from watchkeeper.exporter.normalise.dialect import Dialect
from watchkeeper.model import LlmCall

KEYS = {
    "openinference": (
        "openinference.span.kind",
        "llm.token_count.prompt",
        "llm.token_count.prompt_details.cache_read",
        "llm.invocation_parameters",
        "llm.model_name",
        "output.value",
        "metadata",
        "retrieval.documents.0.document.score",
        "evaluations.0.evaluation.name",
        "evaluations.0.evaluation.score",
    ),
    "langfuse": (
        "langfuse.observation.type",
        "langfuse.observation.usage_details",
        "langfuse.observation.cost_details",
        "langfuse.observation.completion_start_time",
        "langfuse.observation.model.parameters",
        "langfuse.observation.output",
        "langfuse.observation.metadata.id",
        "langfuse.observation.prompt.version",
    ),
    "vercel_ai": (
        "ai.operationId",
        "ai.usage.inputTokens",
        "ai.usage.cachedInputTokens",
        "ai.response.providerMetadata",
        "ai.response.msToFirstChunk",
        "ai.telemetry.metadata.langfusePrompt",
        "gen_ai.response.finish_reasons",
    ),
}
KINDS = ("LLM", "EMBEDDING", "TOOL", "RETRIEVER", "EVALUATOR", "generation", "retriever", "ai.generateText.doGenerate")
JSON = st.sampled_from(['{"id": [1]}', '{"usage": 7}', "[[[[", '{"openai": null}', '"text"', "1e999", '{"input": "x"}'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.sampled_from(KINDS) | JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
EACH_DIALECT = pytest.mark.parametrize(
    "dialect", [openinference.DIALECT, langfuse.DIALECT, vercel_ai.DIALECT], ids=lambda dialect: dialect.name
)


@EACH_DIALECT
@given(st.data())
def test_any_attributes_give_facts_or_nothing(dialect: Dialect, data: st.DataObject) -> None:
    """Values of any type are understood or left out, and never an error."""
    fields: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(KEYS[dialect.name]), VALUES))
    span = make_span(fields, name=data.draw(st.text()))

    facts = dialect.read(span, read_context(span))

    assert all(call.duration_seconds == 1.0 for call in facts if isinstance(call, LlmCall))


@EACH_DIALECT
def test_a_span_of_the_scope_that_reports_nothing_gives_nothing(dialect: Dialect) -> None:
    """An empty span is no call."""
    span = make_span(scope=next(iter(dialect.scopes), "ai"))

    assert tuple(dialect.read(span, read_context(span))) == ()
