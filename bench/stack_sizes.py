"""What the whole stack takes: memory and processor by service, and disk per million calls, of the bundle that runs.

    docker compose up -d --wait
    .venv/bin/python bench/stack_sizes.py

Waits a minute and notes what each container takes idle; sends real spans with fresh ids, 200 calls a second for ten
minutes, and notes the most that each container took. Prints the tables of docs/operations.md. Disk is measured after
Loki has written out what it held and, for Prometheus, on a snapshot that a second Prometheus makes of a copy.
"""

import argparse
import json
import subprocess
import time
from collections import defaultdict
from dataclasses import dataclass
from statistics import mean

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from servers import HEADERS
from spans import batches, libraries

CALLS = "sum(llm_requests_total) or vector(0)"
SERVICES = ("exporter", "analyzer", "prometheus", "alertmanager", "loki", "promtail", "grafana")
# Every span of this one is a call.
LIBRARY = next(name for name in libraries() if name.startswith("opentelemetry-instrumentation-genai-openai"))
SPANS_PER_REQUEST = 10
APPS = 5
SAMPLE_SECONDS = 10
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
SECONDS_PER_DAY = 86_400
BLOCKS_PER_DAY = 12

# Bytes by service, one for each time that was looked.
Samples = dict[str, list[float]]


def docker(*arguments: str) -> str:
    """The output of a docker command."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607 docker of PATH, as everywhere


def container(project: str, service: str) -> str:
    """The id of a service's container; empty when it does not run."""
    labels = (f"com.docker.compose.project={project}", f"com.docker.compose.service={service}")
    return docker("ps", "--quiet", *(part for label in labels for part in ("--filter", f"label={label}")))


def sample(containers: dict[str, str], memory: Samples) -> None:
    """Add the bytes that each container takes right now."""
    shown = docker("stats", "--no-stream", "--format", "{{json .}}", *containers.values())
    names = {container_id: name for name, container_id in containers.items()}
    for line in shown.splitlines():
        stat = json.loads(line)
        amount = stat["MemUsage"].split(" / ")[0]
        unit = next(unit for unit in ("GiB", "MiB", "KiB", "B") if amount.endswith(unit))
        memory[names[stat["ID"]]].append(float(amount.removesuffix(unit)) * UNITS[unit])


def watch(containers: dict[str, str], seconds: float) -> Samples:
    """Samples over some time in which nothing is sent."""
    memory: Samples = defaultdict(list)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sample(containers, memory)
        time.sleep(SAMPLE_SECONDS)
    return memory


def fresh_requests(count: int) -> list[bytes]:
    """So many requests of real spans with fresh ids, of several apps."""
    made = []
    for number, body in enumerate(batches([LIBRARY], SPANS_PER_REQUEST, count)):
        request = ExportTraceServiceRequest.FromString(body)
        for attribute in (attribute for sent in request.resource_spans for attribute in sent.resource.attributes):
            if attribute.key == "service.name":
                attribute.value.string_value = f"app-{number % APPS}"
        made.append(request.SerializeToString())
    return made


def load(containers: dict[str, str], url: str, calls_per_second: int, seconds: float) -> Samples:
    """Samples while calls are sent at an even pace; what a sample held up is sent right after it."""
    memory: Samples = defaultdict(list)
    began = time.monotonic()
    next_sample = began + SAMPLE_SECONDS
    with httpx.Client(timeout=10, trust_env=False) as client:
        for second in range(int(seconds)):
            for body in fresh_requests(calls_per_second // SPANS_PER_REQUEST):
                client.post(f"{url}/v1/traces", content=body, headers=HEADERS).raise_for_status()
            if time.monotonic() >= next_sample:
                sample(containers, memory)
                next_sample = time.monotonic() + SAMPLE_SECONDS
            time.sleep(max(0.0, began + second + 1 - time.monotonic()))
    return memory


def folder_bytes(containers: dict[str, str], service: str, folder: str) -> int:
    """What a folder of a service's volume takes, seen through busybox of Prometheus's image."""
    image = docker("inspect", "--format", "{{.Config.Image}}", containers["prometheus"])
    options = ("--rm", "--user=0", "--entrypoint=/bin/du", f"--volumes-from={containers[service]}:ro")
    return int(docker("run", *options, image, "-sk", folder).split()[0]) * 1024


def loki_bytes(containers: dict[str, str], url: str) -> int:
    """What Loki keeps for good: all but its journal, after everything in memory was written out."""
    httpx.post(f"{url}/flush", timeout=60, trust_env=False).raise_for_status()
    before, now = -1, 0
    while now != before:
        time.sleep(SAMPLE_SECONDS)
        before, now = now, folder_bytes(containers, "loki", "/loki/chunks")
    return folder_bytes(containers, "loki", "/loki") - folder_bytes(containers, "loki", "/loki/wal")


@dataclass(frozen=True)
class Stored:
    """One block of Prometheus: bytes of its samples, bytes of its index, and how many samples it has."""

    chunks: int
    index: int
    samples: int

    def daily_bytes(self, samples_per_second: float) -> float:
        """What a day takes; each block of two hours has an index of its own until blocks are merged."""
        return self.chunks / self.samples * samples_per_second * SECONDS_PER_DAY + self.index * BLOCKS_PER_DAY


def prometheus_block(containers: dict[str, str]) -> Stored:
    """What is stored so far, as one block: a second Prometheus makes a snapshot of a copy of the volume."""
    image = docker("inspect", "--format", "{{.Config.Image}}", containers["prometheus"])
    script = (
        "cp -r /prometheus/. /copy; rm -f /copy/lock; echo > /tmp/none.yml; "
        "prometheus --storage.tsdb.path=/copy --web.enable-admin-api --config.file=/tmp/none.yml "
        "--web.listen-address=127.0.0.1:9099 2>/dev/null & "
        "until wget -q -O - http://127.0.0.1:9099/-/ready >/dev/null 2>&1; do sleep 1; done; "
        "wget -q -O - --post-data= http://127.0.0.1:9099/api/v1/admin/tsdb/snapshot >/dev/null; "
        "cd /copy/snapshots; cat */*/chunks/* | wc -c; cat */*/index | wc -c; "
        "cat */*/meta.json | grep numSamples | tr -dc '0-9\\n'"
    )
    options = ("--rm", "--user=0", "--tmpfs=/copy", "--tmpfs=/tmp", "--entrypoint=/bin/sh")
    output = docker("run", *options, f"--volumes-from={containers['prometheus']}:ro", image, "-c", script)
    chunks, index, *samples = map(int, output.split())
    return Stored(chunks=chunks, index=index, samples=sum(samples))


def numbers(url: str, query: str) -> dict[str, float]:
    """The values of a query by job."""
    answer = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=30, trust_env=False).json()
    return {found["metric"].get("job", ""): float(found["value"][1]) for found in answer["data"]["result"]}


def number(url: str, query: str) -> float:
    """The value of a query that gives one."""
    [value] = numbers(url, query).values()
    return value


def print_usage(idle: Samples, loaded: Samples, processor: dict[str, float]) -> None:
    """Memory and processor by service as a table, with the sum of memory."""
    print("| service | idle, MiB | under load, most, MiB | under load, processor |")
    print("|---|---|---|---|")
    sums = [0.0, 0.0]
    for name, taken in loaded.items():
        rest, most = mean(idle[name]) / UNITS["MiB"], max(taken) / UNITS["MiB"]
        sums = [sums[0] + rest, sums[1] + most]
        share = f"{100 * processor[name]:.0f} %" if name in processor else "not scraped"
        print(f"| {name} | {rest:.0f} | {most:.0f} | {share} |")
    print(f"| all | {sums[0]:.0f} | {sums[1]:.0f} | |")


def print_prometheus(stored: Stored, url: str) -> None:
    """What a day of this many series takes."""
    per_second = number(url, "sum(rate(prometheus_tsdb_head_samples_appended_total[5m]))")
    series = number(url, "prometheus_tsdb_head_series")
    per_sample = stored.chunks / stored.samples
    print(f"Prometheus: {series:.0f} series, {per_second:.0f} samples/s, {per_sample:.2f} bytes a sample")
    print(f"Prometheus: {stored.daily_bytes(per_second) / 1e6:.0f} MB a day, however many calls they report")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", default="watchkeeper")
    parser.add_argument("--calls-per-second", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args()
    found = {name: container(asked.project, name) for name in SERVICES}
    containers = {name: container_id for name, container_id in found.items() if container_id}
    url = {
        name: "http://" + docker("port", containers[name], f"{port}/tcp").splitlines()[0]
        for name, port in (("exporter", 4318), ("prometheus", 9090), ("loki", 3100))
    }
    idle = watch(containers, 60)
    lines, calls = -loki_bytes(containers, url["loki"]), -number(url["prometheus"], CALLS)
    loaded = load(containers, url["exporter"], asked.calls_per_second, asked.minutes * 60)
    processor = numbers(url["prometheus"], f"rate(process_cpu_seconds_total[{asked.minutes * 60:.0f}s])")
    lines += loki_bytes(containers, url["loki"])
    calls += number(url["prometheus"], CALLS)
    print_usage(idle, loaded, processor)
    print(
        f"\nLoki: {lines / calls:.0f} bytes a call, {lines / calls * 1e6 / 1e9:.2f} GB per million calls ({calls:.0f})"
    )
    print_prometheus(prometheus_block(containers), url["prometheus"])


if __name__ == "__main__":
    main()
