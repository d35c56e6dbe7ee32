"""The whole analyzer in this process: what it reports its jobs, of the engines and of itself."""

import io
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.support.jobs import Behaviour, Refusing, job

from watchkeeper.analyzer.app import build_app
from watchkeeper.analyzer.schedule import scheduler
from watchkeeper.analyzer.schedule.job import Job
from watchkeeper.config import load_config

OPENMETRICS = {"accept": "application/openmetrics-text;version=1.0.0"}
FAMILIES = {
    "watchkeeper_job_runs",
    "watchkeeper_job_last_duration_seconds",
    "watchkeeper_job_last_success_timestamp_seconds",
    "watchkeeper_job_runs_without_success",
}


class AnalyzerInTest:
    """A started analyzer; ``lines`` are complete once it has stopped."""

    def __init__(self, client: TestClient, stream: io.BytesIO) -> None:
        self.client = client
        self._stream = stream

    def lines(self) -> list[dict[str, Any]]:
        """Its log lines so far."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def jobs_when(self, holds: Callable[[Any], bool]) -> dict[str, Any]:
        """What /health shows of the jobs as soon as that holds."""
        for _ in range(2000):
            reported: dict[str, Any] = self.client.get("/health").json()["jobs"]
            if holds(reported):
                return reported
        raise AssertionError(f"it did not come to hold: {reported}")


@contextmanager
def running(environ: Mapping[str, str], *jobs: Job) -> Iterator[AnalyzerInTest]:
    """Start an analyzer with these jobs and stop it at the end."""
    stream = io.BytesIO()
    with TestClient(build_app(load_config(None, environ), stream, lambda _parts: jobs)) as client:
        yield AnalyzerInTest(client, stream)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """First runs do not wait for a stack to start."""
    monkeypatch.setattr(scheduler, "_FIRST_RUN_SECONDS", 0.01)


class _Ready(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def engine() -> Iterator[str]:
    """The address of an engine that is ready."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ready) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def closed_port() -> int:
    """A port that no one listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_health_reports_of_every_job_and_stays_well() -> None:
    """A job that fails is no reason to start the process again."""
    with running({}, job(Refusing(), "refuses"), job(Behaviour(), "works")) as analyzer:
        reported = analyzer.jobs_when(lambda jobs: {one["status"] for one in jobs.values()} == {"failing", "ok"})
        health = analyzer.client.get("/health")

    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert (reported["refuses"]["error"], reported["refuses"]["consecutive_failures"]) == ("loki: answers 503", 1)
    assert reported["works"].keys() == {
        "status",
        "last_success",
        "last_duration_seconds",
        "consecutive_failures",
        "error",
        "is_running",
        "next_run",
    }


def test_a_scrape_is_valid_and_has_jobs_requests_and_the_process() -> None:
    """Prometheus reads all of it as OpenMetrics."""
    with running({}, job(Refusing(), "refuses"), job(Behaviour(), "works")) as analyzer:
        analyzer.jobs_when(lambda jobs: {one["status"] for one in jobs.values()} == {"failing", "ok"})
        scraped = analyzer.client.get("/metrics", headers=OPENMETRICS).text

    families = {family.name: family for family in text_string_to_metric_families(scraped)}
    values = {
        (sample.name, sample.labels["job_name"]): sample.value
        for name in FAMILIES
        for sample in families[name].samples
        if not sample.name.endswith("_created")
    }
    assert {"http_requests", "process_resident_memory_bytes"} <= families.keys()
    assert values["watchkeeper_job_runs_without_success", "refuses"] == 1
    assert values["watchkeeper_job_runs_without_success", "works"] == 0
    assert values["watchkeeper_job_runs_total", "works"] == 1
    assert ("watchkeeper_job_last_success_timestamp_seconds", "refuses") not in values


def test_requests_count_under_their_route() -> None:
    """As in the exporter; what is asked all the time is a number and no line."""
    with running({}) as analyzer:
        analyzer.client.get("/health")
        analyzer.client.get("/nowhere")
        scraped = analyzer.client.get("/metrics").text
    lines = analyzer.lines()

    assert 'http_requests_total{method="GET",route="/health",status="200"} 1.0' in scraped
    assert [line["route"] for line in lines if line["event"] == "http_request_completed"] == ["unmatched"]


def test_with_all_engines_it_is_ready(engine: str) -> None:
    """Each is reported with its latency."""
    environ = {f"WATCHKEEPER_{name}_URL": engine for name in ("PROMETHEUS", "LOKI")}

    with running(environ) as analyzer:
        ready = analyzer.client.get("/ready")

    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert {name: one["status"] for name, one in ready.json()["dependencies"].items()} == {
        "prometheus": "ready",
        "loki": "ready",
    }


def test_with_a_dead_engine_it_is_not_ready_and_goes_on(engine: str) -> None:
    """It says which, and jobs that need nothing of it run."""
    environ = {
        "WATCHKEEPER_PROMETHEUS_URL": engine,
        "WATCHKEEPER_LOKI_URL": f"http://127.0.0.1:{closed_port()}",
    }

    with running(environ, job(Behaviour(), "works")) as analyzer:
        ready = analyzer.client.get("/ready")
        analyzer.jobs_when(lambda jobs: jobs["works"]["status"] == "ok")

    assert (ready.status_code, ready.json()["status"]) == (503, "degraded")
    assert ready.json()["dependencies"]["loki"]["status"] == "unreachable (ConnectError)"
    assert ready.json()["dependencies"]["prometheus"]["status"] == "ready"


def test_it_says_when_it_starts_and_stops() -> None:
    """Two lines, in the form of every other line of the stack."""
    with running({}, job(Behaviour(), "works")) as analyzer:
        startup = analyzer.client.get("/startup").json()

    started, stopped = (line for line in analyzer.lines() if line["event"].startswith("analyzer_"))
    assert (started["event"], started["service"], started["jobs"]) == ("analyzer_started", "watchkeeper", ["works"])
    assert stopped["event"] == "analyzer_stopped"
    assert (startup["status"], startup["config_hash"]) == ("started", "defaults")


def test_what_a_failed_job_met_is_on_its_line_without_its_text() -> None:
    """Texts of foreign errors may quote what a user wrote."""

    async def fails() -> None:
        raise ValueError("what a user wrote")

    with running({}, job(fails, "fails")) as analyzer:
        reported = analyzer.jobs_when(lambda jobs: jobs["fails"]["status"] == "failing")
    (line,) = [line for line in analyzer.lines() if line["event"] == "job_failed"]

    assert (line["job_name"], line["outcome"], line["error_class"]) == ("fails", "error", "ValueError")
    assert "test_app.py" in line["exception"]
    assert "what a user wrote" not in json.dumps([line, reported])
