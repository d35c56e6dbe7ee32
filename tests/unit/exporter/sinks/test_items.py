"""Which item of a request is looked for at its destination later."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.support.facts import NOW_NS, SPAN_ID, TRACE_ID, make_span
from tests.support.otlp import as_json, as_protobuf

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.sinks.items import Item, pick_item

START_NS = NOW_NS - 10**9
THE_SPAN = Item(trace_id=TRACE_ID, span_id=SPAN_ID, time_ns=START_NS)
MANY = [make_span(trace_id=f"{number:032x}", span_id=f"{number:016x}") for number in range(1, 41)]


def a_log_record(**changes: object) -> bytes:
    """A request with one log record."""
    request = ExportLogsServiceRequest()
    fields = {"trace_id": bytes.fromhex(TRACE_ID), "span_id": bytes.fromhex(SPAN_ID), "time_unix_nano": NOW_NS}
    request.resource_logs.add().scope_logs.add().log_records.add(**{**fields, **changes})
    return request.SerializeToString()


def a_gauge(name: str, flags: int = 0) -> bytes:
    """A request with one data point."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=name)
    metric.gauge.data_points.add(time_unix_nano=NOW_NS, as_int=1, flags=flags)
    return request.SerializeToString()


@pytest.mark.parametrize(
    ("signal", "body", "is_json", "item"),
    [
        pytest.param("traces", as_protobuf(make_span()), False, THE_SPAN, id="a span"),
        pytest.param("traces", as_json(make_span()), True, THE_SPAN, id="a span in JSON, its ids in lowercase"),
        pytest.param(
            "logs", a_log_record(), False, Item(trace_id=TRACE_ID, span_id=SPAN_ID, time_ns=NOW_NS), id="a log record"
        ),
        pytest.param(
            "logs",
            a_log_record(time_unix_nano=0, observed_time_unix_nano=NOW_NS - 5),
            False,
            Item(trace_id=TRACE_ID, span_id=SPAN_ID, time_ns=NOW_NS - 5),
            id="a log record with the time of its observation alone",
        ),
        pytest.param(
            "metrics", a_gauge("queue.depth"), False, Item(metric="queue.depth", time_ns=NOW_NS), id="a point"
        ),
    ],
)
def test_an_item_has_what_it_is_known_by(signal: Signal, body: bytes, is_json: bool, item: Item) -> None:
    """Ids or a name, and its own time."""
    assert pick_item(signal, body, is_json, NOW_NS) == item


@pytest.mark.parametrize(
    ("signal", "body"),
    [
        pytest.param("traces", b"", id="an empty request"),
        pytest.param("traces", as_protobuf(make_span(trace_id="0" * 32)), id="a trace id of zeros"),
        pytest.param("traces", as_protobuf(make_span(span_id="")), id="no span id"),
        pytest.param("traces", as_protobuf(make_span(start_ns=NOW_NS - 3601 * 10**9)), id="a span of an import"),
        pytest.param("traces", as_protobuf(make_span(start_ns=NOW_NS + 3601 * 10**9)), id="a span of the future"),
        pytest.param("traces", as_protobuf(make_span(start_ns=0)), id="no time"),
        pytest.param("logs", a_log_record(trace_id=b""), id="a log record of no trace"),
        pytest.param("logs", a_log_record(time_unix_nano=0), id="a log record without a time"),
        pytest.param("metrics", a_gauge("queue.depth", flags=1), id="a point that says that nothing was recorded"),
        pytest.param("metrics", a_gauge("a.total.of"), id="a name in which a word is moved"),
        pytest.param("metrics", a_gauge('x"} or vector(1'), id="a name that is a query"),
    ],
)
def test_what_could_not_be_found_again_is_none(signal: Signal, body: bytes) -> None:
    """It would count as missing where nothing is lost."""
    assert pick_item(signal, body, is_json=False, now_ns=NOW_NS) is None


@pytest.mark.parametrize("write", [as_protobuf, as_json], ids=["protobuf", "JSON"])
def test_the_choice_rests_neither_on_order_nor_on_the_rest(write: Callable[..., bytes]) -> None:
    """The same item is chosen of the same ones, and it is not simply the first or the last."""
    is_json = write is as_json

    chosen = pick_item("traces", write(*MANY), is_json, NOW_NS)

    assert chosen == pick_item("traces", write(*reversed(MANY)), is_json, NOW_NS)
    assert chosen is not None
    assert chosen.span_id not in (MANY[0].span_id, MANY[-1].span_id)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"resourceSpans": 1}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "x"}]}]}]}',
        b"[" * 100_000,
        json.dumps({"resourceSpans": ["a"]}).encode(),
    ],
)
def test_json_that_is_no_request_is_an_error(body: bytes) -> None:
    """Of one kind, whatever is wrong."""
    with pytest.raises(ValueError, match="the body is not what its signal says"):
        pick_item("traces", body, is_json=True, now_ns=NOW_NS)


@given(body=st.binary(max_size=200), is_json=st.booleans())
def test_no_bytes_do_more_than_that(body: bytes, is_json: bool) -> None:
    """Any bytes give an item, none, or a ValueError."""
    try:
        item = pick_item("traces", body, is_json, NOW_NS)
    except ValueError:
        return
    assert item is None or item.trace_id
