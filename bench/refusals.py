"""What it costs an exporter to refuse a request because it has too much to do, beside another checkout.

    .venv/bin/python bench/refusals.py --before ../another-checkout

The other checkout needs an environment of its own in .venv. Both exporters are full and stay so; they refuse the same
requests of 100 spans in turns, over connections that stay open, so that both meet the same neighbours. Prints
microseconds of CPU time for a refusal: the lower quartile over the turns, which a busy machine leaves alone.
"""

import argparse
import asyncio
import os
import statistics
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from overload import Sender, template
from servers import cpu_seconds, free_port, running

from watchkeeper.exporter.app import serve
from watchkeeper.exporter.ingest.turns import Overloaded, Turns

TURNS = 12
REQUESTS = 2000
SENDERS = 16
TOO_MANY = 429


def serve_full(port: int) -> None:
    """Be an exporter that takes nothing."""
    full = {"is_waited_for": True, "is_full_for": lambda _self, *_of: True, "check": _refuse}
    with ExitStack() as patches:
        for name, value in full.items():
            patches.enter_context(patch.object(Turns, name, value, create=True))
        serve(host=None, port=port, config_path=None)


def _refuse(_self: Turns, _tenant: str) -> None:
    raise Overloaded


async def refused(sender: Sender, body: bytes) -> None:
    """Send requests, some at a time."""
    left = REQUESTS

    async def send() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            status = await sender.ask("POST", "/v1/traces", body, "application/x-protobuf")
            assert status == TOO_MANY, status

    await asyncio.gather(*(send() for _ in range(SENDERS)))


async def measure(servers: dict[str, tuple[int, int]]) -> dict[str, float]:
    """Microseconds for a refusal, by checkout; ``servers`` are port and process."""
    body, seen = template(), {name: list[float]() for name in servers}
    senders = {name: Sender(port) for name, (port, _) in servers.items()}
    for turn in range(TURNS + 1):
        for name, (_, pid) in servers.items():
            before = cpu_seconds(pid)
            await refused(senders[name], body)
            if turn:  # the first one opens connections
                seen[name].append((cpu_seconds(pid) - before) / REQUESTS * 1e6)
    return {name: statistics.quantiles(times, n=4)[0] for name, times in seen.items()}


def main() -> None:
    """Start one exporter or two and let them refuse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--serve", type=int, help="be an exporter at this port")
    chosen = parser.parse_args()
    if chosen.serve:
        serve_full(chosen.serve)
        return
    checkouts = {"before": chosen.before} if chosen.before else {}
    checkouts["here"] = Path(__file__).resolve().parents[1]
    with ExitStack() as exits:
        servers = {}
        for name, checkout in checkouts.items():
            port = free_port()
            python = str(checkout.resolve() / ".venv/bin/python")
            command = [python, str(Path(__file__).resolve()), "--serve", str(port)]
            server = exits.enter_context(running(command, f"http://127.0.0.1:{port}/health", dict(os.environ)))
            servers[name] = (port, server.pid)
        costs = asyncio.run(measure(servers))
    for name, microseconds in costs.items():
        print(f"{name:6}  {microseconds:5.0f} µs of CPU for a refusal")


if __name__ == "__main__":
    main()
