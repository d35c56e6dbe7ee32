"""What taking in spans costs, beside a bare decoder, an OpenTelemetry Collector and Arize Phoenix, in one run.

    make bench

Prints spans per CPU second for batches of 100 and 500 real spans of many libraries (bench/spans.py), and the ratios.
Timings of a shared machine mean something only as ratios of the same run. Phoenix stores every span durably and the
exporter aggregates: the ratio says what watching costs, not which program is better.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from collector_peer import built_collector, measure_collector
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers import free_port, resident_mib, running, served_seconds
from spans import batches, libraries

ROOT = Path(__file__).resolve().parent.parent
PHOENIX = "arize-phoenix==20.26.0"
# The exporter and the Collector take the spans in as many parts, in turns.
TURNS = 3


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


def in_turns(collector: Path, warm_up: list[bytes], bodies: list[bytes]) -> tuple[float, float]:
    """CPU seconds of the exporter and of the Collector for the same bodies."""
    parts = [bodies[turn::TURNS] for turn in range(TURNS)]
    pairs = [(measure_exporter(warm_up, part), measure_collector(collector, warm_up, part)) for part in parts]
    return sum(ours for ours, _ in pairs), sum(theirs for _, theirs in pairs)


def main() -> None:
    """Measure all for both batch sizes and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--spans", type=int, default=50_000, help="spans for all but Phoenix")
    options.add_argument("--phoenix-spans", type=int, default=2_000, help="spans for Phoenix; 0 leaves it out")
    options.add_argument("--library", choices=libraries(), action="append", help="only spans of this one")
    chosen = options.parse_args()
    names = chosen.library or libraries()
    collector = built_collector()
    for size in (100, 500):
        print(f"batches of {size} spans")
        bodies, warm_up = batches(names, size, chosen.spans // size), batches(names, size, len(names))
        spans = len(bodies) * size
        bare = spans / bare_seconds(bodies)
        ours, theirs = (spans / seconds for seconds in in_turns(collector, warm_up, bodies))
        print(f"  bare decoder {bare:>10,.0f} spans per CPU second")
        print(f"  exporter     {ours:>10,.0f} spans per CPU second, {ours / bare:.2f} of the bare decoder")
        print(f"  Collector    {theirs:>10,.0f} spans per CPU second; the exporter does {ours / theirs:.2f} of that")
        if chosen.phoenix_spans:
            few = batches(names, size, max(1, chosen.phoenix_spans // size))
            phoenix = len(few) * size / measure_phoenix(warm_up[:1], few)
            print(f"  {PHOENIX} {phoenix:,.0f} spans per CPU second; the exporter does {ours / phoenix:.0f} times that")


if __name__ == "__main__":
    main()
