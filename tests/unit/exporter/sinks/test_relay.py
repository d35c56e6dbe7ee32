"""Who gets which request, and the whole way from a route to another backend."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from tests.support.backend import Backend, run_backend
from tests.support.exporter import JSON, PROTOBUF, run_exporter
from tests.support.facts import chat_attributes, make_span
from tests.support.otlp import as_json, as_protobuf

from watchkeeper.exporter.sinks.forward import Destination, Forwarder, RealClock
from watchkeeper.exporter.sinks.relay import Relay, StoreMeter
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

SECRET = "what no one else may read"


@pytest.fixture
def backend() -> Iterator[Backend]:
    """A running backend."""
    with run_backend() as server:
        yield server


def config_file(folder: Path, *destinations: dict[str, object]) -> Path:
    """A watchkeeper.yml that forwards; JSON is YAML too."""
    file = folder / "watchkeeper.yml"
    file.write_text(json.dumps({"forward": destinations}), encoding="utf-8")
    return file


def test_accepted_traces_go_on_without_content_and_with_keys(backend: Backend, tmp_path: Path) -> None:
    """From the route to the backend: decompressed, cleaned, with the headers of the file."""
    (tmp_path / "keys.txt").write_text("# of the team\nAuthorization: Basic c2VjcmV0\n", encoding="utf-8")
    config = config_file(tmp_path, {"name": "tempo", "endpoint": backend.url, "headers_file": "keys.txt"})
    span = make_span(chat_attributes(**{"gen_ai.input.messages": SECRET}))

    with run_exporter(config=config) as exporter:
        exporter.client.post("/v1/traces", content=as_protobuf(span), headers=PROTOBUF)
        exporter.client.post("/v1/traces", content=as_json(span), headers=JSON)
        exporter.client.post("/v1/traces", content=b"\xff\xff", headers=PROTOBUF)

    (protobuf, json_) = backend.got
    assert [protobuf[0], json_[0]] == ["/v1/traces"] * 2
    assert [got[1]["authorization"] for got in backend.got] == ["Basic c2VjcmV0"] * 2
    assert [got[1]["content-type"] for got in backend.got] == [PROTOBUF["content-type"], JSON["content-type"]]
    assert not any(SECRET.encode() in got[2] for got in backend.got)
    assert protobuf[2] == as_protobuf(make_span(chat_attributes()))


def test_a_destination_that_may_see_content_gets_the_bytes_as_they_came(backend: Backend, tmp_path: Path) -> None:
    """Logs go by the same way, if they are wanted."""
    destination = {"name": "full", "endpoint": backend.url, "signals": ["traces", "logs"], "content": True}
    sent = as_protobuf(make_span(chat_attributes(**{"gen_ai.input.messages": SECRET})))

    with run_exporter(config=config_file(tmp_path, destination)) as exporter:
        exporter.client.post("/v1/traces", content=sent, headers=PROTOBUF)
        exporter.client.post("/v1/logs", content=b"", headers=PROTOBUF)
        exporter.client.post("/v1/metrics", content=b"", headers=PROTOBUF)

    assert [(path, body) for path, _, body in backend.got] == [("/v1/traces", sent), ("/v1/logs", b"")]


def test_langfuse_s_own_path_goes_on_as_traces(backend: Backend, tmp_path: Path) -> None:
    """Whatever path spans came by, they leave by the standard's."""
    with run_exporter(config=config_file(tmp_path, {"name": "tempo", "endpoint": backend.url})) as exporter:
        exporter.client.post("/api/public/otel/v1/traces", content=as_protobuf(make_span()), headers=PROTOBUF)

    ((path, _, body),) = backend.got
    assert path == "/v1/traces"
    assert len(ExportTraceServiceRequest.FromString(body).resource_spans) == 1


def test_metrics_go_to_prometheus_by_default(backend: Backend) -> None:
    """The address of the stack's Prometheus is enough."""
    with run_exporter({"WATCHKEEPER_PROMETHEUS_URL": backend.url}) as exporter:
        metric = {"name": "a", "gauge": {"dataPoints": [{"asInt": "1"}]}}
        exporter.client.post(
            "/v1/metrics", json={"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}, headers=JSON
        )

    ((path, headers, _),) = backend.got
    assert path == "/api/v1/otlp/v1/metrics"
    assert headers["content-type"] == PROTOBUF["content-type"]


def test_what_was_passed_on_by_us_before_is_not_passed_on_again(backend: Backend, tmp_path: Path) -> None:
    """A destination that leads back here would turn one request into endless ones."""
    with run_exporter(config=config_file(tmp_path, {"name": "back", "endpoint": backend.url})) as exporter:
        exporter.client.post("/v1/traces", content=as_protobuf(make_span()), headers={**PROTOBUF, "via": "1.1 other"})
        deadline = time.monotonic() + 20
        while not backend.got and time.monotonic() < deadline:
            exporter.client.get("/health")
        via = backend.got[0][1]["via"]

        exporter.client.post("/v1/traces", content=as_protobuf(make_span()), headers={**PROTOBUF, "via": via})

        assert exporter.value("watchkeeper_forward_dropped_total", destination="back", reason="loop") == 1
    assert via.startswith("1.1 other, 1.1 watchkeeper-")
    assert len(backend.got) == 1


async def test_what_happens_is_in_the_metrics() -> None:
    """Delivered, dropped, tried again and waiting, by destination."""
    store = MetricStore(METRICS)
    answers = iter([503, 200, 400])
    transport = httpx.MockTransport(lambda _request: httpx.Response(next(answers)))
    async with httpx.AsyncClient(transport=transport) as client:
        destination = Destination(name="d", endpoint="http://d", signals=("traces",), content=True, queue_bytes=10)
        forwarder = Forwarder(
            destination, client=client, strip=lambda *_: b"", meter=StoreMeter(store), clock=RealClock()
        )
        relay = Relay([forwarder], store, "mark")
        for body in (b"12345", b"12345", b"x"):
            assert relay.pass_on("traces", body, PROTOBUF["content-type"], "") == 1
        waiting = store.families["watchkeeper_forward_queue_bytes"].series[("d",)].value

        relay.start()
        await relay.stop(10)

    def reported(name: str) -> dict[tuple[str, ...], float]:
        return {values: float(series.value) for values, series in store.families[name].series.items()}

    assert waiting == 10
    assert reported("watchkeeper_forward_requests_total") == {("d", "traces"): 1}
    assert reported("watchkeeper_forward_retries_total") == {("d",): 1}
    assert reported("watchkeeper_forward_dropped_total") == {("d", "queue_full"): 1, ("d", "refused"): 1}
    assert reported("watchkeeper_forward_queue_bytes") == {("d",): 0}
