"""The machine: ports, disk, memory, clock."""

import ctypes
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from watchkeeper.operator.doctor.finding import Finding, fine, unknown, warning, wrong
from watchkeeper.operator.standalone.ports import holder_of, is_taken

_MEBIBYTE = 2**20
_GIBIBYTE = 2**30

# Below this Prometheus can no longer compact what it has; the pinned limits allow it 20 GB.
_DISK_WRONG_BYTES = 2 * _GIBIBYTE
_DISK_WARNING_BYTES = 25 * _GIBIBYTE
# The whole stack is meant to stay below 1.5 GiB without Grafana; the kernel needs its share.
_MEMORY_WRONG_BYTES = 1 * _GIBIBYTE
_MEMORY_WARNING_BYTES = 2 * _GIBIBYTE
_AVAILABLE_WARNING_BYTES = 256 * _MEBIBYTE

# Source: sys/timex.h of Linux; struct timex has 208 bytes on 64-bit machines, and never more.
_TIME_ERROR = 5
_TIMEX_BYTES = 256


def holders(wanted: Mapping[str, int]) -> dict[int, str]:
    """Who holds each taken port of those that are wanted."""
    return {port: holder_of(port) for port in wanted.values() if is_taken(port)}


def check_ports(wanted: Mapping[str, int], taken: Mapping[int, str], ours: frozenset[int]) -> Iterator[Finding]:
    """``wanted`` are ports by the variable that sets each, ``ours`` those that the running stack listens on."""
    strangers = {variable: port for variable, port in wanted.items() if port in taken and port not in ours}
    for variable, port in strangers.items():
        yield wrong(
            "Ports",
            f"{port} is taken by {taken[port]}",
            f"Set {variable} in .env to a port that is free, or stop what holds it.",
        )
    doubles = {port for port in wanted.values() if list(wanted.values()).count(port) > 1}
    for port in sorted(doubles):
        names = [variable for variable in wanted if wanted[variable] == port]
        yield wrong("Ports", f"{port} is wanted by {' and '.join(names)}", f"Set {names[-1]} in .env to another port.")
    if not strangers and not doubles:
        yield fine("Ports", f"{len(wanted)} are free or the stack's own")


def free_bytes(folder: Path) -> int | None:
    """What is free where a folder lies or will lie; None when that cannot be asked."""
    there = next((place for place in (folder, *folder.parents) if place.exists()), None)
    return shutil.disk_usage(there).free if there else None


def check_disk(folder: Path, free: int | None) -> Finding:
    """Whether what is stored has space to grow."""
    if free is None:
        return unknown("Disk", f"{folder} is not on this machine", f"Look at the free space of {folder} by hand.")
    message = f"{free / _GIBIBYTE:.1f} GiB are free for {folder}"
    if free < _DISK_WRONG_BYTES:
        return wrong("Disk", message, "Free at least 2 GiB now: without it Prometheus and Loki stop storing.")
    if free < _DISK_WARNING_BYTES:
        return warning("Disk", message, "Free more, or set storage.tsdb.retention.size in prometheus.yml below 20GB.")
    return fine("Disk", message)


def read_memory(text: str) -> tuple[int, int] | None:
    """Total and available bytes as /proc/meminfo reports them; None where it does not."""
    found = dict(re.findall(r"^(MemTotal|MemAvailable):\s+(\d+) kB$", text, re.MULTILINE))
    return (int(found["MemTotal"]) * 1024, int(found["MemAvailable"]) * 1024) if len(found) == 2 else None  # noqa: PLR2004 the two


def check_memory(memory: tuple[int, int] | None, fix: str) -> Finding:
    """Whether all parts fit; ``fix`` is what gives them more."""
    if memory is None:
        return unknown(
            "Memory", "this system has no /proc/meminfo", "See that 2 GiB of memory are there for the stack."
        )
    total, available = memory
    message = f"{available / _GIBIBYTE:.1f} of {total / _GIBIBYTE:.1f} GiB are available"
    if total < _MEMORY_WRONG_BYTES:
        return wrong("Memory", message, "Run the stack on a machine with at least 2 GiB.")
    if total < _MEMORY_WARNING_BYTES or available < _AVAILABLE_WARNING_BYTES:
        return warning("Memory", message, fix)
    return fine("Memory", message)


def clock_state() -> int | None:
    """What the kernel knows of its clock; None where it cannot be asked. Source: adjtimex(2)."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    # All zeros only ask; the state is the answer.
    return int(adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))) if adjtimex else None


def check_clock(state: int | None) -> Finding:
    """A clock that is off puts calls into the wrong minute, and Loki refuses lines of tomorrow."""
    if state is None or state < 0:
        return unknown("Clock", "cannot find out whether it is synchronised", "See that NTP runs on this machine.")
    if state == _TIME_ERROR:
        return warning("Clock", "it is not synchronised", "Run an NTP client, as by timedatectl set-ntp true.")
    return fine("Clock", "it is synchronised")
