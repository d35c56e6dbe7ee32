"""An exporter at a part of its capacity for as long as asked: does its memory stay, do its answers?

    .venv/bin/python bench/soak.py --minutes 60 --part 0.4

Requests of a hundred spans with fresh ids at their own times, a scrape every fifteen seconds, and a state directory, so
that counters are saved every minute. The slope is of the second half: memories are full by then.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time

from overload import OK, Seen, Sender, capacity, fresh, percentile, template, timed
from servers import cpu_seconds, free_port, resident_mib, running

SCRAPE_SECONDS = 15.0
SAMPLE_SECONDS = 5.0


async def sample(pid: int, sizes: list[tuple[float, float]]) -> None:
    """Look at the memory, again and again: minutes since the start, and MiB."""
    began = time.perf_counter()
    while True:
        await asyncio.sleep(SAMPLE_SECONDS)
        sizes.append(((time.perf_counter() - began) / 60, resident_mib(pid)))


async def scrape(sender: Sender, times: list[float]) -> None:
    """Ask for all metrics, as Prometheus does."""
    while True:
        began = time.perf_counter()
        if await sender.ask("GET", "/metrics", b"") == OK:
            times.append(time.perf_counter() - began)
        await asyncio.sleep(SCRAPE_SECONDS)


async def soak(port: int, pid: int, minutes: float, part: float) -> None:
    """Load the exporter, and print what was seen."""
    sender, scraper, body = Sender(port), Sender(port), template()
    await capacity(sender, body, 2.0)
    before = cpu_seconds(pid)
    most = await capacity(sender, body, 5.0) * 5.0 / (cpu_seconds(pid) - before)
    seen, sizes, scrapes = Seen(), [], []
    beside = [asyncio.create_task(sample(pid, sizes)), asyncio.create_task(scrape(scraper, scrapes))]
    tasks: set[asyncio.Task[None]] = set()
    end = time.perf_counter() + minutes * 60
    while time.perf_counter() < end:
        await asyncio.sleep(random.expovariate(part * most))  # arrivals
        asked = sender.ask("POST", "/v1/traces", fresh(body), "application/x-protobuf")
        task = asyncio.create_task(timed(seen.note, asked))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    for task in beside:
        task.cancel()
    later = sizes[len(sizes) // 2 :]
    slope = statistics.linear_regression(*zip(*later, strict=True)).slope * 60
    answered = percentile(seen.accepted, 0.5), percentile(seen.accepted, 0.99)
    scraped = percentile(scrapes, 0.5), percentile(scrapes, 0.99)
    print(f"{minutes:g} minutes at {part:.0%} of {most:.0f} requests a second of CPU: {seen.statuses.total()} requests")
    print(f"answers: {dict(seen.statuses)}; p50 {answered[0]:.0f} ms, p99 {answered[1]:.0f} ms")
    print(f"scrapes: p50 {scraped[0]:.0f} ms, p99 {scraped[1]:.0f} ms")
    print(f"memory: {sizes[0][1]:.0f} MiB first, {sizes[-1][1]:.0f} MiB last; {slope:+.1f} MiB an hour, second half")


def main() -> None:
    """Start an exporter and load it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--part", type=float, default=0.4, help="of its capacity")
    chosen = parser.parse_args()
    port = free_port()
    command = [sys.executable, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        environ = {**os.environ, "WATCHKEEPER_STATE_DIR": folder}
        with running(command, f"http://127.0.0.1:{port}/health", environ) as server:
            asyncio.run(soak(port, server.pid, chosen.minutes, chosen.part))


if __name__ == "__main__":
    main()
