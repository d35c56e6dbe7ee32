"""What Prometheus passes on to a VictoriaMetrics is what Prometheus has: recorded numbers, and exact sums."""

import math
import re
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest
from tests.e2e.support.waiting import ANSWER_SECONDS, eventually
from tests.stack.box import PROJECT, Box, boxed
from tests.support.ports import free_address
from tests.support.tools import VICTORIA_METRICS, need

SHOWN = PROJECT / "docs/how-to/scale-out.md"
RECORDED = '{__name__=~".+:.+"}'
CALLS = 7
Series = dict[frozenset[tuple[str, str]], float]


@pytest.fixture(scope="module")
def victoria(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A VictoriaMetrics of its own; gives its base URL."""
    program = need(VICTORIA_METRICS)["victoria-metrics"]
    address = free_address()
    folder = tmp_path_factory.mktemp("victoria")
    # It hides the last 30 seconds from queries unless reported otherwise.
    options = [f"-storageDataPath={folder}", f"-httpListenAddr={address}", "-search.latencyOffset=0s"]
    with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually("VictoriaMetrics answers", lambda: is_answering(f"http://{address}/health"))
            yield f"http://{address}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def sending(victoria: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A bundle whose prometheus.yml has the part that the page shows, and whose rules are evaluated every second."""
    for box in boxed(tmp_path_factory.mktemp("sending")):
        folder = box.project / "prometheus"
        config = folder / "prometheus.yml"
        text = config.read_text(encoding="utf-8").replace("_interval: 15s", "_interval: 1s").replace("10s", "1s")
        config.write_text(text + shown().replace("http://victoria-metrics:8428", victoria), encoding="utf-8")
        for file in (folder / "rules").rglob("*.yml"):
            file.write_text(file.read_text(encoding="utf-8").replace("interval: 1m", "interval: 1s"), encoding="utf-8")
        up = box.run("up")
        assert up.returncode == 0, up.stderr
        yield box


def test_recorded_numbers_and_sums_are_the_same_there(sending: Box, victoria: str) -> None:
    """Every recorded series of one moment, and all calls by a plain increase(), which does not extrapolate there."""
    prometheus = sending.url("PROMETHEUS_PORT", "")
    call = {"type": "llm_call", "service": "far", "provider": "openai", "model": "gpt-4o-mini", "input_tokens": 10}
    sending.post("EXPORTER_PORT", "/v1/events", json=[call] * CALLS).raise_for_status()
    total = 'sum(increase(llm_requests_total{service="far"}[30m]))'

    eventually("all calls are there", lambda: list(values(victoria, total).values()) == [CALLS])
    eventually("recorded numbers are there", lambda: len(values(victoria, RECORDED)) > 10)
    timestamp = time.time()

    eventually("that moment has arrived", lambda: newest(victoria) > timestamp)
    # A rule that took long reports that moment later than the scrape does, here and there.
    eventually("all are the same", lambda: not differing(prometheus, victoria, timestamp))


def test_links_of_alerts_stay_at_home(sending: Box, victoria: str) -> None:
    """Where runbooks and dashboards lead is no label of a series elsewhere."""
    assert sending

    labels = httpx.get(f"{victoria}/api/v1/labels", timeout=ANSWER_SECONDS).json()["data"]

    assert "service" in labels
    assert {"watchkeeper_url", "grafana_url"}.isdisjoint(labels)


def shown() -> str:
    """The part for VictoriaMetrics, as the page shows it."""
    found = re.search(r"VictoriaMetrics:\n\n```yaml\n(.*?)```", SHOWN.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def values(base: str, query: str, timestamp: float | None = None) -> Series:
    """The series of an instant query by their labels."""
    params = {"query": query, "time": str(timestamp or time.time())}
    result = httpx.get(f"{base}/api/v1/query", params=params, timeout=ANSWER_SECONDS).json()["data"]["result"]
    return {frozenset(series["metric"].items()): float(series["value"][1]) for series in result}


def differing(one: str, other: str, timestamp: float) -> set[frozenset[tuple[str, str]]]:
    """The recorded series of a moment that one has and the other has not, or not with the same value."""
    here, there = (values(base, RECORDED, timestamp) for base in (one, other))
    return {
        labels for labels in here | there if there.get(labels) != pytest.approx(here.get(labels, math.nan), rel=1e-9)
    }


def newest(base: str) -> float:
    """When the newest sample of a target was taken."""
    return max(values(base, 'timestamp(up{job="exporter"})').values(), default=0.0)


def is_answering(url: str) -> bool:
    """Whether someone answers there."""
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False
