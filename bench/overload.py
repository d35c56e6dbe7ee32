"""What an exporter does with more than it can take: goodput, latency and refusals from half to four times its capacity.

    .venv/bin/python bench/overload.py

Capacity is what eight senders get that wait for each answer. Then requests come at their own times, whatever is
answered (an open loop), as those of many clients do; every request has fresh ids, so that nothing is a duplicate.
Beside them /metrics, /health, /ready and /v1/alerts are asked. The senders need a core of their own.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers import cpu_seconds, free_port, running

SPANS = 100
OK = 200
NEVER_SECONDS = 60.0
FACTORS = (0.5, 1.0, 2.0, 3.0, 4.0)
CAPACITY_SENDERS = 8
# The exporter takes 800 connections; who needs more at once waits, as behind a proxy.
CONNECTIONS = 400
# In every trace id, and in every id of a call, where the same eight bytes are written as text.
MARK = bytes(range(1, 9))
ALERT = b'{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"Watchdog"}}]}'
PROBES = (("GET", "/metrics", b""), ("GET", "/health", b""), ("GET", "/ready", b""), ("POST", "/v1/alerts", ALERT))


@dataclass
class Seen:
    """Durations in seconds by status of requests, and of probes by path."""

    statuses: Counter[int] = field(default_factory=Counter)
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    probes: dict[str, list[float]] = field(default_factory=dict)
    all_taken: int = 0

    def note(self, status: int, seconds: float) -> None:
        """Count one answer."""
        self.statuses[status] += 1
        (self.accepted if status == OK else self.refused).append(seconds)


class Sender:
    """Keeps connections open and uses a free one for each request."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def ask(self, method: str, path: str, body: bytes, kind: str = "application/json") -> int:
        """Send one request and return the status of its answer, 0 when there was none."""
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\n"
        sent = f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        async with self._places:
            while self._free:  # one that was open for long may have been closed meanwhile
                if status := await self._ask_over(self._free.pop(), sent):
                    return status
            try:
                return await self._ask_over(await self._open(), sent)
            except OSError:
                return 0

    async def _ask_over(self, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter], sent: bytes) -> int:
        reader, writer = streams
        try:
            writer.write(sent)
            status, is_open = await _answer(reader)
        except (OSError, EOFError, ValueError):
            return 0
        if is_open:
            self._free.append(streams)
        else:
            writer.close()
        return status

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self._port)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    else:
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r", 1)[0] or 0))
    return int(head.split(b" ", 2)[1]), b"connection: close" not in head


def template() -> bytes:
    """A request of some services' calls, ten spans to a trace."""
    request = ExportTraceServiceRequest()
    holder = request.resource_spans.add()
    holder.resource.attributes.add(key="service.name").value.string_value = "bench"
    scope = holder.scope_spans.add()
    now = time.time_ns()
    for number in range(SPANS):
        span = scope.spans.add(
            trace_id=MARK + (number // 10).to_bytes(8), span_id=(number + 1).to_bytes(8), name="chat"
        )
        span.start_time_unix_nano, span.end_time_unix_nano = now - 10**9, now
        texts = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.id": f"{MARK.hex()}-{number}",
        }
        for key, text in texts.items():
            span.attributes.add(key=key).value.string_value = text
        for key, count in {"gen_ai.usage.input_tokens": 900 + number, "gen_ai.usage.output_tokens": 40}.items():
            span.attributes.add(key=key).value.int_value = count
    return request.SerializeToString()


def fresh(body: bytes) -> bytes:
    """The same request with ids that were never there."""
    mark = os.urandom(8)
    return body.replace(MARK, mark).replace(MARK.hex().encode(), mark.hex().encode())


async def timed(note: Callable[[int, float], None], asked: Awaitable[int]) -> None:
    """Note how long an answer took."""
    began = time.perf_counter()
    status = await asked
    note(status, time.perf_counter() - began)


async def capacity(sender: Sender, body: bytes, seconds: float) -> float:
    """Requests a second that senders get who wait for each answer."""
    seen, end = Seen(), time.perf_counter() + seconds

    async def keep_sending() -> None:
        while time.perf_counter() < end:
            await timed(seen.note, sender.ask("POST", "/v1/traces", fresh(body), "application/x-protobuf"))

    await asyncio.gather(*(keep_sending() for _ in range(CAPACITY_SENDERS)))
    return seen.statuses[OK] / seconds


async def offer(sender: Sender, probe: Sender, body: bytes, per_second: float, seconds: float) -> Seen:
    """Send at times of a Poisson process, whatever is answered; the first second is not counted."""
    seen, warm, tasks = Seen(), Seen(), set()
    began = due = time.perf_counter()
    probing = asyncio.create_task(keep_probing(probe, seen))
    while due < began + 1 + seconds:
        due += random.expovariate(per_second)
        if (pause := due - time.perf_counter()) > 0:
            await asyncio.sleep(pause)
        note = (seen if due > began + 1 else warm).note
        task = asyncio.create_task(timed(note, sender.ask("POST", "/v1/traces", fresh(body), "application/x-protobuf")))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    probing.cancel()
    seen.all_taken = seen.statuses[OK] + warm.statuses[OK]
    return seen


async def keep_probing(sender: Sender, seen: Seen) -> None:
    """Ask what must always answer, again and again."""
    while True:
        for method, path, body in PROBES:
            began = time.perf_counter()
            status = await sender.ask(method, path, body)
            took = time.perf_counter() - began if status == OK else NEVER_SECONDS
            seen.probes.setdefault(path, []).append(took)
        await asyncio.sleep(0.1)


def percentile(times: list[float], part: float) -> float:
    """A quantile in milliseconds."""
    return statistics.quantiles(times, n=1000)[int(part * 1000) - 1] * 1000 if len(times) > 1 else 0.0


async def measure(port: int, pid: int, seconds: float) -> None:
    """Print a row for each factor.

    Goodput is of the exporter's CPU time: requests taken in a second of it, beside the same at capacity. On a machine
    with other work the exporter gets less than a core, and the loads are higher than they say.
    """
    sender, probe, body = Sender(port), Sender(port), template()
    await capacity(sender, body, 2.0)
    before = cpu_seconds(pid)
    most = await capacity(sender, body, seconds) * seconds / (cpu_seconds(pid) - before)
    print(f"capacity: {most:.0f} requests of {SPANS} spans in a second of CPU, {len(body) / 1024:.0f} KiB each")
    print(
        "load  sent/s  taken/s   CPU  goodput  p50 ms  p99 ms  429 p99 ms  other"
        "  worst ms of /metrics  /health  /ready  /v1/alerts"
    )
    for factor in FACTORS:
        before = cpu_seconds(pid)
        seen = await offer(sender, probe, body, factor * most, seconds)
        used = cpu_seconds(pid) - before
        taken, refused = seen.statuses[OK] / seconds, seen.statuses[429]
        goodput = seen.all_taken / used / most
        other = sum(seen.statuses.values()) - seen.statuses[OK] - refused
        worst = "  ".join(f"{max(seen.probes.get(path, [NEVER_SECONDS])) * 1000:6.0f}" for _, path, _ in PROBES)
        print(
            f"{factor:4.1f}  {sum(seen.statuses.values()) / seconds:6.0f}  {taken:7.0f}"
            f"  {used / (seconds + 1):4.0%}  {goodput:6.0%}"
            f"  {percentile(seen.accepted, 0.5):6.0f}  {percentile(seen.accepted, 0.99):6.0f}"
            f"  {percentile(seen.refused, 0.99):10.0f}  {other:5}  {worst}"
        )


def main() -> None:
    """Start an exporter and load it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each load")
    parser.add_argument("--python", default=sys.executable, help="of the checkout whose exporter it is")
    chosen = parser.parse_args()
    port = free_port()
    command = [chosen.python, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/health", dict(os.environ)) as server:
        asyncio.run(measure(port, server.pid, chosen.seconds))


if __name__ == "__main__":
    main()
