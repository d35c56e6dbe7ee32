"""Any bytes give records, rejections or a DecodeError: never a crash, never a lost neighbour."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from tests.support.decoded import decoded, placed
from tests.support.facts import NOW_NS, chat_attributes, make_span
from tests.support.otlp import as_json, as_protobuf
from tests.support.strategies import SPANS

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest import otlp_json, otlp_protobuf
from watchkeeper.exporter.ingest.alertmanager import decode_alerts
from watchkeeper.exporter.ingest.attributes import AttributeReader, plain
from watchkeeper.exporter.ingest.events import decode_events
from watchkeeper.exporter.ingest.key_value import read_usual
from watchkeeper.exporter.ingest.otlp_schema import MESSAGES
from watchkeeper.model import Span

DECODERS: dict[str, Callable[[bytes], Any]] = {
    "traces in protobuf": lambda body: decoded(otlp_protobuf.decode_traces(body, AttributeReader())),
    "traces in JSON": lambda body: decoded(otlp_json.decode_traces(body)),
    "events": lambda body: placed(decode_events(body)),
    "alerts": lambda body: decoded(decode_alerts(body, NOW_NS)),
}
GOOD_BODIES = {
    "traces in protobuf": as_protobuf(make_span(chat_attributes()), make_span({"deep": {"a": [1, 0.5, True]}})),
    "traces in JSON": as_json(make_span(chat_attributes()), make_span({"deep": {"a": [1, 0.5, True]}})),
    "events": b'[{"type": "llm_call", "model": "m", "cost_usd": 0.1, "metadata": {"a": []}}]',
    "alerts": b'{"version": "4", "alerts": [{"status": "firing", "labels": {"alertname": "A"}}]}',
}
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def assert_decodes(kind: str, body: bytes) -> None:
    """A decoder answers with records and rejections, or with a DecodeError that says what was expected."""
    try:
        records, rejections = DECODERS[kind](body)
    except DecodeError as error:
        assert "must be" in str(error)  # noqa: PT017  # either outcome is right
        return
    assert isinstance(records, list)
    assert all(rejection.reason and rejection.detail for rejection in rejections)


@pytest.mark.parametrize("kind", DECODERS)
@given(body=st.binary(max_size=300))
def test_any_bytes(kind: str, body: bytes) -> None:
    """Noise is refused, not crashed on."""
    assert_decodes(kind, body)


@pytest.mark.parametrize("kind", DECODERS)
@given(data=st.data())
def test_a_damaged_body(kind: str, data: st.DataObject) -> None:
    """A good body with some bytes changed, cut or doubled is taken in part or refused."""
    body = bytearray(GOOD_BODIES[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not body:
            break

    assert_decodes(kind, bytes(body))


@pytest.mark.parametrize("kind", ["traces in JSON", "events", "alerts"])
@given(value=JSON_VALUES)
def test_any_json(kind: str, value: object) -> None:
    """JSON of any shape is refused, not crashed on."""
    assert_decodes(kind, json.dumps(value).encode())


@settings(max_examples=60)  # building a span costs more than reading it
@given(spans=st.lists(SPANS, max_size=3))
def test_both_spellings_say_the_same(spans: list[Span]) -> None:
    """Protobuf and JSON of the same spans are the same spans."""
    from_protobuf = decoded(otlp_protobuf.decode_traces(as_protobuf(*spans), AttributeReader()))

    from_json = decoded(otlp_json.decode_traces(as_json(*spans)))

    assert from_protobuf == from_json == (spans, [])


@given(data=st.data(), value=st.integers(0, 2**22) | st.floats() | st.text(max_size=300))
def test_attributes_read_by_hand_say_what_protobuf_says(data: st.DataObject, value: float | str) -> None:
    """Whole or damaged, an attribute is read as protobuf reads it, or left to protobuf."""
    message = KeyValue(key=data.draw(st.text(max_size=150)))
    setattr(message.value, f"{ {int: 'int', float: 'double', str: 'string'}[type(value)] }_value", value)
    raw = bytearray(message.SerializeToString())
    for _ in range(data.draw(st.integers(0, 2))):
        place = data.draw(st.integers(0, len(raw)))
        raw[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))

    by_hand = read_usual(bytes(raw))

    if by_hand is not None:
        whole = KeyValue.FromString(bytes(raw))
        assert by_hand == (whole.key, plain(whole.value))


@pytest.mark.parametrize("value", ["word", 300, 0.5], ids=["text", "number", "fraction"])
def test_any_other_byte_anywhere_says_what_protobuf_says(value: float | str) -> None:
    """Each byte of a small attribute with each of its 256 values: read as protobuf reads it, or left to protobuf."""
    message = KeyValue(key="k")
    setattr(message.value, f"{ {int: 'int', float: 'double', str: 'string'}[type(value)] }_value", value)
    whole = message.SerializeToString()
    other = (whole[:place] + bytes((byte,)) + whole[place + 1 :] for place in range(len(whole)) for byte in range(256))

    read = {raw: pair for raw in other if (pair := read_usual(raw)) is not None}

    assert len(read) > 256
    for raw, pair in read.items():
        parsed = KeyValue.FromString(raw)
        assert pair == (parsed.key, plain(parsed.value))


@given(noise=st.binary(min_size=1, max_size=60), place=st.integers(0, 3))
def test_a_bad_span_never_loses_its_neighbours(noise: bytes, place: int) -> None:
    """Three good spans and one of noise: the three are always read."""
    good = MESSAGES["Span"](name=b"good", kind=3).SerializeToString()
    items = [good, good, good]
    items.insert(place, noise)
    request = MESSAGES["Request"]()
    request.resources.add().scopes.add().items.extend(items)

    spans, rejections = decoded(otlp_protobuf.decode_traces(request.SerializeToString(), AttributeReader()))

    assert len(spans) + len(rejections) == 4
    assert sum(span.name == "good" for span in spans) >= 3


@given(bad=JSON_VALUES, place=st.integers(0, 3))
def test_a_bad_event_never_loses_its_neighbours(bad: object, place: int) -> None:
    """Three good events and one of anything: the three are always taken."""
    events: list[object] = [{"type": "feedback", "rating": "positive"}] * 3
    events.insert(place, bad)

    taken, rejections = placed(decode_events(msgspec.json.encode(events)))

    assert len(taken) == 3
    assert [rejection.index for rejection in rejections] == [place]


@given(bad=JSON_VALUES, place=st.integers(0, 3))
def test_a_bad_json_span_never_loses_its_neighbours(bad: object, place: int) -> None:
    """The same for spans in JSON."""
    spans: list[object] = [{"name": "good"}] * 3
    spans.insert(place, bad)
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}

    taken, rejections = decoded(otlp_json.decode_traces(msgspec.json.encode(body)))

    assert len(taken) + len(rejections) == 4
    assert sum(span.name == "good" for span in taken) >= 3
