"""The job that closes incidents which ended while Alertmanager was away, against a fake of it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from watchkeeper.analyzer.jobs import ended_alerts
from watchkeeper.analyzer.jobs.ended_alerts import EndedAlerts
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.errors import JobError
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

ALERT = {
    "fingerprint": "a1",
    "labels": {"alertname": "TargetDown", "service": "shop"},
    "annotations": {"summary": "Scrape target down."},
    "startsAt": "2026-11-29T10:00:00.000Z",
    "endsAt": "2026-11-29T12:00:00.000Z",
    "generatorURL": "http://prometheus/graph",
    "status": {"state": "active"},
}


class Bench:
    """An Alertmanager that can be restarted, a Prometheus, and a process of the analyzer that can be too."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.run_of_alertmanager = 1
        self.held: list[dict[str, Any]] = [ALERT]
        self.posted: list[dict[str, Any]] = []
        self.away: set[str] = set()
        self.refuses = False
        self.now = 1000.0
        self.file = folder / "alerts.json"
        monkeypatch.setattr(ended_alerts.time, "monotonic", lambda: self.now)
        self.start_analyzer()

    def start_analyzer(self) -> None:
        """Begin with what is noted."""
        environ = {f"WATCHKEEPER_{name.upper()}_URL": f"http://{name}:1" for name in ("prometheus", "alertmanager")}
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        config = load_config(None, {**environ, "WATCHKEEPER_STATE_DIR": str(self.file.parent)})
        self._job = EndedAlerts(Parts(config=config, store=MetricStore(METRICS), client=client))

    def restart_alertmanager(self) -> None:
        """It holds nothing then."""
        self.run_of_alertmanager += 1
        self.held = []

    def look(self, *, after_seconds: float = 15.0) -> None:
        """Let time pass, and run the job once."""
        self.now += after_seconds
        asyncio.run(self._job.run())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host in self.away:
            raise httpx.ConnectError("refused")
        if request.url.path.endswith("/status"):
            config = {"original": "global:\n  resolve_timeout: 5m\n"}
            return httpx.Response(200, json={"uptime": str(self.run_of_alertmanager), "config": config})
        if request.method == "POST":
            self.posted += httpx.Response(200, content=request.content).json()
            return httpx.Response(400 if self.refuses else 200)
        return httpx.Response(200, json=self.held)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The alert has been seen."""
    made = Bench(tmp_path, monkeypatch)
    made.look()
    return made


def test_an_alert_that_no_one_sends_again_ends_after_the_resolve_timeout(bench: Bench) -> None:
    """With its labels and its beginning, so that it is the same incident; a line says so."""
    bench.restart_alertmanager()
    bench.look()
    bench.look()
    bench.look(after_seconds=280)
    assert bench.posted == []

    with capture_logs() as lines:
        bench.look(after_seconds=20)

    (ended,) = bench.posted
    assert ended["labels"] == ALERT["labels"]
    assert ended["startsAt"].startswith("2026-11-29T10:00:00")
    assert [line["alertname"] for line in lines if line["event"] == "alert_ended_unseen"] == ["TargetDown"]


def test_no_alert_ends_while_no_one_evaluates(bench: Bench) -> None:
    """The time counts from when Prometheus is ready."""
    bench.restart_alertmanager()
    bench.away.add("prometheus")
    for _ in range(3):
        bench.look(after_seconds=200)
    bench.away.clear()
    bench.look()
    bench.look(after_seconds=200)
    assert bench.posted == []

    bench.look(after_seconds=200)

    assert len(bench.posted) == 1


def test_an_alertmanager_that_is_away_fails_no_run(bench: Bench) -> None:
    """The next look comes in time, and what was known is known still."""
    bench.away.add("alertmanager")
    bench.look()
    bench.away.clear()
    bench.restart_alertmanager()
    bench.look()
    bench.look()
    bench.look(after_seconds=300)

    assert len(bench.posted) == 1


def test_the_analyzer_may_be_restarted_at_any_time(bench: Bench) -> None:
    """What is known is noted; the time begins again."""
    bench.restart_alertmanager()
    bench.start_analyzer()
    bench.look()
    bench.start_analyzer()
    bench.look(after_seconds=400)
    bench.look()
    assert bench.posted == []

    bench.look(after_seconds=300)

    assert len(bench.posted) == 1


def test_what_is_refused_is_tried_again(bench: Bench) -> None:
    """The run fails, as /health shows."""
    bench.restart_alertmanager()
    bench.look()
    bench.look()
    bench.refuses = True

    with pytest.raises(JobError, match="answers 400"):
        bench.look(after_seconds=300)
    bench.refuses = False
    bench.look()

    assert len(bench.posted) == 2


def test_a_damaged_file_is_set_aside(bench: Bench) -> None:
    """What it had is lost, and a line says so."""
    bench.file.write_text('{"started": 5}')
    bench.start_analyzer()

    with capture_logs() as lines:
        bench.look()

    assert [line["event"] for line in lines if line["log_level"] == "error"] == ["alerts_forgotten"]
    assert bench.file.with_name("alerts.json.damaged").exists()
    assert '"a1"' in bench.file.read_text()


def test_a_full_disk_fails_the_run(bench: Bench) -> None:
    """As the path of a file that is a folder."""
    bench.file.unlink()
    bench.file.mkdir()
    bench.held = [{**ALERT, "fingerprint": "b2"}]

    with pytest.raises(JobError, match=r"alerts\.json"):
        bench.look()
