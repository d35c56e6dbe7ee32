"""What a scrape of very many series costs: CPU time in all, and the longest that ingest waits for a piece of it.

    make bench

100 000 counters, and 10 000 histograms of 13 buckets; as text, and as OpenMetrics with created times and exemplars.
"""

import time
from collections.abc import Callable

from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.exposition import render
from watchkeeper.metrics.store import MetricStore

COUNTERS, HISTOGRAMS = 100_000, 10_000
COUNTER, HISTOGRAM = "llm_tokens_total", "llm_request_duration_seconds"
SECONDS = (0.1, 1.0, 5.0)
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
RUNS = 5


def label_values(names: tuple[str, ...], number: int) -> tuple[str, ...]:
    """As many models as series; the other labels take a few values each."""
    return tuple(f"{name}-{number if name == 'model' else number % 7}" for name in names)


def with_counters() -> MetricStore:
    """A store of many counters."""
    store = MetricStore(METRICS, limit=10**9)
    family = store.families[COUNTER]
    for number in range(COUNTERS):
        family.add(label_values(family.metric.labels, number), number, 1.0)
    return store


def with_histograms() -> MetricStore:
    """A store of many histograms, with values of several traces."""
    store = MetricStore(METRICS, limit=10**9)
    family = store.histograms[HISTOGRAM]
    for number in range(HISTOGRAMS):
        for seconds in SECONDS:
            family.observe(label_values(family.metric.labels, number), seconds, 1.0, TRACE_ID)
    return store


def scrape(store: MetricStore, *, openmetrics: bool) -> tuple[float, float, int]:
    """Milliseconds of CPU in all and of the longest piece, and bytes."""
    pieces, size = [], 0
    started = before = time.thread_time()
    for piece in render(store, openmetrics=openmetrics):
        size += len(piece.encode())
        now = time.thread_time()
        pieces.append(now - before)
        before = now
    return (before - started) * 1e3, max(pieces) * 1e3, size


def main() -> None:
    """Print the best of a few runs of each."""
    makers: dict[str, Callable[[], MetricStore]] = {
        f"{COUNTERS:,} counters": with_counters,
        f"{HISTOGRAMS:,} histograms": with_histograms,
    }
    for title, make in makers.items():
        store = make()
        for openmetrics in (False, True):
            total, longest, size = min(scrape(store, openmetrics=openmetrics) for _ in range(RUNS))
            form = "OpenMetrics" if openmetrics else "text"
            print(f"{title:17} {form:11} {total:6.0f} ms, longest piece {longest:4.1f} ms, {size / 1e6:3.0f} MB")


if __name__ == "__main__":
    main()
