"""Small requests that become large are refused, or taken in part, before anything is made of them."""

import asyncio
import gzip
import json
import tracemalloc
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.support.decoded import decoded
from tests.support.expansions import EXPANSIONS, MIB, field
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest

from watchkeeper.errors import TooManyError
from watchkeeper.exporter.batch import Receipt
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.otlp_shapes import ENVELOPE, METRIC, SPAN, request_of
from watchkeeper.exporter.ingest.pieces import MOST_RECORDS, Allowance, in_pieces, refusal_of, take_pieces
from watchkeeper.exporter.ingest.wire import weigh

# The whole exporter in this process: a body of 4 MiB, several times over, and what tracemalloc adds to each object.
_MOST_MEBIBYTES = 90
_MOST_OF_A_REPLY = 3 * MIB


@pytest.mark.parametrize("kind", EXPANSIONS)
def test_a_body_of_the_smallest_items_costs_little(kind: str, exporter: ExporterInTest) -> None:
    """Four MiB of items of two bytes: the answer is one of the protocol, short, and memory stays."""
    expansion = EXPANSIONS[kind]
    body = expansion.make(4 * MIB)
    tracemalloc.start()

    response = exporter.client.post(expansion.route, content=body, headers={"content-type": expansion.media_type})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert response.status_code in {200, 207, 400, 413}
    assert peak < _MOST_MEBIBYTES * MIB
    assert len(response.content) < _MOST_OF_A_REPLY


@pytest.mark.parametrize("kind", EXPANSIONS)
def test_compressed_a_thousand_times_it_is_refused(kind: str, exporter: ExporterInTest) -> None:
    """What shrinks to a thousandth is no telemetry."""
    expansion = EXPANSIONS[kind]
    headers = {"content-type": expansion.media_type, "content-encoding": "gzip"}

    response = exporter.client.post(expansion.route, content=gzip.compress(expansion.make(4 * MIB)), headers=headers)

    assert response.status_code == 413
    assert exporter.value("watchkeeper_ingest_requests_total", route=expansion.route, outcome="compression_ratio") == 1


def test_too_many_records_are_refused_and_counted(exporter: ExporterInTest) -> None:
    """One more than a request may hold: nothing is taken, and the answer says what to do."""
    events = [{"type": "feedback", "rating": "positive"}] * (MOST_RECORDS + 1)

    response = exporter.client.post("/v1/events", json=events)

    assert (response.status_code, "smaller batches" in response.json()["error"]) == (413, True)
    assert exporter.value("watchkeeper_ingest_requests_total", route="/v1/events", outcome="too_many") == 1
    assert exporter.value("llm_feedback_total") == 0


def test_as_many_records_as_a_request_may_hold(exporter: ExporterInTest) -> None:
    """All of them count, in many pieces."""
    reply = exporter.post_events(*[{"type": "feedback", "rating": "positive"}] * MOST_RECORDS)

    assert reply == {"accepted": MOST_RECORDS, "rejected": 0, "rejections": []}
    assert exporter.value("llm_feedback_total") == MOST_RECORDS


@pytest.mark.parametrize(
    ("route", "reply", "reason"),
    [
        ("/v1/traces", ExportTraceServiceResponse, "large_span"),
        ("/v1/logs", ExportLogsServiceResponse, "large_log_record"),
    ],
    ids=["spans", "log records"],
)
def test_a_record_of_too_many_parts_is_refused_alone(
    route: str, reply: Any, reason: str, exporter: ExporterInTest
) -> None:
    """Its neighbours count; the refusal is a partial success, counted by reason."""
    attribute = 9 if route == "/v1/traces" else 6
    large = field(2, field(attribute, b"") * 200_000)
    body = field(1, field(2, field(2, b"") + large + field(2, b"")))

    response = exporter.client.post(route, content=body, headers=PROTOBUF)

    partial = reply.FromString(response.content).partial_success
    assert (response.status_code, "[1]: must hold at most" in partial.error_message) == (200, True)
    assert exporter.value("watchkeeper_ingest_rejected_total", reason=reason) == 1


def test_a_json_span_of_too_many_attributes_is_refused_alone(exporter: ExporterInTest) -> None:
    """The same in JSON."""
    spans = [{}, {"attributes": [{"key": "k", "value": {"intValue": 1}}] * 40_000}, {}]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}

    response = exporter.client.post("/v1/traces", content=json.dumps(body), headers=JSON)

    assert response.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert exporter.value("watchkeeper_ingest_rejected_total", reason="large_span") == 1


def test_what_is_left_of_a_request_is_refused_once_it_had_its_parts() -> None:
    """Records are read until the parts of a request are used up, then no further."""
    read: list[int] = []
    allowance = Allowance(parts=10)

    def read_one(parts: int) -> int:
        allowance.spend(parts)
        read.append(parts)
        return parts

    taken, refused = decoded(in_pieces(enumerate([4, 4, 4, 1]), read_one, refusal_of("span"), allowance))

    assert (taken, read) == ([4, 4], [4, 4])
    assert [(one.index, one.reason) for one in refused] == [(2, "large_span"), (3, "large_span")]


async def test_others_have_a_turn_between_two_pieces() -> None:
    """A request of a thousand records never keeps the loop for all of them."""
    turns: list[int] = []

    class Taking:
        def take(self, _signal: str, records: Any, unread: Any, _received_ns: int, *, tenant: str = "") -> Receipt:
            assert tenant == "acme"
            turns.append(len(records))
            return Receipt(accepted=len(records), rejections=tuple(unread))

    async def other() -> None:
        for _ in range(3):
            turns.append(0)
            await asyncio.sleep(0)

    pieces = in_pieces(enumerate(range(300)), lambda item: item, refusal_of("span"), Allowance())
    receipt, _ = await asyncio.gather(take_pieces(Taking(), "traces", pieces, 0, tenant="acme"), other())

    assert turns == [128, 0, 128, 0, 44, 0]
    assert (receipt.accepted, receipt.rejections) == (300, ())


def test_a_reply_never_quotes_at_length(exporter: ExporterInTest) -> None:
    """Whatever a sender wrote, of names and ids a reply has their beginning."""
    long = "x" * MIB
    events = exporter.client.post("/v1/events", json=[{"type": "feedback", "rating": "positive", long: 1}] * 3)
    batch = {"batch": [{"id": long, "type": "score-create", "body": {}}] * 3}
    ingestion = exporter.client.post("/api/public/ingestion", json=batch)
    whole = exporter.client.post("/v1/budget/check", json={long: 1})

    assert [len(reply.content) < 4096 for reply in (events, ingestion, whole)] == [True, True, True]


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        pytest.param(b"[" + b"1," * 100 + b"1]", True, id="values"),
        pytest.param(b"[" + b"{}," * 100 + b"1]", True, id="objects"),
        pytest.param(b'["' + b"," * 200 + b'"]', False, id="commas in a text"),
        pytest.param(b'["' + b"\\\\" * 100 + b'","' + b"{" * 100 + b'"]', False, id="a text behind one of backslashes"),
        pytest.param(b'["' + rb"\"," * 200 + b'"]', False, id="escaped quotes"),
        pytest.param(b'[""' + b',""' * 200 + b"]", True, id="empty texts"),
        pytest.param(b'["' + b"\\" * 65536 + b'"' + b",1" * 100 + b"]", True, id="an escape on the edge of a window"),
        pytest.param(b'["' + b"\\" * 65535 + b'"' + b",1" * 100 + b'"]', False, id="an escaped quote on the edge"),
    ],
)
def test_values_count_outside_of_texts(text: bytes, *, is_refused: bool) -> None:
    """What is said in a text is as long as it likes."""
    if is_refused:
        with pytest.raises(TooManyError, match="at most 100 values"):
            check_values(text, 100)
    else:
        check_values(text, 100)


@pytest.mark.parametrize(
    ("body", "shape", "weight"),
    [
        pytest.param(b"", SPAN, 0, id="nothing"),
        pytest.param(field(5, b"name"), SPAN, 1, id="a name"),
        pytest.param(field(9, b"") * 2, SPAN, 6, id="two attributes"),
        pytest.param(field(9, field(1, b"k") + field(2, field(1, b"v"))), SPAN, 8, id="an attribute of text"),
        pytest.param(field(1, field(2, field(2, b"x" * 200) * 3)), ENVELOPE, 9, id="three items as they are"),
        pytest.param(
            field(1, field(2, field(2, field(9, field(1, field(6, bytes(80))))))), request_of(METRIC), 26, id="buckets"
        ),
    ],
)
def test_weight_of_a_message(body: bytes, shape: Any, weight: int) -> None:
    """A field counts once, one that holds a message three times, packed numbers each."""
    assert weigh(body, shape, weight) == weight
    if weight:
        with pytest.raises(TooManyError):
            weigh(body, shape, weight - 1)


@pytest.mark.parametrize(
    "body", [b"\x4a", b"\x4a\x05", b"\x4b\x4c", b"\xff" * 11, b"\x49\0\0"], ids=["cut", "long", "group", "tag", "fixed"]
)
def test_what_is_no_message_is_not_weighed(body: bytes) -> None:
    """A parser might read on where counting stopped."""
    with pytest.raises(ValueError, match=r"too early|OTLP|ten bytes"):
        weigh(body, SPAN, 100)
