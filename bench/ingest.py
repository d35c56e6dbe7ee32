"""What taking in spans costs, beside a bare decoder and Arize Phoenix, in one run on one machine.

    make bench

Prints spans per CPU second for batches of 100 and 500 real spans of many libraries (bench/spans.py), and the ratios.
Timings of a shared machine mean something only as ratios of the same run. Phoenix stores every span durably and the
exporter aggregates: the ratio says what watching costs, not which program is better.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from spans import batches, libraries

ROOT = Path(__file__).resolve().parent.parent
PHOENIX = "arize-phoenix==20.26.0"
HEADERS = {"content-type": "application/x-protobuf"}
# Traces are evaluated 10 s after their root: the work that they leave behind counts too.
QUIET_SECONDS = 12
TICKS = os.sysconf("SC_CLK_TCK")


def bare_seconds(bodies: list[bytes]) -> float:
    """CPU seconds to parse the protobuf and walk every attribute, and nothing else."""
    started = time.process_time()
    for body in bodies:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    pairs = ((a.key, a.value, a.value.WhichOneof("value")) for a in span.attributes)
                    _ = {key: getattr(value, kind or "string_value") for key, value, kind in pairs}
    return time.process_time() - started


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: list[str], url: str, environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The server, once it answers; it is stopped afterwards."""
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None:
            try:
                httpx.get(url, timeout=2)
                break
            except httpx.HTTPError:
                time.sleep(0.2)
        else:
            sys.exit(f"{command[0]} did not come up")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(fields[index]) for index in range(11, 15)) / TICKS


def tree_cpu_seconds(pid: int) -> float:
    """CPU time of a process and its living descendants."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    return cpu_seconds(pid) + sum(tree_cpu_seconds(int(child)) for child in children)


def resident_mib(pid: int) -> float:
    """Memory in use, in MiB."""
    line = next(row for row in Path(f"/proc/{pid}/status").read_text().splitlines() if row.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def served_seconds(url: str, pid: int, bodies: list[bytes]) -> float:
    """CPU seconds that a server takes for the requests, the work it does afterwards included."""
    before = tree_cpu_seconds(pid)
    with httpx.Client(timeout=300) as client:
        for body in bodies:
            client.post(url, content=body, headers=HEADERS).raise_for_status()
    time.sleep(QUIET_SECONDS)
    settled = tree_cpu_seconds(pid)
    for _ in range(100):
        time.sleep(0.5)
        now = tree_cpu_seconds(pid)
        if now - settled < 0.02:  # noqa: PLR2004  # idle: under 4 % of a core
            break
        settled = now
    return tree_cpu_seconds(pid) - before


def measure_exporter(
    warm_up: list[bytes], bodies: list[bytes], python: str = sys.executable, config: Path | None = None
) -> float:
    """CPU seconds of an exporter for the bodies, warm; ``python`` is of the checkout whose exporter it is."""
    port = free_port()
    command = [python, "-m", "watchkeeper.cli", "serve", "--port", str(port)]
    environ = {"WATCHKEEPER_CONFIG": str(config)} if config else {}
    with running(command, f"http://127.0.0.1:{port}/health", environ) as server:
        served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, warm_up)
        seconds = served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, bodies)
        print(f"  exporter memory after the run: {resident_mib(server.pid):.0f} MiB")
        return seconds


def measure_phoenix(warm_up: list[bytes], bodies: list[bytes]) -> float:
    """CPU seconds of Phoenix for the bodies, warm; it stores them in SQLite."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix="phoenix-")
    environ = {
        "PHOENIX_PORT": str(port),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_WORKING_DIR": folder,
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    uv = os.environ.get("UV", str(ROOT / ".tools" / "uv" / "bin" / "uv"))
    command = [uv, "run", "--no-project", "--with", PHOENIX, "phoenix", "serve"]
    try:
        with running(command, f"http://127.0.0.1:{port}/healthz", environ) as server:
            served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, warm_up)
            return served_seconds(f"http://127.0.0.1:{port}/v1/traces", server.pid, bodies)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure all three for both batch sizes and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--spans", type=int, default=50_000, help="spans for the exporter and the bare loop")
    options.add_argument("--phoenix-spans", type=int, default=2_000, help="spans for Phoenix; 0 leaves it out")
    options.add_argument("--library", choices=libraries(), action="append", help="only spans of this one")
    chosen = options.parse_args()
    names = chosen.library or libraries()
    for size in (100, 500):
        print(f"batches of {size} spans")
        bodies, warm_up = batches(names, size, chosen.spans // size), batches(names, size, len(names))
        bare = len(bodies) * size / bare_seconds(bodies)
        ours = len(bodies) * size / measure_exporter(warm_up, bodies)
        print(f"  bare decoder {bare:>10,.0f} spans per CPU second")
        print(f"  exporter     {ours:>10,.0f} spans per CPU second, {ours / bare:.2f} of the bare decoder")
        if chosen.phoenix_spans:
            few = batches(names, size, max(1, chosen.phoenix_spans // size))
            phoenix = len(few) * size / measure_phoenix(warm_up[:1], few)
            print(f"  {PHOENIX} {phoenix:,.0f} spans per CPU second; the exporter does {ours / phoenix:.0f} times that")


if __name__ == "__main__":
    main()
