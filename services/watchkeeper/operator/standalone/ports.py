"""Whether the ports are free, asked before anything is started, and who holds a taken one."""

import socket
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.components import HOST, Component

# Source: include/net/tcp_states.h of the Linux kernel, TCP_LISTEN.
_LISTENING = "0A"


def check_ports(components: Iterable[Component]) -> None:
    """Raise EngineError naming every taken port, who holds it, and what to set instead."""
    problems, wanted = [], dict[int, str]()
    for component in components:
        for variable, port in component.ports.items():
            if port in wanted:
                problems.append(f"Port {port} is wanted by {wanted[port]} and {variable}; set one to another port.")
            elif is_taken(port):
                problems.append(f"Port {port} is taken by {holder_of(port)}; set {variable} or stop it.")
            wanted[port] = variable
    if problems:
        raise EngineError("\n".join(problems))


def is_taken(port: int) -> bool:
    """Whether binding the port on the loopback address fails, as it would for the engine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: an address that is merely waiting out its last connection is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def holder_of(port: int) -> str:
    """Name and pid of the process that listens on a port, as far as this user may see it."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*/fd") if sockets else ():
        with suppress(OSError):
            if any(str(entry.readlink()) in sockets for entry in folder.iterdir()):
                name = (folder.parent / "comm").read_text(encoding="utf-8", errors="replace").strip()
                return f"{name} (pid {folder.parent.name})"
    return "another program"


def _listening_inodes(port: int) -> list[str]:
    inodes = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.append(fields[9])
    return inodes
