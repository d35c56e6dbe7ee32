"""The route that takes metrics: what it reads, what it answers, and what it counts."""

import gzip
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter
from tests.support.metric_requests import NOW, counter, labels, points_of, request_of

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.otlp_metrics import decode_metrics


def post(exporter: ExporterInTest, request: Any, **headers: str) -> Any:
    """Send a request in protobuf."""
    return exporter.client.post("/v1/metrics", content=request.SerializeToString(), headers={**PROTOBUF, **headers})


def test_without_a_prometheus_metrics_are_accepted_and_counted_as_dropped(exporter: ExporterInTest) -> None:
    """An application with OpenTelemetry's defaults must not fail for want of a destination."""
    response = post(exporter, request_of(counter({"user.id": "a", "_as_int": 1}, {"model": "m", "_as_int": 1})))

    dropped = {sample.labels["reason"]: sample.value for sample in exporter.samples("watchkeeper_ingest_dropped_total")}
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == PROTOBUF["content-type"]
    assert dropped == {"attribute_user": 1, "no_destination": 2}


def test_json_and_gzip_are_taken_and_answered_in_json(exporter: ExporterInTest) -> None:
    """The reply has the request's encoding."""
    body = json_format.MessageToJson(request_of(counter({"_as_int": 1}))).encode()

    response = exporter.client.post(
        "/v1/metrics", content=gzip.compress(body), headers={**JSON, "content-encoding": "gzip"}
    )

    assert (response.status_code, response.json()) == (200, {})


def test_lost_points_are_reported_as_a_partial_success(exporter: ExporterInTest) -> None:
    """The sender hears how many and why."""
    response = post(exporter, request_of(counter({"_as_int": 1}, {"_as_int": 2, "a": "b"}, temporality=0)))

    partial = ExportMetricsServiceResponse.FromString(response.content).partial_success
    assert partial.rejected_data_points == 2
    assert "no_temporality" in partial.error_message


@pytest.mark.parametrize("headers", [PROTOBUF, JSON], ids=["protobuf", "JSON"])
def test_a_broken_request_is_the_sender_s_error(exporter: ExporterInTest, headers: dict[str, str]) -> None:
    """400, so that it is not sent again."""
    response = exporter.client.post("/v1/metrics", content=b"\xff\xff", headers=headers)

    assert response.status_code == 400
    assert response.headers["content-type"] == headers["content-type"]


def test_other_types_are_refused(exporter: ExporterInTest) -> None:
    """Prometheus' own text format comes by scraping."""
    response = exporter.client.post("/v1/metrics", content=b"a 1", headers={"content-type": "text/plain"})

    assert response.status_code == 415


def test_a_service_that_sends_only_metrics_has_limits(exporter: ExporterInTest) -> None:
    """Rules join on the limit of each service: without one its alerts would never fire."""
    post(exporter, request_of(counter({"_as_int": 1})))

    assert exporter.value("llm_alert_threshold", alert="LLMErrorRateHigh", service="bot") == 0.05


def test_a_large_request_is_taken_too() -> None:
    """Above a size the work is done in a thread; nothing else changes."""
    points = [{"model": f"m{n % 7}", "user.id": str(n), "_as_int": 1} for n in range(5_000)]

    with run_exporter() as exporter:
        response = post(exporter, request_of(counter(*points)))

        assert response.status_code == 200
        assert exporter.value("watchkeeper_ingest_dropped_total", reason="attribute_user") == 5_000
        assert exporter.value("watchkeeper_ingest_dropped_total", reason="no_destination") == 7


def test_json_says_the_same_as_protobuf() -> None:
    """Hex ids of exemplars, 64-bit integers as text, unknown fields left out."""
    body = b"""{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "calls", "futureField": 1, "sum": {
        "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [{"asInt": "9007199254740993",
        "timeUnixNano": "1795248000000000000", "attributes": [{"key": "m", "value": {"stringValue": "x"}}],
        "exemplars": [{"traceId": "0AF7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "asInt": "1"}]}]
    }}]}]}]}"""

    (point,) = points_of(decode_metrics(body, is_json=True)[0].SerializeToString())

    assert (point.as_int, point.time_unix_nano, labels(point)) == (9007199254740993, NOW, {"m": "x"})
    assert point.exemplars[0].trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert point.exemplars[0].span_id.hex() == "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        pytest.param(b"\xff\xff", False, id="no protobuf"),
        pytest.param(b"{", True, id="half of JSON"),
        pytest.param(b"[]", True, id="another JSON"),
        pytest.param(b"\xff", True, id="no text"),
        pytest.param(b'{"resourceMetrics": 5}', True, id="a number for a list"),
        pytest.param(b'{"resourceMetrics": ' + b"[" * 50_000, True, id="lists without end"),
    ],
)
def test_what_is_no_request_is_refused(body: bytes, is_json: bool) -> None:
    """The error names the spelling that was documented."""
    with pytest.raises(DecodeError, match="OTLP export request for metrics"):
        decode_metrics(body, is_json=is_json)
