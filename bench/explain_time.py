"""How long an explanation takes, with a month of fifty services in a real Prometheus.

    PYTHONPATH=. .venv/bin/python bench/explain_time.py
    make generate

Each service has two tenants, three prompts and two models. What is asked for, the last four hours and two hours of the
day before, has a sample every 15 seconds, as Prometheus scrapes, the rest of the month one every hour. Processor time
is that of Prometheus and of this process together, and says more than seconds where a machine has other work.
"""

import re
import tempfile
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median

import cramjam
import httpx
import msgspec
import numpy as np
from alerts_measured.store import Store, running, time_series
from tests.support.programs import obtain_programs

from watchkeeper.engines.windows import PastCalls, Window
from watchkeeper.explain.explanation import Windows, explain
from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.sentence import sentence
from watchkeeper.operator.drills.remote_write import HEADERS

ROOT = Path(__file__).parents[1]
FIGURES = Path(__file__).parent / "explained_changes" / "time.json"
SERVICES, DAYS = 50, 30
HOUR, DAY = 3_600, 86_400
# Monday after a month that ends with this second.
END = 1_756_857_600
# Prometheus takes 32 MB at once.
BATCH, PIECES = 400, 12
RUNS = 5
ASKED = (("cost", 2, 0), ("cost", 2, 24), ("tokens", 2, 24), ("latency", 2, 24), ("errors", 2, 24))


class Timed(msgspec.Struct, frozen=True, kw_only=True):
    """One question, and the seconds of its answer: the median of five, the longest, and the mean time of processors."""

    measure: str
    since_hours: int
    against_hours: int
    services: int
    series: int
    median_seconds: float
    longest_seconds: float
    processor_seconds: float


def series_of(number: int) -> Iterator[tuple[dict[str, str], float]]:
    """The labels of every series of a service, and what it counts per second."""
    base = {
        "service": f"service-{number}",
        "team": "care",
        "operation": "chat",
        "job": "exporter",
        "provider": "openai",
    }
    for tenant, prompt, model in product(("acme", "globex"), "abc", ("gpt-4o", "gpt-4o-mini")):
        labels = base | {"model": model, "prompt": prompt, "prompt_version": "v1"}
        calls = 0.05 + number / 1_000
        for status in ("ok", "error"):
            yield {"__name__": "llm_requests_total", **labels, "tenant": tenant, "status": status}, calls
        for kind, tokens in (("input", 900.0), ("output", 200.0), ("cached_input", 300.0)):
            yield {"__name__": "llm_tokens_total", **labels, "tenant": tenant, "type": kind}, calls * tokens
        yield {"__name__": "llm_cost_dollars_total", **labels, "tenant": tenant}, calls / 300
        if tenant == "acme":
            yield {"__name__": "llm_request_duration_seconds_sum", **labels}, calls * 3
            yield {"__name__": "llm_request_duration_seconds_count", **labels}, calls
    owner = {name: base[name] for name in ("service", "team", "job")}
    yield {"__name__": "llm_trace_duration_seconds_count", **owner, "agent": ""}, 0.3
    yield {"__name__": "llm_request_tokens_count", **base, "model": "gpt-4o", "type": "input"}, 1.0


def times() -> np.ndarray:
    """Unix seconds of the samples, the oldest first."""
    month = np.arange(END - DAYS * DAY, END, HOUR)
    dense = [np.arange(last - hours * HOUR - 300, last + 1, 15) for last, hours in ((END - DAY, 2), (END, 4))]
    return np.unique(np.concatenate([month, *dense]))


def fill(store: Store) -> int:
    """Write the month, the oldest first, in pieces of a week; return its number of series."""
    rows = [row for number in range(SERVICES) for row in series_of(number)]
    begins = times()[0]
    for at in np.array_split(times(), PIECES):
        for first in range(0, len(rows), BATCH):
            body = b"".join(encoded(labels, at, begins, rate) for labels, rate in rows[first : first + BATCH])
            compressed = bytes(cramjam.snappy.compress_raw(body))
            store.client.post(f"{store.url}/api/v1/write", content=compressed, headers=HEADERS).raise_for_status()
    return len(rows)


def encoded(labels: dict[str, str], at: np.ndarray, begins: int, rate: float) -> bytes:
    """A series whose rate rises in the last two hours."""
    counted = (at - begins) * rate + np.clip(at - (END - 7_200), 0, None) * rate
    return time_series(labels, at, counted)


def ask(store: Store, client: httpx.Client, question: tuple[str, int, int], series: int) -> Timed:
    """Ask five times, of all services together."""
    name, since, against = question
    measure, length, back = MEASURES[name], since * 3_600, (against or since) * 3_600
    before, after = Window(start=END - back - length, end=END - back), Window(start=END - length, end=END)
    taken = []
    used = processor_seconds(store, client)
    for _ in range(RUNS):
        began = time.perf_counter()
        samples = PastCalls(client, store.url).samples(measure.amounts, before, after)
        found = explain(measure, samples, Windows(before_hours=since, after_hours=since))
        line = sentence(found)
        taken.append(time.perf_counter() - began)
    each = (processor_seconds(store, client) - used) / RUNS
    print(f"{name} {since} h against {against} h: {median(taken):.2f} s, {each:.2f} s of processors; {line}")
    return Timed(
        measure=name, since_hours=since, against_hours=against, services=SERVICES, series=series,
        median_seconds=round(median(taken), 2), longest_seconds=round(max(taken), 2), processor_seconds=round(each, 2),
    )  # fmt: skip


def processor_seconds(store: Store, client: httpx.Client) -> float:
    """What Prometheus and this process have used since they began."""
    shown = client.get(f"{store.url}/metrics").text
    prometheus = re.search(r"^process_cpu_seconds_total ([0-9.e+]+)$", shown, re.MULTILINE)
    return (float(prometheus[1]) if prometheus else 0.0) + time.process_time()


def main() -> None:
    """Fill a Prometheus, ask it, and write the figures."""
    program = obtain_programs(ROOT)["prometheus"]
    with tempfile.TemporaryDirectory() as folder, running(program, Path(folder)) as store:
        began = time.perf_counter()
        series = fill(store)
        print(f"{series} series of {len(times())} samples written in {time.perf_counter() - began:.0f} s")
        with httpx.Client(timeout=120, trust_env=False) as client:
            figures = [ask(store, client, question, series) for question in ASKED]
    FIGURES.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")


if __name__ == "__main__":
    main()
