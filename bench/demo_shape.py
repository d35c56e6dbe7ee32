"""What a conversation of the demo counts, for its history: the running demo against a running exporter.

    PYTHONPATH=. .venv/bin/python bench/demo_shape.py

Takes three minutes, and writes services/watchkeeper/operator/history/shape.json. To be run again when the demo's
application, its model server or the exporter's metrics change.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import msgspec
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.support.ports import free_port

from watchkeeper.operator.history import shape
from watchkeeper.operator.history.shape import Counted, Shape, Shapes

FILE = Path(shape.__file__).with_name("shape.json")
SECONDS, PACE = 75, 5
# Traces that ended are counted some seconds later.
SETTLE_SECONDS = 6
CONFIG = (
    "contracts: [{name: demo-orders, agent: [support-agent], when: [{branch: order_status, tools: [find_order]}]}]\n"
)


def measured(scenario: str) -> str:
    """The exporter's metrics after some time of a scenario."""
    with ExitStack() as exits:
        folder = Path(exits.enter_context(tempfile.TemporaryDirectory()))
        (folder / "watchkeeper.yml").write_text(CONFIG)
        exporter, demo = free_port(), free_port()
        places = {"WATCHKEEPER_CONFIG": str(folder / "watchkeeper.yml"), "WATCHKEEPER_STATE_DIR": str(folder)}
        url = f"http://127.0.0.1:{exporter}"
        _start(exits, ["serve", "--port", str(exporter)], places)
        started = _start(
            exits,
            ["demo", "--port", str(demo), "--scenario", scenario, "--pace", str(PACE)],
            {"WATCHKEEPER_EXPORTER_URL": url},
        )
        time.sleep(SECONDS)
        started.send_signal(signal.SIGINT)
        started.wait(30)
        time.sleep(SETTLE_SECONDS)
        accept = {"accept": "application/openmetrics-text; version=1.0.0"}
        return httpx.get(f"{url}/metrics", headers=accept, timeout=30, trust_env=False).text


def _start(exits: ExitStack, arguments: list[str], environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "watchkeeper.cli", *arguments]
    process = subprocess.Popen(command, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    exits.callback(process.wait)
    exits.callback(process.terminate)
    return process


def shape_of(text: str) -> Shape:
    """The counters and histograms of the demo's services."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, dict[str, float]]] = {}
    for family in text_string_to_metric_families(text):
        if family.type not in ("counter", "histogram"):
            continue
        for sample in family.samples:
            if not str(sample.labels.get("service", "")).startswith("demo-") or sample.name.endswith("_created"):
                continue
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = {label: value for label, value in sample.labels.items() if label != "le" and value}
            key = name, tuple(sorted(labels.items()))
            value, buckets = found.get(key, (0.0, {}))
            if sample.name.endswith("_bucket"):
                buckets = {**buckets, sample.labels["le"]: sample.value}
            elif not sample.name.endswith("_count"):
                value = sample.value
            found[key] = value, buckets
    counted = [Counted(name, dict(labels), value, buckets) for (name, labels), (value, buckets) in found.items()]
    runs = [one for one in counted if one.name == "llm_trace_duration_seconds"]
    return Shape({one.labels["service"]: one.buckets["+Inf"] for one in runs}, counted)


def main() -> None:
    """Measure both scenarios and write the file."""
    steady, outage = measured("steady"), measured("provider-outage")
    shapes = Shapes(shape_of(steady), shape_of(outage))
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(shapes), indent=0) + b"\n")
    print(shapes.steady.conversations, shapes.outage.conversations, FILE.stat().st_size)


if __name__ == "__main__":
    main()
