"""What a span costs beside another checkout: two exporters take the same requests in turns, in one run on one machine.

    .venv/bin/python bench/in_turns.py --before ../another-checkout

The other checkout needs an environment of its own in .venv. Each exporter is a process that is handed its requests by a
pipe, so that both meet the same caches and neighbours from one moment to the next. Prints microseconds of CPU time for
a span, by library: the lower quartile over the requests, which a busy machine leaves alone, and the ratios.
"""

import argparse
import asyncio
import gc
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
from spans import batches, libraries

from watchkeeper.config import load_config
from watchkeeper.exporter.app import build_app

ROOT = Path(__file__).resolve().parent.parent
HEADERS = {"content-type": "application/x-protobuf"}
# Caches, counters and the memory of earlier calls are as full as they stay.
WARM_UP_SPANS = 300
_SIZE, _SECONDS = struct.Struct("<I"), struct.Struct("<d")


class Turns:
    """An exporter of a checkout in a process of its own."""

    def __init__(self, checkout: Path) -> None:
        command = [str(checkout / ".venv/bin/python"), str(Path(__file__).resolve()), "--serve"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=checkout
        )

    def seconds(self, bodies: Sequence[bytes]) -> float:
        """CPU seconds that the requests take."""
        assert self._process.stdin
        assert self._process.stdout
        sent = pickle.dumps(bodies)
        self._process.stdin.write(_SIZE.pack(len(sent)) + sent)
        self._process.stdin.flush()
        return float(_SECONDS.unpack(self._process.stdout.read(_SECONDS.size))[0])

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def serve() -> None:
    """Be the exporter of one of them: requests come in by standard input, and CPU seconds go out."""
    reply = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with tempfile.TemporaryDirectory() as state, Path(os.devnull).open("wb") as lines:
        app = build_app(load_config(None, {"WATCHKEEPER_STATE_DIR": state}), lines)
        asyncio.run(_answer(app, reply))


async def _answer(app: object, reply: object) -> None:
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1")  # type: ignore[arg-type]
    async with app.router.lifespan_context(app):  # type: ignore[attr-defined]
        gc.collect()
        gc.freeze()  # as the server does before it listens
        while head := sys.stdin.buffer.read(_SIZE.size):
            bodies = pickle.loads(sys.stdin.buffer.read(*_SIZE.unpack(head)))  # noqa: S301  # our own parent wrote it
            started = time.process_time()
            for body in bodies:
                (await client.post("/v1/traces", content=body, headers=HEADERS)).raise_for_status()
            reply.write(_SECONDS.pack(time.process_time() - started))  # type: ignore[attr-defined]


def measure(checkouts: Sequence[Path], names: Sequence[str], size: int, rounds: int) -> list[list[float]]:
    """Microseconds for a span, by checkout and library."""
    turns = [Turns(checkout) for checkout in checkouts]
    warm_up = max(1, WARM_UP_SPANS // size)
    bodies = batches(names, size, len(names) * (warm_up + rounds))
    for turn in turns:
        turn.seconds(bodies[: len(names) * warm_up])
    taken: list[list[list[float]]] = [[[] for _ in names] for _ in turns]
    for number, body in enumerate(bodies[len(names) * warm_up :]):
        first = (number + number // len(names)) % len(turns)  # each library has either of them first as often
        for place in (*range(first, len(turns)), *range(first)):
            taken[place][number % len(names)].append(turns[place].seconds([body]))
    for turn in turns:
        turn.stop()
    return [[sorted(of_library)[rounds // 4] / size * 1e6 for of_library in of_turn] for of_turn in taken]


def main() -> None:
    """Measure both and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--before", type=Path, help="another checkout")
    options.add_argument("--now", type=Path, default=ROOT, help="one to compare it with, this one by default")
    options.add_argument("--rounds", type=int, default=40, help="requests of each library")
    options.add_argument("--size", type=int, default=100, help="spans of a request")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.serve:
        serve()
        return
    if chosen.before is None:
        options.error("--before is required")
    names = libraries()
    checkouts = [chosen.before.resolve(), chosen.now.resolve()]
    before, now = measure(checkouts, names, chosen.size, chosen.rounds)
    for name, first, second in zip(names, before, now, strict=True):
        print(f"{name:60} {first:6.1f} µs before, {second:6.1f} µs now, {second / first:.3f} of it")
    print(f"{'all':60} {sum(before) / len(names):6.1f} {sum(now) / len(names):13.1f} {sum(now) / sum(before):16.3f}")


if __name__ == "__main__":
    main()
