"""An exporter that is killed at random moments while calls come in, and what it counts of them in the end.

.venv/bin/python -m tests.support.crashes 50
"""

import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from tests.support.ports import free_port

# Counters are saved several times between two crashes, and not once a minute.
START = """
import sys
from watchkeeper.exporter.state import journal
journal.CHECKPOINT_SECONDS = 0.3
from watchkeeper.cli import main
main()
"""
CONFIG = """
prices:
  - {model: bench, input: 1, output: 0}
budgets:
  - {name: all, limit_usd: 1000000, period: 30d}
"""
SPANS = 20
# Each call has a million tokens of a dollar.
TOKENS = 1_000_000
HEADERS = {"content-type": "application/x-protobuf"}


@dataclass
class Counted:
    """What was acknowledged, and what was counted of it after the last crash."""

    acknowledged: int = 0
    calls: float = 0
    dollars: float = 0
    budget: float = 0
    durations: float = 0
    spans: set[str] = field(default_factory=set)
    lines: Counter[str] = field(default_factory=Counter)
    timestamps: dict[str, set[str]] = field(default_factory=dict)
    went_back: list[tuple[float, float]] = field(default_factory=list)


def count(rounds: int, folder: Path, seed: int) -> Counted:
    """Start, send and kill so often; then once more, to look at what is counted."""
    chosen, counted = random.Random(seed), Counted()
    sender = Sender(counted)
    seen = 0.0
    for _ in range(rounds):
        with started(folder) as exporter:
            now = exporter.sample("llm_requests_total")
            if now < seen:
                counted.went_back.append((seen, now))
            sending = threading.Thread(target=sender.send_until_gone, args=(exporter.url,))
            sending.start()
            time.sleep(chosen.uniform(0.05, 1.5))
            seen = exporter.sample("llm_requests_total")
            exporter.process.kill()
            sending.join(30)
    with started(folder) as exporter:
        sender.send_rest(exporter.url)
        counted.calls = exporter.sample("llm_requests_total")
        counted.dollars = exporter.sample("llm_cost_dollars_total")
        counted.budget = exporter.sample("llm_budget_period_spend_dollars")
        counted.durations = exporter.sample("llm_request_duration_seconds_count")
        exporter.process.terminate()
        exporter.process.wait(30)
    _read_lines(folder, counted)
    return counted


class Sender:
    """Sends batches of new calls and of some from before; what was not answered is sent again, as clients do."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._number = 0
        self._unanswered: bytes = b""

    def send_until_gone(self, url: str) -> None:
        """Send until no one answers any more."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            try:
                while True:
                    self._send(client, url)
            except httpx.HTTPError:
                return

    def send_rest(self, url: str) -> None:
        """Send what was not answered."""
        with httpx.Client(trust_env=False, timeout=30) as client:
            self._send(client, url)

    def _send(self, client: httpx.Client, url: str) -> None:
        if not self._unanswered:
            self._number += SPANS // 2  # the other half came before
            self._unanswered = batch(self._number)
        client.post(f"{url}/v1/traces", content=self._unanswered, headers=HEADERS).raise_for_status()
        self._unanswered = b""
        self._counted.acknowledged = self._number + SPANS


def batch(first: int) -> bytes:
    """Calls from a number on, each a trace of its own."""
    request = ExportTraceServiceRequest()
    holder = request.resource_spans.add()
    holder.resource.attributes.add(key="service.name").value.string_value = "crash"
    scope = holder.scope_spans.add()
    now = time.time_ns()
    for number in range(first, first + SPANS):
        span = scope.spans.add(trace_id=(number + 1).to_bytes(16), span_id=(number + 1).to_bytes(8), name="chat")
        span.start_time_unix_nano, span.end_time_unix_nano = now - 10**9, now
        for key, text in {"gen_ai.operation.name": "chat", "gen_ai.request.model": "bench"}.items():
            span.attributes.add(key=key).value.string_value = text
        for key, tokens in {"gen_ai.usage.input_tokens": TOKENS, "gen_ai.usage.output_tokens": 0}.items():
            span.attributes.add(key=key).value.int_value = tokens
    return request.SerializeToString()


@dataclass
class Running:
    """An exporter that answers."""

    process: subprocess.Popen[bytes]
    url: str

    def sample(self, name: str) -> float:
        """The sum of a metric's samples."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False, timeout=30).text
        families = text_string_to_metric_families(text)
        return sum(sample.value for family in families for sample in family.samples if sample.name == name)


@contextmanager
def started(folder: Path) -> Iterator[Running]:
    """Start an exporter that goes on with the state of the folder; it is dead afterwards."""
    (folder / "watchkeeper.yml").write_text(CONFIG)
    port = free_port()
    command = [sys.executable, "-c", START, "serve", "--port", str(port), "--config", str(folder / "watchkeeper.yml")]
    environ = {"WATCHKEEPER_STATE_DIR": str(folder / "state"), "PATH": ""}
    with (
        (folder / "lines").open("ab") as lines,
        subprocess.Popen(command, env=environ, stdout=lines, stderr=subprocess.DEVNULL) as process,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/health")
            yield Running(process, f"http://127.0.0.1:{port}")
        finally:
            process.kill()


def _wait(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _read_lines(folder: Path, counted: Counted) -> None:
    for raw in (folder / "lines").read_bytes().splitlines():
        try:
            line = json.loads(raw)
        except ValueError:  # where the process was killed while it wrote
            continue
        if line.get("event") == "llm_call_completed":
            counted.lines[line["span_id"]] += 1
            counted.timestamps.setdefault(line["span_id"], set()).add(line["timestamp"])


def main() -> None:
    """Say what was lost and what was counted twice."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        counted = count(rounds, Path(folder), seed=int(time.time()))
    calls = counted.acknowledged - SPANS // 2
    twice = sum(number > 1 for number in counted.lines.values())
    other = sum(len(times) > 1 for times in counted.timestamps.values())
    Console(highlight=False).print(
        f"{rounds} rounds, {calls} calls acknowledged; counted beyond them: {counted.calls - calls:+.0f} calls, "
        f"{counted.dollars - calls:+.2f} dollars, {counted.budget - calls:+.2f} of the budget, "
        f"{counted.durations - calls:+.0f} durations\n"
        f"lines of {len(counted.lines)} calls, {twice} of them twice or more, {other} with another timestamp\n"
        f"counters that went back: {counted.went_back}",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()
