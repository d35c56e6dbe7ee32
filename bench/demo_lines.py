"""The log lines of some conversations of the demo, for its history: the running demo against a running exporter.

    PYTHONPATH=. .venv/bin/python bench/demo_lines.py

Takes three minutes, and writes services/watchkeeper/operator/history/lines.json. To be run again when the demo's
application, its model server or the exporter's lines change.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import msgspec
from tests.support.ports import free_port

from watchkeeper.model.timestamps import nanoseconds
from watchkeeper.operator.history import samples
from watchkeeper.operator.history.samples import SampleLine, Samples

FILE = Path(samples.__file__).with_name("lines.json")
SECONDS = 60
# A trace is over some seconds after its root; its line comes then.
SETTLE_SECONDS = 20
# The conversations of each service that the file has, in order of time.
KEPT = {"steady": 12, "provider-outage": 5}
CONFIG = (
    "contracts: [{name: demo-orders, agent: [support-agent], when: [{branch: order_status, tools: [find_order]}]}]\n"
)
Line = dict[str, Any]


def lines_of(scenario: str) -> list[Line]:
    """What the exporter logs in some time of a scenario."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "watchkeeper.yml").write_text(CONFIG)
        port = free_port()
        environ = {
            **os.environ,
            "WATCHKEEPER_CONFIG": str(folder / "watchkeeper.yml"),
            "WATCHKEEPER_STATE_DIR": str(folder),
            "WATCHKEEPER_EXPORTER_URL": f"http://127.0.0.1:{port}",
        }
        with (folder / "exporter.log").open("wb") as log:
            exporter = _start(["serve", "--port", str(port)], environ, log)
            demo = _start(["demo", "--port", str(free_port()), "--scenario", scenario], environ, subprocess.DEVNULL)
            time.sleep(SECONDS)
            demo.send_signal(signal.SIGINT)
            demo.wait(30)
            time.sleep(SETTLE_SECONDS)
            exporter.terminate()
            exporter.wait(30)
        return [json.loads(line) for line in (folder / "exporter.log").read_text().splitlines()]


def _start(arguments: list[str], environ: dict[str, str], output: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "watchkeeper.cli", *arguments]
    return subprocess.Popen(command, env=environ, stdout=output)


def conversations(lines: list[Line], most: int) -> list[list[SampleLine]]:
    """The first whole traces of each service of the demo, with the seconds since the first line of each."""
    traces: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.get("trace_id") and line["service"].startswith("demo-"):
            traces[line["trace_id"]].append(line)
    whole = [trace for trace in traces.values() if trace[-1]["event"] == "trace_completed"]
    kept: list[list[SampleLine]] = []
    for service in sorted({trace[0]["service"] for trace in whole}):
        of_service = [trace for trace in whole if trace[0]["service"] == service]
        kept += [[_sample(line, trace[0]) for line in trace] for trace in of_service[:most]]
    return kept


def _sample(line: Line, first: Line) -> SampleLine:
    fields = {name: value for name, value in line.items() if name not in ("timestamp", "happened_at")}
    began = nanoseconds(first["timestamp"])
    return SampleLine(
        written_ns=nanoseconds(line["timestamp"]) - began,
        happened_ns=nanoseconds(line["happened_at"]) - began,
        fields=fields,
    )


def main() -> None:
    """Measure both scenarios and write the file."""
    steady, outage = (conversations(lines_of(scenario), most) for scenario, most in KEPT.items())
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(Samples(steady, outage)), indent=0) + b"\n")
    print(len(steady), len(outage), FILE.stat().st_size)


if __name__ == "__main__":
    main()
