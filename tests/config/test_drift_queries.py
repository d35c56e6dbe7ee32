"""The analyzer's queries on a real Prometheus: windows of a week, counter resets, and series that come and go."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from itertools import accumulate
from pathlib import Path

import httpx
import pytest
from tests.support.prometheus import running_prometheus

from watchkeeper.analyzer.comparison.prometheus import Prometheus
from watchkeeper.analyzer.comparison.timeseries import WRONGLY_RECORDED
from watchkeeper.analyzer.jobs.drift import DriftJob
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore
from watchkeeper.operator.drills.remote_write import HEADERS, encode

DAY, STEP = 86_400, 30
WINDOW = 3600
BOUNDS = ("64.0", "256.0", "1024.0", "4096.0", "+Inf")
USUAL, LONGER = (10, 40, 30, 15, 5), (2, 10, 28, 40, 20)
Labels = Mapping[str, str]
CONFIG = {
    "global": {"scrape_interval": "1h"},
    "storage": {"tsdb": {"out_of_order_time_window": "8d"}},
}


def growing(now: float, day: int, growth: float, resets_at: float = -1.0) -> list[tuple[int, float]]:
    """Samples of a counter over the window that ended so many days ago; it may begin at zero again inside it."""
    end, value, samples = now - day * DAY, 0.0, []
    for at in range(int(end) - WINDOW, int(end) + 1, STEP):
        value = 0.0 if 0 <= resets_at - (at - end + WINDOW) < STEP else value + growth
        samples.append((at * 1000, value))
    return samples


def tokens(service: str, counts: tuple[int, ...]) -> Iterator[tuple[Labels, float]]:
    """The buckets of a service, and how much each grows in half a minute."""
    for bound, count in zip(BOUNDS, accumulate(counts), strict=True):
        yield {"__name__": "llm_request_tokens_bucket", "service": service, "type": "input", "le": bound}, count


def traffic(now: float) -> Iterator[tuple[Labels, list[tuple[int, float]]]]:
    """A week of three services and the last hour of three: one as before, one that moved, one that is new."""
    for day in range(1, 8):
        for service in ("calm", "moved", "gone"):
            yield from ((labels, growing(now, day, growth)) for labels, growth in tokens(service, USUAL))
    # A restart of the exporter in the last hour.
    yield from ((labels, growing(now, 0, growth, resets_at=WINDOW / 2)) for labels, growth in tokens("calm", USUAL))
    for service, counts in (("moved", LONGER), ("new", USUAL)):
        yield from ((labels, growing(now, 0, growth)) for labels, growth in tokens(service, counts))
    yield from ((labels, growing(now, 0, growth)) for labels, growth in tokens("drill-x", USUAL))


@pytest.fixture(scope="module")
def found(programs: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[MetricStore]:
    """What the job makes of it."""
    folder = tmp_path_factory.mktemp("prometheus")
    config = folder / "watchkeeper.yml"
    config.write_text(f"drift: {{window_seconds: {WINDOW}}}\n")
    now = float(int(time.time()) - 60)
    with running_prometheus(programs["prometheus"], folder, CONFIG) as url, httpx.Client(trust_env=False) as client:
        # One day at a time: what is older is out of order.
        written = client.post(f"{url}/api/v1/write", content=encode(traffic(now)), headers=HEADERS)
        assert written.status_code in (200, 204), written.text
        store = MetricStore(METRICS)
        parts = Parts(config=load_config(config, {"WATCHKEEPER_PROMETHEUS_URL": url}), store=store, client=client)
        asyncio.run(DriftJob(parts, lambda: now).run())
        yield store


def test_every_query_is_one_that_prometheus_answers(found: MetricStore) -> None:
    """A cycle with a problem has no time."""
    assert found.families["watchkeeper_drift_timestamp_seconds"].series


def test_each_service_has_its_verdict(found: MetricStore) -> None:
    """A restart in the window is no drift; a service of a drill is none."""
    verdicts = {values[0]: values[3:5] for values in found.families["llm_drift_verdict"].series}

    assert verdicts == {
        "calm": ("steady", "below_limit"),
        "moved": ("drifted", "large_shift"),
        "gone": ("no_data", "no_values"),
        "new": ("learning", "short_history"),
    }


def test_windows_have_the_values_that_were_counted(found: MetricStore) -> None:
    """An hour of a hundred values in half a minute, and seven of them before, up to what is extrapolated."""
    sizes = {values[:3]: series.value for values, series in found.families["llm_drift_sample_size"].series.items()}

    assert sizes["moved", "input_tokens", "current"] == pytest.approx(12_000, rel=0.02)
    assert sizes["calm", "input_tokens", "current"] == pytest.approx(12_000, rel=0.02)
    assert sizes["moved", "input_tokens", "reference"] == pytest.approx(84_000, rel=0.02)


def test_only_an_hour_of_which_too_little_was_recorded_is_left_out(
    programs: Mapping[str, Path], tmp_path: Path
) -> None:
    """Its counters are there for the whole of it; rules saw the end alone. What is recorded a little late is right."""
    now = float(int(time.time()) - 60)
    recorded = {"late": 50.0, "whole": 560.0, "more": 900.0, "drill-x": 1.0}
    series: list[tuple[Labels, list[tuple[int, float]]]] = []
    for service, value in recorded.items():
        series.append(({"__name__": "llm_requests_total", "service": service}, growing(now, 0, 5)))
        series.append(
            ({"__name__": "service:llm_requests:increase1h", "service": service}, [(int(now - 60) * 1000, value)])
        )
    with running_prometheus(programs["prometheus"], tmp_path, CONFIG) as url, httpx.Client(trust_env=False) as client:
        written = client.post(f"{url}/api/v1/write", content=encode(iter(series)), headers=HEADERS)
        assert written.status_code in (200, 204), written.text
        found = [labels for labels, _ in Prometheus(client, url).instant(WRONGLY_RECORDED, now)]

    assert found == [{"service": "late"}]
