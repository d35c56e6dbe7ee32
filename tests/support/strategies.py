"""What senders may send, for hypothesis."""

from hypothesis import strategies as st
from tests.support.facts import make_span

from watchkeeper.exporter.normalise import context, otel_genai
from watchkeeper.exporter.normalise.reported_cost import COST
from watchkeeper.model import AttributeValue, Span, SpanEvent, Usage

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    INT64,
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.binary(max_size=20),
    st.sampled_from(["true", "False", "12", "-1", "1e3", "nan", "inf", "[1]", '["stop"]', '{"a": 1}', "[" * 3000, ""]),
)
VALUES: st.SearchStrategy[AttributeValue] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)
# NaN and infinities have no JSON spelling, so they are in here only.
WILD_VALUES = VALUES | st.floats() | st.lists(st.floats(), max_size=2) | st.integers(2**63, 2**70)

KNOWN_KEYS = tuple(
    dict.fromkeys(
        (
            otel_genai.OPERATION,
            *otel_genai.PROVIDER,
            otel_genai.REQUEST_MODEL,
            otel_genai.RESPONSE_MODEL,
            *otel_genai.INPUT_TOKENS,
            *otel_genai.OUTPUT_TOKENS,
            *otel_genai.CACHED_INPUT,
            *otel_genai.CACHE_WRITE,
            *otel_genai.REASONING,
            *COST,
            *otel_genai.SERVICE_TIER,
            *context.SESSION,
            *context.USER,
            *context.AGENT,
            *context.TEAM,
            *context.TENANT,
            "gen_ai.response.finish_reasons",
            "gen_ai.response.id",
            "gen_ai.response.time_to_first_chunk",
            "gen_ai.request.stream",
            "gen_ai.tool.name",
            "gen_ai.data_source.id",
            "gen_ai.retrieval.documents",
            "gen_ai.workflow.name",
            "error.type",
            "http.response.status_code",
        )
    )
)
OPERATIONS = st.sampled_from(["chat", "embeddings", "execute_tool", "retrieval", "invoke_agent", "rerank", "other"])

ATTRIBUTES = st.dictionaries(st.sampled_from(KNOWN_KEYS) | TEXT, VALUES, max_size=8)
NANOSECONDS = st.integers(0, 2**63 - 1)


def hex_ids(digits: int) -> st.SearchStrategy[str]:
    """Ids that the standard calls valid, or none."""
    return st.integers(1, 16**digits - 1).map(lambda number: f"{number:0{digits}x}") | st.just("")


EVENTS = st.builds(SpanEvent, name=TEXT, time_ns=NANOSECONDS, attributes=ATTRIBUTES)
SPANS: st.SearchStrategy[Span] = st.builds(
    make_span,
    attributes=ATTRIBUTES,
    trace_id=hex_ids(32),
    span_id=hex_ids(16),
    parent_span_id=hex_ids(16),
    name=TEXT,
    kind=st.integers(0, 5),
    start_ns=NANOSECONDS,
    end_ns=NANOSECONDS,
    status_code=st.integers(0, 2),
    status_message=TEXT,
    events=st.lists(EVENTS, max_size=2),
    resource=ATTRIBUTES,
    scope=TEXT,
    scope_version=TEXT,
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Usage that does not contradict itself."""
    total_input, output = draw(st.integers(0, 10**7)), draw(st.integers(0, 10**6))
    cached = draw(st.integers(0, total_input))
    written = draw(st.integers(0, total_input - cached))
    reasoning = draw(st.integers(0, output))
    return Usage(input=total_input, output=output, cached_input=cached, cache_write=written, reasoning=reasoning)
