"""A Docker engine for the tests: the one that runs, or one that is started for them and stopped after them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.compose.commands import log, run, succeeds
from tests.compose.plugins import ensure_compose
from tests.e2e.support.waiting import eventually

# On a machine of CI nothing of the system is started unasked.
PERMISSION = "WATCHKEEPER_START_DOCKER"
PID_FILE = Path("/var/run/docker.pid")


class CannotRunError(Exception):
    """There is no engine and none may or can be started; the message says why, for a person."""


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


def why_none_may_start(environ: Mapping[str, str], user_id: int) -> str:
    """Return why no engine can be started here, as a sentence; empty when one can."""
    if user_id != 0:
        return "No Docker engine answers, and only root can start one."
    if environ.get("CI") and environ.get(PERMISSION) != "1":
        return f"No Docker engine answers, and in CI none is started unless {PERMISSION}=1."
    if not shutil.which("dockerd") or not shutil.which("iptables"):
        return "No Docker engine answers, and none is installed: apt-get install docker.io iptables"
    if PID_FILE.exists() and Path("/proc", PID_FILE.read_text(encoding="ascii").strip()).exists():
        # A second engine beside it would take away the first one's network.
        return "A Docker engine runs but does not answer; a second one beside it would harm it."
    return ""


def _start(log_file: Path) -> subprocess.Popen[bytes]:
    reason = why_none_may_start(os.environ, os.getuid())
    if reason:
        raise CannotRunError(reason)
    log.info("starting dockerd, its log is %s", log_file)
    with log_file.open("wb") as output:
        process = subprocess.Popen(["dockerd"], stdout=output, stderr=output)
    try:
        eventually("dockerd answers", is_answering, seconds=60)
    except AssertionError as problem:
        process.terminate()
        process.wait(timeout=60)
        last = log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        raise CannotRunError(f"dockerd was started and does not answer: {''.join(last)}") from problem
    return process
