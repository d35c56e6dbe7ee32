"""A Docker engine for the tests: the one that runs, or one that is started for them and stopped after them."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.compose.commands import log, run, succeeds
from tests.compose.plugins import ensure_compose
from tests.e2e.support.waiting import eventually
from tests.support.skips import lack, skip
from tests.support.tools import DOCKER_ENGINE, need

# On a machine of CI nothing of the system is started unasked.
PERMISSION = "WATCHKEEPER_START_DOCKER"
PID_FILE = Path("/var/run/docker.pid")
# Source: include/uapi/linux/capability.h of the kernel; without it no container can be started.
CAP_SYS_ADMIN = 21


@contextmanager
def docker_engine(folder: Path) -> Iterator[None]:
    """A Docker engine that answers and has compose; what this started ends with it."""
    started = None if is_answering() else _start(folder / "dockerd.log")
    try:
        ensure_compose()
        version = run(["docker", "version", "--format", "{{.Server.Version}}"]).strip()
        compose = run(["docker", "compose", "version", "--short"]).strip()
        log.info("Docker engine %s (%s), compose %s", version, "started here" if started else "found", compose)
        yield
    finally:
        if started:
            started.terminate()
            started.wait(timeout=60)
            log.info("Docker engine stopped again")


def is_answering() -> bool:
    """Say whether some engine answers this user."""
    return succeeds(["docker", "info", "--format", "{{.ServerVersion}}"]) and succeeds(["docker", "ps"])


def why_none_may_start(environ: Mapping[str, str], user_id: int, *, may_contain: bool) -> str:
    """Return why no engine may be started here, as a sentence; empty when one may."""
    if user_id != 0:
        return "No Docker engine answers, and only root can start one."
    if environ.get("CI") and environ.get(PERMISSION) != "1":
        return f"No Docker engine answers, and in CI none is started unless {PERMISSION}=1."
    if not may_contain:
        return "No Docker engine answers, and root of this machine may not start containers (CAP_SYS_ADMIN is missing)."
    return ""


def is_running() -> bool:
    """Say whether the process of an engine runs, whether or not it answers."""
    return PID_FILE.exists() and Path("/proc", PID_FILE.read_text(encoding="ascii").strip()).exists()


def may_start_containers(file: Path = Path("/proc/self/status")) -> bool:
    """Say whether the kernel lets this process start containers: root of a container itself often may not."""
    reported = re.search(r"^CapEff:\s*([0-9a-f]+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return reported is not None and bool(int(reported[1], 16) >> CAP_SYS_ADMIN & 1)


def _start(log_file: Path) -> subprocess.Popen[bytes]:
    if reason := why_none_may_start(os.environ, os.getuid(), may_contain=may_start_containers()):
        skip(reason)
    programs = need(DOCKER_ENGINE)
    if is_running():
        # A second engine beside it would take away the first one's network.
        lack("A Docker engine runs but does not answer; a second one beside it would damage it.")
    log.info("starting dockerd, its log is %s", log_file)
    with log_file.open("wb") as output:
        process = subprocess.Popen([programs["dockerd"]], stdout=output, stderr=output)
    try:
        eventually("dockerd answers", is_answering, seconds=60)
    except AssertionError:
        process.terminate()
        process.wait(timeout=60)
        last = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        lack(f"dockerd was started and does not answer: {''.join(last)}")
    return process
