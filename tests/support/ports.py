"""Ports for servers that get theirs before they listen: a block of its own for each process of tests.

Between the reporting and the listening no one else may take the port.
Another worker of pytest, or another run on this machine, has another block.
An outgoing connection gets one of the kernel's ephemeral ports, and the blocks lie outside of those.
A server that listens on port 0 and keeps what it got needs none of this.
"""

import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from pathlib import Path

from watchkeeper.config.settings import DEFAULT_PORTS

HOST = "127.0.0.1"
LOWEST = 10_240  # the ports that the bundle and its profiles have by default lie below
HIGHEST = 65_535
SIZE = 256  # a bundle takes seven: thirty-six are started before a port comes up again
# Source: RFC 6335, section 6, the dynamic ports; for a machine without /proc.
_DYNAMIC = range(49_152, HIGHEST + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Ports that are this process's alone: it listens on the first of the block as long as it lives."""

    holder: socket.socket
    turns: Iterator[int]


def free_port() -> int:
    """Return a port that no one listens on and that no one else is given."""
    for port in islice(_own_block().turns, SIZE):
        with suppress(OSError), socket.create_server((HOST, port)):
            return port
    raise RuntimeError(f"every port of the block at {_own_block().holder.getsockname()[1]} is taken")


def free_address() -> str:
    """Return an address of this machine that no one listens on."""
    return f"{HOST}:{free_port()}"


def free_ports_of_a_bundle() -> dict[str, str]:
    """Return the variable of each port of the bundle, set to a free one."""
    return {variable: str(free_port()) for variable, _ in DEFAULT_PORTS.values()}


def ephemeral_ports(file: Path = Path("/proc/sys/net/ipv4/ip_local_port_range")) -> range:
    """Return the ports from which the kernel picks one for an outgoing connection."""
    try:
        lowest, highest = map(int, file.read_text(encoding="ascii").split())
    except OSError:
        return _DYNAMIC
    return range(lowest, highest + 1)


def blocks(ephemeral: range) -> list[range]:
    """Return all blocks in the order in which they are taken: those with an ephemeral port come last."""
    every = [range(start, start + SIZE) for start in range(LOWEST, HIGHEST + 2 - SIZE, SIZE)]
    return sorted(every, key=lambda block: block[0] < ephemeral.stop and ephemeral.start <= block[-1])


def take_block(choice: Iterable[range]) -> Block:
    """Take the first block that no other process holds."""
    for block in choice:
        with suppress(OSError):
            return Block(holder=socket.create_server((HOST, block[0])), turns=cycle(block[1:]))
    raise RuntimeError("every block of ports is held by some process of tests")


@cache
def _own_block() -> Block:
    return take_block(blocks(ephemeral_ports()))
