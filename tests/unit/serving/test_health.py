from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.support.exporter import ExporterInTest

from watchkeeper.serving.health import health_routes

READY = {"status": "ready", "latency_seconds": 0.1}
DOWN = {"status": "unreachable (ConnectError)", "latency_seconds": 2.0}


def client_with(**dependencies: Any) -> TestClient:
    """A client of the routes of a process whose dependencies are found like this."""

    async def probe() -> dict[str, Any]:
        return dependencies

    return TestClient(Starlette(routes=health_routes({"version": "1"}, lambda: {"jobs": {}}, probe)))


@pytest.mark.parametrize(
    ("dependencies", "code", "status"),
    [
        ({}, 200, "ready"),
        ({"loki": READY}, 200, "ready"),
        ({"loki": READY, "prometheus": DOWN}, 503, "degraded"),
    ],
    ids=["nothing to wait for", "all ready", "one is down"],
)
def test_a_process_is_ready_when_all_it_depends_on_is(dependencies: Any, code: int, status: str) -> None:
    """Each is reported as it was found."""
    response = client_with(**dependencies).get("/ready")

    assert response.status_code == code
    assert response.json() == {"status": status, "dependencies": dependencies}


def test_what_is_down_is_no_reason_to_start_again() -> None:
    """/health and /startup are about the process alone, and report what it reports itself."""
    client = client_with(loki=DOWN)

    health, startup = client.get("/health"), client.get("/startup")

    assert (health.status_code, health.json()) == (200, {"status": "ok", "jobs": {}})
    assert (startup.status_code, startup.json()) == (200, {"status": "started", "version": "1"})


def test_an_exporter_depends_on_no_engine(exporter: ExporterInTest) -> None:
    """Ingest goes on without them, and the analyzer reports them."""
    assert exporter.client.get("/ready").json() == {"status": "ready", "dependencies": {}}


def test_an_exporter_is_alive(exporter: ExporterInTest) -> None:
    """It reports nothing else there."""
    assert exporter.client.get("/health").json() == {"status": "ok"}


def test_startup_of_the_exporter_reports_what_is_in_force(exporter: ExporterInTest) -> None:
    """Configuration and prices are loaded, and which."""
    reported = exporter.client.get("/startup").json()

    assert (reported["status"], reported["config_hash"]) == ("started", "defaults")
    assert reported["prices"].startswith("genai-prices ")
