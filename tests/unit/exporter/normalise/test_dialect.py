from collections.abc import Sequence

import pytest
from tests.support.facts import chat_attributes, make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Dialect, Normaliser
from watchkeeper.model import AttributeValue, Context, Fact, LlmCall, Span, ToolCall, Usage


def speaking(name: str, scopes: tuple[str, ...] = (), markers: tuple[str, ...] = ()) -> Dialect:
    """A dialect that answers every span with a tool call of its own name."""

    def read(_span: Span, context: Context) -> Sequence[Fact]:
        return (ToolCall(context=context, tool=name),)

    return Dialect(name=name, scopes=scopes, markers=markers, read=read)


NORMALISER = Normaliser(
    [
        speaking("first", ("lib",), ("mark.first", "mark.both")),
        speaking("second", ("lib.special", "other"), ("mark.second", "mark.both")),
    ]
)


@pytest.mark.parametrize(
    ("scope", "attributes", "dialect"),
    [
        pytest.param("lib", {}, "first", id="by its scope"),
        pytest.param("lib.openai", {}, "first", id="by the beginning of its scope"),
        pytest.param("lib.special.x", {}, "second", id="the longer scope wins"),
        pytest.param("lib", {"mark.second": 1}, "first", id="the scope wins over a marker"),
        pytest.param("unheard.of", {"mark.second": 1}, "second", id="by a marker where the scope is unknown"),
        pytest.param("", {"mark.first": 1}, "first", id="by a marker without any scope"),
        pytest.param("", {"mark.both": 1}, "first", id="the earlier dialect wins a shared marker"),
        pytest.param("", {"mark.second": 1, "mark.first": 1}, "first", id="the earlier dialect wins among markers"),
    ],
)
def test_the_dialect_of_a_span(scope: str, attributes: dict[str, AttributeValue], dialect: str) -> None:
    """A span's scope decides who reads it, else its attributes."""
    (fact,) = NORMALISER.read(make_span(attributes, scope=scope)).facts

    assert isinstance(fact, ToolCall)
    assert fact.tool == dialect


def test_a_span_that_no_one_speaks_for() -> None:
    """A span of no dialect is distinguished from one that reported nothing."""
    reading = NORMALISER.read(make_span({"http.method": "GET"}, scope="http"))

    assert reading.facts == ()
    assert not reading.is_recognised


def test_usage_that_contradicts_itself_is_cut_and_reported() -> None:
    """The contradiction is reported, the call and its totals stay."""
    span = make_span(chat_attributes(**{"gen_ai.usage.reasoning.output_tokens": 21}))

    reading = Normaliser(DIALECTS).read(span)

    (call,) = reading.facts
    assert isinstance(call, LlmCall)
    assert call.usage == Usage(input=100, output=20)
    assert [problem.reason for problem in reading.problems] == ["reasoning_exceeds_output"]
