import uuid
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.requests import ClientDisconnect
from starlette.testclient import TestClient
from tests.support.exporter import ExporterInTest, run_exporter

from watchkeeper.serving.middleware import HttpMetrics, Observed


@pytest.mark.parametrize("given", ["abc", "0190e0a0-7b1c-7000-8000-000000000000", "a.b_c:d/e+f=g-h", "x" * 128])
def test_a_callers_id_is_kept(given: str, exporter: ExporterInTest) -> None:
    """A short printable id goes through and comes back."""
    response = exporter.client.get("/health", headers={"x-correlation-id": given})

    assert response.headers["x-correlation-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "<script>", "a\tb", "naïve".encode("latin-1")])
def test_an_ugly_id_is_replaced(given: str | bytes, exporter: ExporterInTest) -> None:
    """What is too long or could do damage on a line is replaced by a new UUID v7."""
    response = exporter.client.get("/health", headers={"x-correlation-id": given})

    assert uuid.UUID(response.headers["x-correlation-id"]).version == 7


def test_every_request_has_an_id_of_its_own(exporter: ExporterInTest) -> None:
    """Without a given id each request gets a new one, in order of time."""
    ids = [exporter.client.get("/health").headers["x-correlation-id"] for _ in range(20)]

    assert len(set(ids)) == 20
    assert {uuid.UUID(given).version for given in ids} == {7}


def test_the_id_is_on_the_line() -> None:
    """A request that brought telemetry is one line, with its id; a probe is none."""
    with run_exporter() as exporter:
        exporter.client.post("/v1/events", json=[], headers={"x-correlation-id": "abc"})
        exporter.client.get("/health")
        exporter.client.get("/metrics")

    (line,) = exporter.lines("http_request_completed")
    assert (line["correlation_id"], line["method"], line["route"]) == ("abc", "POST", "/v1/events")
    assert (line["http_status"], line["level"], line["service"]) == (200, "info", "watchkeeper")
    assert line["duration_seconds"] >= 0


def test_a_refused_request_is_a_warning() -> None:
    """Whose telemetry was refused can be found in the log."""
    with run_exporter() as exporter:
        exporter.client.post("/v1/events", content=b"[")

    assert [line["level"] for line in exporter.lines("http_request_completed")] == ["warning"]


def test_routes_are_templates(exporter: ExporterInTest) -> None:
    """No raw path becomes a label: what matches nothing shares one, what has a parameter its template."""
    for path in ("/nowhere", "/no/where/2", "/v1/tracesx", "/runbooks/A", "/runbooks/B", "/health"):
        exporter.client.get(path)

    found = {
        (sample.labels["method"], sample.labels["route"], sample.labels["status"]): sample.value
        for sample in exporter.samples("http_requests_total")
    }
    assert found == {
        ("GET", "unmatched", "404"): 3,
        ("GET", "/runbooks/{alert}", "404"): 2,
        ("GET", "/health", "200"): 1,
    }
    assert exporter.value("http_request_duration_seconds_count", route="/health") == 1


def test_a_method_no_one_knows_is_other(exporter: ExporterInTest) -> None:
    """A sender cannot make up label values with methods."""
    exporter.client.request("BREW", "/health")

    assert exporter.value("http_requests_total", method="other") == 1


def observed(app: Any) -> tuple[TestClient, CollectorRegistry]:
    """A client of an app behind the middleware, and its metrics."""
    registry = CollectorRegistry()
    return TestClient(Observed(app, HttpMetrics(registry)), raise_server_exceptions=False), registry


def counted(registry: CollectorRegistry, status: str) -> float | None:
    """Requests of a status."""
    labels = {"method": "GET", "route": "unmatched", "status": status}
    return registry.get_sample_value("http_requests_total", labels)


def test_a_failure_is_a_plain_500() -> None:
    """The caller learns where to look, and nothing else."""

    async def app(_scope: object, _receive: object, _send: object) -> None:
        raise ValueError("secret")

    client, registry = observed(app)

    response = client.get("/")

    assert (response.status_code, response.json()) == (500, {"error": "internal error, see the log"})
    assert "x-correlation-id" in response.headers
    assert counted(registry, "500") == 1


def test_a_client_that_went_away_is_no_error() -> None:
    """No one is left to answer; it is counted as 499."""

    async def app(_scope: object, _receive: object, _send: object) -> None:
        raise ClientDisconnect

    client, registry = observed(app)

    client.get("/")

    assert counted(registry, "499") == 1


def test_nothing_is_in_flight_afterwards(exporter: ExporterInTest) -> None:
    """Each request that began has ended, but for the scrape that reports it."""
    for _ in range(3):
        exporter.client.get("/nowhere")

    assert exporter.value("http_requests_in_flight") == 1
