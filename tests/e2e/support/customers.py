"""Copies of the demo's support assistant with their model servers and customers, in a process of its own.

    python -m tests.e2e.support.customers EXPORTER_URL '{"prompt-v2": 4.0}'

Each is called as its scenario is, and has so many conversations a second. The scenarios begin when the process reads a
line; it ends with its input.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from socket import create_server

import httpx
from tests.e2e.support.stack import PROJECT, TIME_SCALE
from tests.support.serving import served

from watchkeeper.demo.assistant.desk import SUPPORT, Desk
from watchkeeper.demo.current import Current
from watchkeeper.demo.run import Surroundings, build_demo, deployments
from watchkeeper.demo.scenarios import Scenario, scenario_named

_MOST_MINUTES = 60.0


@contextmanager
def customers(exporter_url: str, per_second: Mapping[str, float]) -> Iterator["subprocess.Popen[str]"]:
    """Let them come until the block ends."""
    command = [sys.executable, "-m", "tests.e2e.support.customers", exporter_url, json.dumps(per_second)]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        yield process


def scenario_of(name: str) -> Scenario:
    """A scenario, of its own copy of the assistant."""
    found = scenario_named(name)
    assert found is not None
    return replace(found, services=(name,))


def serve(exporter_url: str, per_second: Mapping[str, float]) -> None:
    """Answer customers; announce each scenario as its team would when it begins."""
    desks = [replace(SUPPORT, service=name, conversations_per_second=often) for name, often in per_second.items()]
    currents = {name: Current(time_scale=TIME_SCALE) for name in per_second}
    with create_server(("127.0.0.1", 0)) as listening:
        around = Surroundings(
            exporter_url=exporter_url,
            own_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            season=lambda _: 1.0,
            desks=desks,
        )
        with served(build_demo(around, currents), listening):
            for _ in sys.stdin:
                for desk in desks:
                    _begin(exporter_url, desk, currents[desk.service])


def _begin(exporter_url: str, desk: Desk, current: Current) -> None:
    scenario = scenario_of(desk.service)
    current.change(scenario, _MOST_MINUTES)
    events = deployments([desk], scenario)
    httpx.post(f"{exporter_url}/v1/events", json=events, timeout=60, trust_env=False).raise_for_status()


if __name__ == "__main__":
    serve(sys.argv[1], json.loads(sys.argv[2]))
