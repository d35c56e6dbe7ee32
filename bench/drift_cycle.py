"""What the analyzer takes with a thousand series to compare, over a real Prometheus.

    PYTHONPATH=. .venv/bin/python bench/drift_cycle.py
    make generate

Every service has one series of each of seventeen features and two prompt versions side by side, with all buckets of the
shipped metrics and a sample every ten minutes in the windows that are compared: how far samples are apart is work of
Prometheus, and none of the analyzer. The analyzer is a process of its own; its figures are those of its /metrics.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from pathlib import Path

import httpx
import msgspec
import numpy as np
from docs.reference.drift_figures import Cycle
from tests.support.ports import free_address
from tests.support.programs import obtain_programs
from tests.support.prometheus import running_prometheus

from watchkeeper.analyzer.comparison.features import FEATURES, Feature
from watchkeeper.analyzer.drift.choice import Kind
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.operator.drills.remote_write import HEADERS, encode

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "bench" / "drift_measured" / "cycle.json"
DAY, WINDOW, STEP = 86_400, 6 * 3600, 600
VALUES = 2_000
BY_NAME = {metric.name: metric for metric in METRICS}
COMPARED = [feature for feature in FEATURES if feature.kind is not Kind.EMBEDDING]
CONFIG = {
    "global": {"scrape_interval": "1h"},
    "storage": {"tsdb": {"out_of_order_time_window": "8d"}},
}
_SERIES_A_REQUEST = 2_000
_LOOK_SECONDS = 5.0
_CPU = "process_cpu_seconds_total "
Growing = tuple[dict[str, str], list[tuple[int, float]]]


def traffic(services: int, now: float) -> Iterator[Growing]:
    """The counters of every service over the windows of a week."""
    random = np.random.default_rng(1)
    for number in range(services):
        for feature in COMPARED:
            has_sides = {"prompt_version", "model"} & set(BY_NAME[feature.metric].labels) - {feature.category}
            for version in ("1", "2") if has_sides else ("1",):
                yield from _counters(f"service-{number}", feature, version, now, random)


def _counters(
    service: str, feature: Feature, version: str, now: float, random: np.random.Generator
) -> Iterator[Growing]:
    labels = {"__name__": feature.metric, "service": service, **dict.fromkeys(feature.subjects, "one")}
    labels |= {"type": feature.name.partition("_")[0]} if feature.where else {}
    known = BY_NAME[feature.metric].labels
    labels |= {"prompt": "ask", "prompt_version": version} if "prompt_version" in known else {}
    labels |= {"model": f"m{version}"} if "model" in known and feature.category != "model" else {}
    names = [f"{bound}" for bound in BY_NAME[feature.metric].buckets] if feature.is_histogram else list("abcdef")
    counts = random.multinomial(VALUES, random.dirichlet(np.full(len(names), 3.0))).astype(float)
    if feature.is_histogram:
        labels["__name__"] += "_bucket"
        names, counts = [*names, "+Inf"], np.array([*accumulate(counts), counts.sum()])
    for name, count in zip(names, counts, strict=True):
        yield {**labels, "le" if feature.is_histogram else feature.category: name}, list(_samples(now, float(count)))


def _samples(now: float, gain: float) -> Iterator[tuple[int, float]]:
    for day in range(7, -1, -1):
        end = now - day * DAY
        steps = WINDOW // STEP
        for step in range(steps + 1):
            yield int((end - WINDOW + step * STEP) * 1000), gain * step / steps


def write(url: str, growing: Iterator[Growing]) -> int:
    """Give them to Prometheus; returns how many series."""
    count = 0
    with httpx.Client(trust_env=False, timeout=60) as client:
        while some := list(islice(growing, _SERIES_A_REQUEST)):
            client.post(f"{url}/api/v1/write", content=encode(some), headers=HEADERS).raise_for_status()
            count += len(some)
    return count


def read(url: str, *names: str) -> list[float]:
    """Sums of the samples whose lines begin so."""
    lines = httpx.get(f"{url}/metrics", trust_env=False, timeout=30).text.splitlines()
    return [
        sum(float(line.rpartition("}")[2].split()[-1]) for line in lines if line.startswith(name)) for name in names
    ]


def measure(prometheus: str, folder: Path, stored: int) -> Cycle:
    """Start an analyzer and let it compare once."""
    host, port = free_address().split(":")
    config = folder / "watchkeeper.yml"
    config.write_text("{}")
    environ = {
        **os.environ,
        "WATCHKEEPER_PROMETHEUS_URL": prometheus,
        "WATCHKEEPER_CONFIG": str(config),
        "WATCHKEEPER_STATE_DIR": str(folder),
    }
    command = [sys.executable, "-m", "watchkeeper.cli", "analyze", "--host", host, "--port", port]
    url = f"http://{host}:{port}"
    with subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL) as process:
        try:
            _until(lambda: httpx.get(f"{url}/health", trust_env=False).is_success)
            (cpu,), (engine,), idle = read(url, _CPU), read(prometheus, _CPU), _own_mib(process.pid)
            _until(lambda: read(url, "watchkeeper_drift_timestamp_seconds ") > [0])
            cpu_after, seconds = read(url, _CPU, 'watchkeeper_job_last_duration_seconds{job_name="drift"}')
            (engine_after,) = read(prometheus, _CPU)
            (verdicts,) = read(url, "llm_drift_verdict{")
            after = _own_mib(process.pid)
            text = httpx.get(f"{url}/metrics", trust_env=False).text
        finally:
            process.terminate()
    pairs = sum('topic="side_by_side"' in line for line in text.splitlines())
    return Cycle(
        series=int(verdicts) - pairs,
        pairs=pairs,
        stored_series=stored,
        analyzer_cpu_seconds=round(cpu_after - cpu, 2),
        prometheus_cpu_seconds=round(engine_after - engine, 2),
        cycle_seconds=round(seconds, 1),
        idle_mib=idle,
        compared_mib=after,
    )


def _own_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return next(round(int(line.split()[1]) / 1024, 1) for line in status.splitlines() if line.startswith("RssAnon"))


def _until(is_there: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if is_there():
                return
        except httpx.HTTPError:
            pass
        # Each look is a scrape, which costs the analyzer some milliseconds.
        time.sleep(_LOOK_SECONDS)
    raise TimeoutError("the analyzer did not answer, or did not compare")


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=60, help="with seventeen series each")
    parser.add_argument("--to", type=Path, default=FIGURES)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_prometheus(obtain_programs(ROOT)["prometheus"], folder, CONFIG) as url:
            # The analyzer compares 20 seconds after its start.
            stored = write(url, traffic(chosen.services, time.time() + 30))
            figures = measure(url, folder, stored)
    chosen.to.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    print(figures)


if __name__ == "__main__":
    main()
