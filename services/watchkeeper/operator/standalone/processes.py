"""Single processes of the machine: which one a pid means, whether it still runs, ending it."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from watchkeeper.operator.standalone.commands import ask

_POLL_SECONDS = 0.05
_ANSWER_SECONDS = 5.0


def start_mark(pid: int) -> str | None:
    """What distinguishes this process from a later one with the same pid; None when no such process runs."""
    # A child of our own that has ended stays in the list until someone asks for its exit code.
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    if not Path("/proc/self/stat").exists():
        return _mark_from_ps(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    # The command's name in parentheses may hold spaces. Source: proc(5), fields 3 (state) and 22 (start time).
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def end(pid: int, mark: str, *, deadline_seconds: float) -> bool:
    """SIGTERM, then SIGKILL after the deadline; False when force was needed."""
    if send(pid, mark, signal.SIGTERM) and not _is_gone_within(pid, mark, deadline_seconds):
        send(pid, mark, signal.SIGKILL)
        _is_gone_within(pid, mark, deadline_seconds)
        return False
    return True


def send(pid: int, mark: str, number: signal.Signals) -> bool:
    """Send a signal to this very process; False when it does not run any more."""
    if start_mark(pid) != mark:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, number)
    return True


def _is_gone_within(pid: int, mark: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while start_mark(pid) == mark:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _mark_from_ps(pid: int) -> str | None:
    outcome = ask(["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)], timeout_seconds=_ANSWER_SECONDS)
    state, _, started = outcome.output.strip().partition(" ")
    return None if outcome.code != 0 or state.startswith("Z") else started.strip()
