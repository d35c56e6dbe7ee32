"""Both spellings of OTLP, against what clients send."""

import json

import pytest
from tests.support.decoded import decoded
from tests.support.facts import NOW_NS, SPAN_ID, TRACE_ID, make_span
from tests.support.otlp import as_json, as_protobuf

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest import otlp_json, otlp_protobuf
from watchkeeper.exporter.ingest.attributes import AttributeReader
from watchkeeper.exporter.ingest.otlp_schema import MESSAGES
from watchkeeper.model import AttributeValue, Rejection, Span, SpanEvent

FULL = make_span(
    {"text": "a", "yes": True, "whole": 3, "real": 0.5, "raw": b"\x00\xff", "none": None},
    parent_span_id="00f067aa0ba902b7",
    status_code=2,
    status_message="broken",
    events=[SpanEvent(name="exception", time_ns=NOW_NS, attributes={"exception.type": "ValueError"})],
    scope="lib",
    scope_version="1.2",
)


def from_protobuf(body: bytes) -> tuple[list[Span], list[Rejection]]:
    """Decode the binary spelling."""
    return decoded(otlp_protobuf.decode_traces(body, AttributeReader()))


def test_the_binary_spelling() -> None:
    """Every field of a span comes through."""
    spans, rejections = from_protobuf(as_protobuf(FULL))

    assert (spans, rejections) == ([FULL], [])


def test_the_json_spelling() -> None:
    """Every field of a span comes through, ids in lower case."""
    spans, rejections = decoded(otlp_json.decode_traces(as_json(FULL)))

    assert (spans, rejections) == ([FULL], [])


@pytest.mark.parametrize(
    ("value", "read"),
    [
        pytest.param(["a", 1, True, None], ["a", 1, True, None], id="a list"),
        pytest.param({"a": {"b": [1]}}, {"a": {"b": [1]}}, id="a nested mapping"),
        pytest.param([], [], id="an empty list"),
        pytest.param("", "", id="empty text"),
        pytest.param(-(2**63), -(2**63), id="the smallest integer"),
        pytest.param(2**63 - 1, 2**63 - 1, id="the largest integer"),
    ],
)
def test_values_of_all_types(value: AttributeValue, read: AttributeValue) -> None:
    """A value is the same from both spellings."""
    span = make_span({"key": value})

    assert from_protobuf(as_protobuf(span))[0][0].attributes["key"] == read
    assert decoded(otlp_json.decode_traces(as_json(span)))[0][0].attributes["key"] == read


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_are_none(value: float) -> None:
    """NaN and infinities are as good as absent."""
    (span,), _ = from_protobuf(as_protobuf(make_span({"key": value})))

    assert span.attributes["key"] is None


def test_deep_nesting_ends() -> None:
    """Values nested beyond reason are cut, not followed."""
    deep: AttributeValue = "end"
    for _ in range(30):
        deep = [deep]

    for spans, _ in (
        from_protobuf(as_protobuf(make_span({"key": deep}))),
        decoded(otlp_json.decode_traces(as_json(make_span({"key": deep})))),
    ):
        assert str(spans[0].attributes["key"]).count("[") <= 10


def broken_request(*spans: bytes) -> bytes:
    """An export request whose spans are these bytes."""
    request = MESSAGES["Request"]()
    request.resources.add().scopes.add().items.extend(spans)
    body: bytes = request.SerializeToString()
    return body


def test_a_broken_span_leaves_its_neighbours() -> None:
    """One span that is none is refused with its place; those around it are read."""
    good = MESSAGES["Span"](span_id=bytes.fromhex(SPAN_ID), name=b"good").SerializeToString()

    spans, rejections = from_protobuf(broken_request(good, b"\xff\xff\xff", good))

    assert [span.name for span in spans] == ["good", "good"]
    assert [(r.reason, r.index) for r in rejections] == [("malformed_span", 1)]
    assert rejections[0].detail.startswith("spans[1]: ")


def test_a_broken_attribute_costs_its_span_alone() -> None:
    """A span whose attribute is no KeyValue is refused, the next one read."""
    bad = MESSAGES["Span"](attributes=[b"\xff\xff"]).SerializeToString()
    good = MESSAGES["Span"](name=b"good").SerializeToString()

    spans, rejections = from_protobuf(broken_request(bad, good))

    assert [span.name for span in spans] == ["good"]
    assert [r.detail for r in rejections] == ["spans[0]: an attribute is not a KeyValue message"]


def test_text_that_is_no_utf8_is_replaced() -> None:
    """A name in another encoding does not cost the span."""
    span = MESSAGES["Span"](name=b"caf\xe9").SerializeToString()

    spans, _ = from_protobuf(broken_request(span))

    assert spans[0].name == "caf\ufffd"


def test_a_broken_json_span_leaves_its_neighbours() -> None:
    """One span of a wrong shape is refused with its place and the reason."""
    body = json.loads(as_json(FULL))
    spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.insert(0, {"name": 5})
    spans.append({"startTimeUnixNano": "soon"})
    spans.append({"startTimeUnixNano": "9" * 5000})

    read, rejections = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert read == [FULL]
    assert [(r.reason, r.index) for r in rejections] == [("malformed_span", index) for index in (0, 2, 3)]
    assert rejections[0].detail == "spans[0]: Expected `str`, got `int` - at `$.name`"


@pytest.mark.parametrize("time", [-1, "-1", 2**64, str(2**64)])
def test_a_time_beyond_64_bits_is_refused(time: int | str) -> None:
    """What protobuf cannot hold is no time in JSON either."""
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"endTimeUnixNano": time}, {"name": "good"}]}]}]}

    spans, rejections = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert [span.name for span in spans] == ["good"]
    assert [r.index for r in rejections] == [0]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"text"', b"null", b'{"resourceSpans": 5}', b"\xff\xfe", b"[" * 100_000],
    ids=["nothing", "half", "a list", "text", "null", "a wrong shape", "no text", "nested without end"],
)
def test_json_that_is_no_request(body: bytes) -> None:
    """A body that is no request at all is refused as a whole."""
    with pytest.raises(DecodeError, match=r"^body: must be a JSON "):
        decoded(otlp_json.decode_traces(body))


@pytest.mark.parametrize("body", [b"\xff\xff", b"{}", b"hello"], ids=["noise", "JSON", "text"])
def test_bytes_that_are_no_request(body: bytes) -> None:
    """A body that is no request at all is refused as a whole."""
    with pytest.raises(DecodeError, match=r"^body: must be a protobuf "):
        from_protobuf(body)


@pytest.mark.parametrize(
    ("trace_id", "read"),
    [
        pytest.param(TRACE_ID.upper(), TRACE_ID, id="capitals"),
        pytest.param("0" * 32, "", id="all zeros"),
        pytest.param("abc", "", id="too short"),
        pytest.param("x" * 32, "", id="not hex"),
        pytest.param("٣" * 32, "", id="digits of another script"),
        pytest.param("", "", id="absent"),
    ],
)
def test_ids_that_are_none_are_absent(trace_id: str, read: str) -> None:
    """An id is 32 hex digits and not zero; everything else is no id."""
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": trace_id}]}]}]}

    (span,), _ = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert span.trace_id == read


@pytest.mark.parametrize(
    ("code", "read"),
    [(2, 2), ("2", 2), ("STATUS_CODE_ERROR", 2), (1, 1), (0, 0), ("STATUS_CODE_UNSET", 0)],
)
def test_status_in_every_spelling(code: int | str, read: int) -> None:
    """Enums come as numbers or, from careless clients, as names."""
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"status": {"code": code}}]}]}]}

    (span,), _ = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert span.status_code == read


def test_a_resource_that_cannot_be_read_leaves_its_spans() -> None:
    """The spans keep what they say themselves."""
    request = MESSAGES["Request"]()
    holder = request.resources.add()
    holder.resource = MESSAGES["Resource"](attributes=[b"\xff\xff"]).SerializeToString()
    holder.scopes.add().items.append(MESSAGES["Span"](name=b"good").SerializeToString())

    (span,), rejections = from_protobuf(request.SerializeToString())

    assert (span.name, span.resource, rejections) == ("good", {}, [])


def test_recurring_attributes_are_remembered_and_bounded() -> None:
    """The memory of attributes is cleared when it is full, and the values stay right."""
    reader = AttributeReader()

    for n in range(9000):
        (span,), _ = decoded(otlp_protobuf.decode_traces(as_protobuf(make_span({"key": f"value-{n}"})), reader))
        assert span.attributes["key"] == f"value-{n}"

    assert len(reader._seen) <= 8192


SPAN_IN_JSON = {"name": "good"}


@pytest.mark.parametrize(
    ("bad", "good", "reasons"),
    [
        pytest.param({"scope": {"name": 5}, "spans": [SPAN_IN_JSON]}, 2, [], id="a scope's name is a number"),
        pytest.param({"scope": "text", "spans": [SPAN_IN_JSON]}, 2, [], id="a scope is text"),
        pytest.param({"spans": "text"}, 1, ["malformed_scope"], id="spans are text"),
        pytest.param("text", 1, ["malformed_scope"], id="a scope with its spans is text"),
        pytest.param({"spans": [SPAN_IN_JSON, 5]}, 2, ["malformed_span"], id="a span is a number"),
    ],
)
def test_what_is_wrong_in_json_is_left_out_by_itself(bad: object, good: int, reasons: list[str]) -> None:
    """Its neighbours are read, as in protobuf."""
    body = {"resourceSpans": [{"resource": {}, "scopeSpans": [bad, {"spans": [SPAN_IN_JSON]}]}]}

    spans, rejections = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert [span.name for span in spans] == ["good"] * good
    assert [rejection.reason for rejection in rejections] == reasons


@pytest.mark.parametrize("bad", [5, {"scopeSpans": 5}, None], ids=["a number", "its scopes are a number", "nothing"])
def test_a_resource_that_is_wrong_in_json_is_left_out_by_itself(bad: object) -> None:
    """The spans of other resources are read."""
    body = {"resourceSpans": [bad, {"scopeSpans": [{"spans": [SPAN_IN_JSON]}]}]}

    spans, rejections = decoded(otlp_json.decode_traces(json.dumps(body).encode()))

    assert ([span.name for span in spans], [one.reason for one in rejections]) == (["good"], ["malformed_resource"])
