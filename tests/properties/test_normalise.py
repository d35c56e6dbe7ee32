"""Whatever a span's attributes hold, reading it gives facts that keep their invariants, or nothing."""

import math

from hypothesis import given
from hypothesis import strategies as st
from tests.support.facts import make_span
from tests.support.strategies import INT64, KNOWN_KEYS, OPERATIONS, SPANS, TEXT, WILD_VALUES

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.failures import ERROR_TYPES
from watchkeeper.exporter.normalise.values import as_count
from watchkeeper.model import AttributeValue, LlmCall, Retrieval, Span, ToolCall

ALL = Normaliser(DIALECTS)
ONLY_OTEL = Normaliser([otel_genai.DIALECT])
MARKERS = tuple(marker for dialect in DIALECTS for marker in dialect.markers)
SCOPES = tuple(scope for dialect in DIALECTS for scope in dialect.scopes)


def assert_invariants(fact: object) -> None:
    """What every sink may rely on."""
    if isinstance(fact, LlmCall):
        usage = fact.usage
        counts = (usage.input, usage.output, usage.cached_input, usage.cache_write, usage.reasoning)
        assert all(count is None or (isinstance(count, int) and count >= 0) for count in counts)
        assert (usage.cached_input or 0) + (usage.cache_write or 0) <= (usage.input or 0)
        assert (usage.reasoning or 0) <= (usage.output or 0)
        assert fact.reported_cost_usd is None or (fact.reported_cost_usd.is_finite() and fact.reported_cost_usd >= 0)
        first = fact.time_to_first_token_seconds
        assert first is None or (math.isfinite(first) and first >= 0)
    if isinstance(fact, LlmCall | ToolCall | Retrieval):
        assert (fact.status == "ok") == (fact.error_type == "")
        assert fact.error_type in {"", *ERROR_TYPES}
        assert fact.duration_seconds is None or fact.duration_seconds >= 0


@given(
    operation=OPERATIONS,
    attributes=st.dictionaries(st.sampled_from(KNOWN_KEYS), WILD_VALUES, max_size=10),
    status_code=st.integers(0, 2),
)
def test_any_values_under_the_known_names(
    operation: str, attributes: dict[str, AttributeValue], status_code: int
) -> None:
    """Booleans as text, numbers as text, JSON in text, NaN, negative, 2**63, nested: facts or nothing."""
    span = make_span({**attributes, otel_genai.OPERATION: operation}, status_code=status_code)

    reading = ONLY_OTEL.read(span)

    assert reading.is_recognised
    assert len(reading.facts) == (operation != "other")
    for fact in reading.facts:
        assert_invariants(fact)


@given(
    span=SPANS,
    scope=st.sampled_from(SCOPES) | TEXT,
    markers=st.dictionaries(st.sampled_from(MARKERS), WILD_VALUES, max_size=4),
)
def test_any_span_of_any_dialect(span: Span, scope: str, markers: dict[str, AttributeValue]) -> None:
    """No dialect crashes on its own markers with anything in them."""
    reported = make_span({**span.attributes, **markers}, scope=scope, status_code=span.status_code, events=span.events)

    for fact in ALL.read(reported).facts:
        assert_invariants(fact)


@given(
    total=st.integers(1, 10**6),
    cached=INT64,
    written=INT64,
)
def test_cached_tokens_never_exceed_the_input(total: int, cached: int, written: int) -> None:
    """The total stays, unless it is too small for its parts: then the client reported them beside it."""
    span = make_span(
        {
            otel_genai.OPERATION: "chat",
            otel_genai.INPUT_TOKENS[0]: total,
            otel_genai.CACHED_INPUT[0]: cached,
            otel_genai.CACHE_WRITE[0]: written,
        }
    )

    reading = ONLY_OTEL.read(span)

    (call,) = reading.facts
    assert_invariants(call)
    assert isinstance(call, LlmCall)
    parts = (as_count(cached) or 0) + (as_count(written) or 0)
    assert call.usage.input == (total if parts <= total else total + parts)
