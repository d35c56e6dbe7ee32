"""Input and output of spans, under the names of every dialect."""

import json

import pytest
from tests.support.facts import make_span as span

from watchkeeper.exporter.normalise.content import INPUT, MAX_READ, OUTPUT, read_content, with_content
from watchkeeper.model import AttributeValue, Content, Context, GuardrailCheck, LlmCall, SpanEvent


@pytest.mark.parametrize("name", INPUT)
def test_every_name_of_input_is_read(name: str) -> None:
    """What went in is found under each of its names."""
    assert read_content(span({name: "hello"}), has_vectors=False) == Content(input="hello")


@pytest.mark.parametrize("name", OUTPUT)
def test_every_name_of_output_is_read(name: str) -> None:
    """What came out is found under each of its names."""
    assert read_content(span({name: "hello"}), has_vectors=False) == Content(output="hello")


SPREAD: dict[str, tuple[dict[str, AttributeValue], Content]] = {
    "OpenLLMetry until 0.47": (
        {"gen_ai.prompt.1.content": "b", "gen_ai.prompt.0.role": "user", "gen_ai.completion.0.content": "c"},
        Content(input="0.role: user\n1.content: b", output="0.content: c"),
    ),
    "OpenInference": (
        {"llm.input_messages.10.message.content": "b", "llm.input_messages.2.message.content": "a"},
        Content(input="2.message.content: a\n10.message.content: b"),
    ),
    "documents": (
        {"retrieval.documents.0.document.content": "a", "retrieval.documents.0.document.score": 0.5},
        Content(output="0.document.content: a\n0.document.score: 0.5"),
    ),
    "instructions before messages": (
        {"gen_ai.system_instructions": "be kind", "gen_ai.input.messages": [{"role": "user"}]},
        Content(input='be kind\n[{"role":"user"}]'),
    ),
    "texts to embed, without their vectors": (
        {"embedding.embeddings.0.embedding.text": "a", "embedding.embeddings.0.embedding.vector": [0.1, 0.2]},
        Content(input="0.embedding.text: a"),
    ),
}


@pytest.mark.parametrize(("attributes", "fields"), SPREAD.values(), ids=SPREAD.keys())
def test_spread_messages_are_put_together(attributes: dict[str, AttributeValue], fields: Content) -> None:
    """Numbered attributes become one text, in the order of their numbers."""
    assert read_content(span(attributes), has_vectors=False) == fields


@pytest.mark.parametrize(
    "attributes", [{}, {"gen_ai.prompt.name": "greeting", "gen_ai.input.messages": ""}, {"output.value": []}]
)
def test_nothing_said_is_no_content(attributes: dict[str, AttributeValue]) -> None:
    """A span without content has none, not an empty one."""
    assert read_content(span(attributes), has_vectors=False) is None


def test_messages_in_events_are_read() -> None:
    """Older conventions put messages into the events of a span."""
    event = SpanEvent(name="gen_ai.content.prompt", time_ns=1, attributes={"gen_ai.prompt": "hello"})

    assert read_content(span({}, events=[event]), has_vectors=False) == Content(input="hello")


def test_vectors_are_never_content() -> None:
    """Neither the output of embeddings nor a vector in other output is reported."""
    vector = [0.0123, -0.5, 1.25e-05, *[0.25] * 1000]
    output = json.dumps({"text": "a", "embedding": vector})

    assert read_content(span({"output.value": output}), has_vectors=True) is None
    assert read_content(span({"output.value": output}), has_vectors=False) == Content(
        output='{"text": "a", "embedding": [vector]}'
    )


def test_no_more_than_a_part_of_long_text_is_read() -> None:
    """Long text is cut before anything else looks at it."""
    fields = read_content(span({"input.value": "x" * 10 * MAX_READ}), has_vectors=False)

    assert fields == Content(input="x" * MAX_READ)


def test_only_some_facts_have_content() -> None:
    """Calls get what was said; a guardrail's check has no place for it."""
    context = Context(time_ns=1)
    said = span({"input.value": "hello"})
    check = GuardrailCheck(context=context, guardrail="g", result="passed")

    call = with_content(LlmCall(context=context), said)

    assert isinstance(call, LlmCall)
    assert call.content == Content(input="hello")
    assert with_content(check, said) is check
