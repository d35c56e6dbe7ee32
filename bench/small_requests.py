"""What a small request costs that becomes large when it is decoded: memory, and how long everyone else waits.

    PYTHONPATH=. .venv/bin/python bench/small_requests.py

Each kind of tests/support/expansions.py is sent to an exporter of its own, compressed (16 KB) and as it is (16 MB),
while others ask for /health and send one event after the other. Prints for each the peak of memory above that of the
idle process, and the longest answer that the others got.
"""

import argparse
import contextlib
import gzip
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from servers import free_port, running
from tests.support.expansions import EXPANSIONS, MIB, Expansion

EVENT = {"type": "feedback", "rating": "positive", "service": "bench"}
# What an exporter took that had no limits: 100 s and more.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.02


def resident_mib(pid: int, field: str) -> float:
    """Memory of a process in MiB: VmRSS is what it has, VmHWM the most that it had since it was set back."""
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith(field))
    return int(line.split()[1]) / 1024


class Others:
    """Someone else who sends meanwhile; ``longest_seconds`` is the slowest answer."""

    def __init__(self, url: str) -> None:
        self.longest_seconds = 0.0
        self._url = url
        self._is_done = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(is_health,)) for is_health in (True, False)]

    def _ask(self, is_health: bool) -> None:
        with httpx.Client(base_url=self._url, timeout=PATIENCE_SECONDS) as client:
            while not self._is_done.wait(PAUSE_SECONDS):
                started = time.perf_counter()
                with contextlib.suppress(httpx.HTTPError):
                    client.get("/health") if is_health else client.post("/v1/events", json=EVENT)
                self.longest_seconds = max(self.longest_seconds, time.perf_counter() - started)

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        """Ask while the block runs."""
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)
        self.longest_seconds = 0.0
        try:
            yield
        finally:
            self._is_done.set()
            for thread in self._threads:
                thread.join()


def attack(kind: Expansion, body: bytes, headers: dict[str, str]) -> tuple[float, float, float, str]:
    """MiB above idle, the longest answer to others, the attacker's own seconds, and what it was answer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
    with running(command, f"{url}/health", {}) as server:
        others = Others(url)
        with others.asking():
            idle = resident_mib(server.pid, "VmRSS")
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")
            started = time.perf_counter()
            try:
                sent = httpx.post(f"{url}{kind.route}", content=body, headers=headers, timeout=PATIENCE_SECONDS)
                answer = f"{sent.status_code}, {len(sent.content):,} bytes"
            except httpx.HTTPError as error:
                answer = type(error).__name__
            seconds = time.perf_counter() - started
            time.sleep(0.5)
        peak = resident_mib(server.pid, "VmHWM")
        if answer == "ReadTimeout":
            server.kill()
    return peak - idle, others.longest_seconds, seconds, answer


def main() -> None:
    """Attack with every kind, or with those that are named, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kind", choices=EXPANSIONS, action="append", help="only this one")
    options.add_argument("--mebibytes", type=int, default=16, help="size of a body")
    chosen = options.parse_args()
    print("| kind | sent | MiB above idle | others wait s | own s | answer |\n|---|---|---|---|---|---|")
    for name in chosen.kind or EXPANSIONS:
        kind = EXPANSIONS[name]
        body = kind.make(chosen.mebibytes * MIB)
        packed = gzip.compress(body, 9)
        sent = ((packed, {"content-encoding": "gzip"}), (body, {}))
        for content, encoding in sent:
            mib, others, own, answer = attack(kind, content, {"content-type": kind.media_type, **encoding})
            row = (name, f"{len(content):,} bytes", f"{mib:.0f}", f"{others:.2f}", f"{own:.1f}", answer)
            print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
