"""Whatever can be decoded goes through every step: no step and no sink fails on it."""

import io
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.decoded import decoded, placed
from tests.support.facts import NOW_NS
from tests.support.otlp import as_json, as_protobuf
from tests.support.strategies import KNOWN_KEYS, OPERATIONS, SPANS, TEXT, WILD_VALUES

from watchkeeper.config import load_config
from watchkeeper.exporter.ingest import otlp_json, otlp_protobuf
from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.events import decode_events
from watchkeeper.exporter.parts import Exporter
from watchkeeper.metrics.exposition import render
from watchkeeper.model import Span

TIMES = st.integers(0, 2**64 - 1)


@pytest.fixture(scope="module")
def exporter() -> Iterator[Exporter]:
    """The parts of one exporter that has to bear everything."""
    parts = Exporter(load_config(None, {}), io.BytesIO())
    yield parts
    parts.writer.close()


def assert_nothing_failed(exporter: Exporter) -> None:
    """No record was refused because of us, and no sink missed a fact."""
    for name in ("watchkeeper_ingest_rejected_total", "watchkeeper_ingest_dropped_total"):
        reasons = {values[-1] for values in exporter.store.families[name].series}
        assert not reasons & {"internal_error", "sink_failed"}


@given(
    span=SPANS,
    attributes=st.dictionaries(st.sampled_from(KNOWN_KEYS), WILD_VALUES, max_size=8),
    operation=OPERATIONS,
    times=st.tuples(TIMES, TIMES),
)
def test_any_span_reaches_every_sink(
    span: Span, attributes: dict[str, object], operation: str, times: tuple[int, int], exporter: Exporter
) -> None:
    """Times at the edge of 64 bits, absurd counts, ugly names: counted and reported."""
    reported = msgspec.structs.replace(
        span, attributes={**attributes, "gen_ai.operation.name": operation}, start_ns=times[0], end_ns=times[1]
    )

    exporter.pipeline.take("traces", enumerate([reported]), [], NOW_NS)
    exporter.pipeline.release(2**63)

    assert_nothing_failed(exporter)


@given(start=st.integers(-(10**20), 10**20), end=st.integers(-(10**20), 10**20), as_text=st.booleans())
def test_any_time_that_json_can_spell(start: int, end: int, exporter: Exporter, *, as_text: bool) -> None:
    """A time that is none is refused with the span or counted as it is, never crashed on."""
    spell = str if as_text else int
    span = {
        "startTimeUnixNano": spell(start),
        "endTimeUnixNano": spell(end),
        "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
    }
    body = msgspec.json.encode({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})

    spans, unread = decoded(otlp_json.decode_traces(body))
    exporter.pipeline.take("traces", enumerate(spans), unread, NOW_NS)
    exporter.pipeline.release(2**63)

    assert_nothing_failed(exporter)


EVENT_FIELDS = {
    "timestamp": st.floats(allow_nan=False, allow_infinity=False) | TEXT | st.integers(10**9, 4 * 10**9),
    "service": TEXT,
    "model": TEXT,
    "provider": TEXT,
    "team": TEXT,
    "prompt_version": TEXT | st.integers(-(2**63), 2**63 - 1),
    "user_id": TEXT,
    "input_tokens": st.integers(0, 2**53),
    "output_tokens": st.integers(0, 2**53),
    "cached_input_tokens": st.integers(0, 2**53),
    "duration_seconds": st.floats(0, 1e9),
    "time_to_first_token_seconds": st.floats(0, 1e9),
    "cost_usd": st.decimals(allow_nan=False, allow_infinity=False).map(str),
    "status": st.sampled_from(["ok", "error", "timeout"]),
    "finish_reason": TEXT,
}


@given(event=st.fixed_dictionaries({"type": st.just("llm_call")}, optional=EVENT_FIELDS))
def test_any_event_reaches_every_sink(event: dict[str, object], exporter: Exporter) -> None:
    """Every event of the schema is counted, or refused with what was wrong."""
    exporter.pipeline.take("events", *placed(decode_events(msgspec.json.encode([event]))), NOW_NS)

    assert_nothing_failed(exporter)


@given(spans=st.lists(SPANS, max_size=2))
def test_the_spelling_makes_no_difference(spans: list[Span]) -> None:
    """The same spans in protobuf and in JSON lead to the same metrics."""
    shown = []
    for read, unread in (
        decoded(otlp_protobuf.decode_traces(as_protobuf(*spans), AttributeReader())),
        decoded(otlp_json.decode_traces(as_json(*spans))),
    ):
        parts = Exporter(load_config(None, {}), io.BytesIO())
        parts.pipeline.take("traces", enumerate(read), unread, NOW_NS)
        shown.append("".join(render(parts.store, openmetrics=True)))
        parts.writer.close()

    assert shown[0] == shown[1]
