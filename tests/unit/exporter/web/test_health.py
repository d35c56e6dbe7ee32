from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from tests.support.exporter import ExporterInTest

from watchkeeper.exporter.web.health import health_router

Answer = Callable[[httpx.Request], httpx.Response]


def client_with(answer: Answer, **dependencies: str) -> TestClient:
    """A client of the health routes, whose engines answer like this."""
    app = FastAPI()
    app.include_router(
        health_router(dependencies, httpx.AsyncClient(transport=httpx.MockTransport(answer)), {"prices": "table 1"})
    )
    return TestClient(app)


def up(_request: httpx.Request) -> httpx.Response:
    """An engine that is ready."""
    return httpx.Response(200)


def starting(_request: httpx.Request) -> httpx.Response:
    """An engine that is not ready yet."""
    return httpx.Response(503)


def down(_request: httpx.Request) -> httpx.Response:
    """An engine that is not there."""
    raise httpx.ConnectError("refused")


def slow(_request: httpx.Request) -> httpx.Response:
    """An engine that does not answer in time."""
    raise httpx.ReadTimeout("too slow")


def broken(_request: httpx.Request) -> httpx.Response:
    """An engine that answers something else than HTTP."""
    raise httpx.RemoteProtocolError("no HTTP")


@pytest.mark.parametrize(
    ("answer", "whole", "status"),
    [
        (up, "ready", "ready"),
        (starting, "degraded", "answers 503"),
        (down, "degraded", "unreachable (ConnectError)"),
        (slow, "degraded", "unreachable (ReadTimeout)"),
        (broken, "degraded", "unreachable (RemoteProtocolError)"),
    ],
    ids=["up", "starting", "down", "slow", "no HTTP"],
)
def test_each_dependency_has_its_status_and_latency(answer: Answer, whole: str, status: str) -> None:
    """Ingest goes on without the engines, so the answer is 200 and tells what is missing."""
    response = client_with(answer, loki="http://loki:3100").get("/ready")

    assert response.status_code == 200
    assert response.json()["status"] == whole
    assert response.json()["dependencies"]["loki"]["status"] == status
    assert response.json()["dependencies"]["loki"]["latency_seconds"] >= 0


def test_each_engine_is_asked_where_it_says_that_it_is_ready() -> None:
    """Every engine has a path of its own."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    client = client_with(answer, prometheus="http://p:9090/prom", alertmanager="http://a:9093", loki="http://l:3100")
    client.get("/ready")

    assert sorted(asked) == ["http://a:9093/-/ready", "http://l:3100/ready", "http://p:9090/prom/-/ready"]


def test_one_engine_that_is_down_hides_no_other() -> None:
    """All are asked, each is told."""

    def answer(request: httpx.Request) -> httpx.Response:
        return down(request) if request.url.host == "loki" else up(request)

    found = client_with(answer, loki="http://loki", prometheus="http://prometheus").get("/ready").json()

    assert found["status"] == "degraded"
    assert {name: told["status"] for name, told in found["dependencies"].items()} == {
        "loki": "unreachable (ConnectError)",
        "prometheus": "ready",
    }


def test_an_exporter_alone_is_ready(exporter: ExporterInTest) -> None:
    """Without engines to ask there is nothing to wait for."""
    assert exporter.client.get("/ready").json() == {"status": "ready", "dependencies": {}}


def test_health(exporter: ExporterInTest) -> None:
    """The process is alive."""
    assert exporter.client.get("/health").json() == {"status": "ok"}


def test_startup_tells_what_is_in_force(exporter: ExporterInTest) -> None:
    """Configuration and prices are loaded, and which."""
    told = exporter.client.get("/startup").json()

    assert (told["status"], told["config_hash"]) == ("started", "defaults")
    assert told["prices"].startswith("genai-prices ")
