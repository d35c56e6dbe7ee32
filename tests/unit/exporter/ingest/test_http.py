"""The ingest routes over HTTP: every status, every kind of reply."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter
from tests.support.facts import chat_attributes, make_span
from tests.support.otlp import as_json, as_protobuf

from watchkeeper.exporter.ingest.otlp_schema import MESSAGES

SPAN = make_span(chat_attributes())
CALL = {"type": "llm_call", "model": "gpt-4o-mini", "input_tokens": 100, "output_tokens": 20}
ALERTS = {
    "version": "4",
    "alerts": [{"status": "firing", "labels": {"alertname": "LLMErrorRateHigh", "severity": "high"}}],
}
ROUTES = ("/v1/traces", "/v1/events", "/v1/alerts")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter that takes bodies of 1000 bytes."""
    with run_exporter(config=limited(tmp_path, "max_body_bytes: 1000")) as running:
        yield running


def limited(directory: Path, limits: str) -> Path:
    """A watchkeeper.yml with these limits."""
    file = directory / "watchkeeper.yml"
    file.write_text(f"limits: {{{limits}}}")
    return file


def headers_for(route: str, **more: str) -> dict[str, str]:
    """The headers that a client of the route sends."""
    return {**(PROTOBUF if route == "/v1/traces" else JSON), **more}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(as_protobuf(SPAN), PROTOBUF, id="protobuf"),
        pytest.param(gzip.compress(as_protobuf(SPAN)), {**PROTOBUF, "content-encoding": "gzip"}, id="gzip"),
        pytest.param(as_protobuf(), PROTOBUF, id="no spans at all"),
        pytest.param(b"", PROTOBUF, id="an empty message"),
    ],
)
def test_traces_in_protobuf(body: bytes, headers: dict[str, str], exporter: ExporterInTest) -> None:
    """The reply is an empty ExportTraceServiceResponse in protobuf."""
    response = exporter.client.post("/v1/traces", content=body, headers=headers)

    assert (response.status_code, response.headers["content-type"]) == (200, "application/x-protobuf")
    assert ExportTraceServiceResponse.FromString(response.content) == ExportTraceServiceResponse()


def test_traces_in_json(exporter: ExporterInTest) -> None:
    """The reply is an empty ExportTraceServiceResponse in JSON, also with a charset in the type."""
    headers = {"content-type": "application/json; charset=utf-8"}

    response = exporter.client.post("/v1/traces", content=as_json(SPAN), headers=headers)

    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert response.json() == {}
    assert exporter.value("llm_requests_total", service="shop", model="gpt-4o-mini-2024-07-18") == 1


def test_partial_success_in_protobuf(exporter: ExporterInTest) -> None:
    """The reply reports how many spans were refused and why; the good one counts."""
    request = MESSAGES["Request"].FromString(as_protobuf(SPAN))
    request.resources[0].scopes[0].items.append(b"\xff\xff")

    response = exporter.client.post("/v1/traces", content=request.SerializeToString(), headers=PROTOBUF)

    partial = ExportTraceServiceResponse.FromString(response.content).partial_success
    assert (response.status_code, partial.rejected_spans) == (200, 1)
    assert partial.error_message.startswith("spans[1]: ")
    assert exporter.value("llm_requests_total") == 1
    assert exporter.value("watchkeeper_ingest_rejected_total", signal="traces", reason="malformed_span") == 1


def test_partial_success_in_json(exporter: ExporterInTest) -> None:
    """The same in JSON, the number as text as OTLP spells 64-bit integers."""
    body = json.loads(as_json(SPAN))
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].append({"name": 5})

    response = exporter.client.post("/v1/traces", content=json.dumps(body), headers=JSON)

    partial = response.json()["partialSuccess"]
    assert (response.status_code, partial["rejectedSpans"]) == (200, "1")
    assert partial["errorMessage"] == "spans[1]: Expected `str`, got `int` - at `$.name`"
    assert exporter.value("llm_requests_total") == 1


def test_events_are_taken(exporter: ExporterInTest) -> None:
    """The reply counts what was taken."""
    assert exporter.post_events(CALL, CALL) == {"accepted": 2, "rejected": 0, "rejections": []}
    assert exporter.value("llm_tokens_total", type="input") == 200
    assert exporter.value("watchkeeper_ingest_records_total", signal="events", type="LlmCall") == 2
    assert exporter.value("watchkeeper_ingest_requests_total", route="/v1/events", outcome="accepted") == 1


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/x-ndjson", "text/plain", "application/x-www-form-urlencoded"],
    ids=["JSON", "NDJSON", "text", "what curl -d says"],
)
def test_events_of_every_content_type(kind: str, exporter: ExporterInTest) -> None:
    """A newcomer's curl works without a header."""
    response = exporter.client.post("/v1/events", content=json.dumps(CALL), headers={"content-type": kind})

    assert (response.status_code, response.json()["accepted"]) == (200, 1)


def test_a_bad_event_leaves_its_neighbours(exporter: ExporterInTest) -> None:
    """It is reported with place, reason and detail, and counted by reason."""
    reply = exporter.post_events(CALL, {"type": "nonsense"}, {**CALL, "cost_usd": -1}, CALL)

    assert (reply["accepted"], reply["rejected"]) == (2, 2)
    assert sorted((r["index"], r["reason"]) for r in reply["rejections"]) == [
        (1, "invalid_event"),
        (2, "invalid_value"),
    ]
    assert exporter.value("llm_requests_total") == 2
    assert exporter.value("watchkeeper_ingest_rejected_total", signal="events") == 2


def test_a_batch_without_a_good_event_is_the_senders_error(exporter: ExporterInTest) -> None:
    """400, with the reason of each."""
    response = exporter.client.post("/v1/events", json=[{"type": "nonsense"}])

    assert response.status_code == 400
    assert response.json()["rejections"] == [
        {"index": 0, "reason": "invalid_event", "detail": "events[0]: Invalid value 'nonsense' - at `$.type`"}
    ]
    assert exporter.value("watchkeeper_ingest_requests_total", outcome="rejected") == 1


def test_thousands_of_bad_events_get_a_short_reply(exporter: ExporterInTest) -> None:
    """The counters have the whole number, the reply the first hundred."""
    response = exporter.client.post("/v1/events", json=[{"type": "x"}] * 5000)

    assert (response.json()["rejected"], len(response.json()["rejections"])) == (5000, 100)
    assert exporter.value("watchkeeper_ingest_rejected_total", signal="events") == 5000


def test_alerts_are_taken(exporter: ExporterInTest) -> None:
    """Each alert of a notification is counted; the same one again is no second line."""
    for _ in range(2):
        response = exporter.client.post("/v1/alerts", json=ALERTS)

    assert response.json() == {"accepted": 1, "rejected": 0, "rejections": []}
    assert (
        exporter.value(
            "watchkeeper_alerts_received_total", alertname="LLMErrorRateHigh", severity="high", status="firing"
        )
        == 2
    )


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_that_cannot_be_read_is_400(route: str, exporter: ExporterInTest) -> None:
    """What was expected is reported, in the route's own kind of reply."""
    response = exporter.client.post(route, content=b"\xff\xff[", headers=headers_for(route))

    assert response.status_code == 400
    assert "must be" in reported(response) or "events[0]" in reported(response)


def reported(response: Any) -> str:
    """The text of a refusal, whatever its encoding."""
    if response.headers["content-type"] == PROTOBUF["content-type"]:
        message: bytes = MESSAGES["RpcStatus"].FromString(response.content).message
        return message.decode()
    return str(response.text)


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_over_the_limit_is_413(route: str, small: ExporterInTest) -> None:
    """Before and after gunzip."""
    plain = small.client.post(route, content=b" " * 1001, headers=headers_for(route))
    packed = small.client.post(
        route, content=gzip.compress(b" " * 1001), headers=headers_for(route, **{"content-encoding": "gzip"})
    )

    assert [plain.status_code, packed.status_code] == [413, 413]
    assert "body: must be at most 1000 bytes, decompressed" in reported(plain)
    assert small.value("watchkeeper_ingest_requests_total", route=route, outcome="too_large") == 2


@pytest.mark.parametrize(
    ("route", "headers"),
    [
        ("/v1/traces", {"content-type": "text/html"}),
        ("/v1/traces", {}),
        ("/v1/traces", {**PROTOBUF, "content-encoding": "br"}),
        ("/v1/events", {"content-type": "application/x-protobuf"}),
        ("/v1/events", {**JSON, "content-encoding": "br"}),
        ("/v1/alerts", {**JSON, "content-encoding": "br"}),
    ],
    ids=str,
)
def test_a_type_or_encoding_no_one_reads_is_415(route: str, headers: dict[str, str], exporter: ExporterInTest) -> None:
    """What is allowed is reported."""
    response = exporter.client.post(route, content=b"x", headers=headers)

    assert response.status_code == 415
    assert "must be" in reported(response)


@pytest.mark.parametrize("route", ROUTES)
def test_overload_is_429_with_a_time_to_come_again(route: str, tmp_path: Path) -> None:
    """A client that waits and tries again loses nothing."""
    with run_exporter(config=limited(tmp_path, "max_in_flight_bytes: 10")) as exporter:
        response = exporter.client.post(route, content=b" " * 100, headers=headers_for(route))

        assert (response.status_code, 1 <= int(response.headers["retry-after"]) <= 10) == (429, True)
        assert exporter.value("watchkeeper_ingest_requests_total", route=route, outcome="overloaded") == 1


def test_broken_gzip_is_400(exporter: ExporterInTest) -> None:
    """The refusal of a broken OTLP body is a google.rpc.Status."""
    headers = {**PROTOBUF, "content-encoding": "gzip"}

    response = exporter.client.post("/v1/traces", content=gzip.compress(as_protobuf(SPAN))[:-9], headers=headers)

    status = MESSAGES["RpcStatus"].FromString(response.content)
    assert (response.status_code, status.code) == (400, 3)
    assert status.message == b"body: compressed data must be complete, it ends too early"


@pytest.mark.parametrize("route", ROUTES)
def test_another_method_is_405(route: str, exporter: ExporterInTest) -> None:
    """Telemetry is posted."""
    assert exporter.client.get(route).status_code == 405


def test_a_resent_batch_counts_once(exporter: ExporterInTest) -> None:
    """A client that retries after a lost answer does not double its calls."""
    for _ in range(3):
        exporter.client.post("/v1/traces", content=as_protobuf(SPAN), headers=PROTOBUF)

    assert exporter.value("llm_requests_total") == 1
    assert exporter.value("watchkeeper_ingest_dropped_total", reason="repeated_span") == 2


def test_spans_of_no_interest_are_counted_as_dropped(exporter: ExporterInTest) -> None:
    """Nothing is lost silently."""
    exporter.client.post("/v1/traces", content=as_protobuf(make_span({"http.method": "GET"})), headers=PROTOBUF)

    assert exporter.value("watchkeeper_ingest_dropped_total", stage="normalise", reason="not_genai") == 1
