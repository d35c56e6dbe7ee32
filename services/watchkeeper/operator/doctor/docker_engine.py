"""The Docker engine: its version and settings, as `docker info` and `docker compose version` report them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from watchkeeper.errors import OperationError
from watchkeeper.operator.doctor.finding import Finding, fine, unknown, warning, wrong
from watchkeeper.operator.standalone.commands import ask

Info = Mapping[str, Any]

_ANSWER_SECONDS = 15.0

# The engine that the compose tests run on; older ones were never tried.
_OLDEST_ENGINE = (20, 10)
# Source: release notes of Docker Engine 28.0.0, on ports published to loopback addresses.
_CLOSED_LOOPBACK_ENGINE = (28, 0)
# `up --wait-timeout` is of 2.17; `!override`, which docker-compose.replicas.yml uses, of 2.24.
_OLDEST_COMPOSE = (2, 24)
# A virtual machine's clock stops while the laptop sleeps.
_SKEW = timedelta(seconds=5)

# What must be there for a limit of docker-compose.yml to be more than words.
_LIMITS = {"MemoryLimit": "memory", "CpuCfsQuota": "processor time", "PidsLimit": "processes"}


def read_info() -> Info:
    """What the engine reports itself.

    Raises: OperationError when it does not answer.
    """
    answer = ask(["docker", "info", "--format", "{{json .}}"], timeout_seconds=_ANSWER_SECONDS)
    try:
        found: Info = json.loads(answer.output)
    except ValueError as problem:
        raise OperationError(f"docker info must answer, got {answer.message}") from problem
    return found


def compose_version() -> str:
    """The version of the compose plugin; empty when there is none."""
    return ask(["docker", "compose", "version", "--short"], timeout_seconds=_ANSWER_SECONDS).output.strip()


def check_versions(engine: str, compose: str) -> Iterator[Finding]:
    """Versions that are too old, or that open more than they say."""
    message = f"engine {engine}, compose {compose or 'missing'}"
    if _release(compose) < _OLDEST_COMPOSE:
        yield wrong("Docker", message, "Install compose 2.24 or newer (the package docker-compose-plugin).")
    elif _release(engine) < _OLDEST_ENGINE:
        yield wrong("Docker", message, "Install Docker Engine 20.10 or newer.")
    elif _release(engine) < _CLOSED_LOOPBACK_ENGINE:
        yield warning(
            "Docker",
            f"{message}: before 28.0, neighbours on the same network segment reach ports of 127.0.0.1",
            "Upgrade Docker Engine to 28.0 or newer, or keep the machine off networks that you do not trust.",
        )
    else:
        yield fine("Docker", message)


def check_logs(info: Info, mounted: str) -> Iterator[Finding]:
    """Whether Promtail, which reads Docker's log files as root without capabilities, can reach and read them."""
    real = str(PurePosixPath(str(info.get("DockerRootDir"))) / "containers")
    if any("name=userns" in str(option) for option in info.get("SecurityOptions") or ()):
        yield wrong(
            "Container logs",
            "the engine gives containers other user ids (userns-remap), so Promtail may not read its log files",
            "Run Promtail with userns_mode: host in a docker-compose.override.yml.",
        )
    elif mounted.rstrip("/") != real:
        yield wrong(
            "Container logs",
            f"Docker writes them below {real}, Promtail reads {mounted}",
            f"Set DOCKER_CONTAINERS_DIR={real} in .env and run make up.",
        )
    else:
        yield fine("Container logs", f"Promtail reads them in {real}")


def check_limits(info: Info) -> Finding:
    """Whether the kernel enforces what docker-compose.yml limits."""
    missing = [name for key, name in _LIMITS.items() if not info.get(key)]
    if missing:
        return warning(
            "Limits",
            f"this kernel does not limit {', '.join(missing)}: one part can take the whole machine",
            "Boot with cgroup v2, or with cgroup_enable=memory on the kernel's command line.",
        )
    return fine("Limits", f"memory, processor time and processes (cgroup v{info.get('CgroupVersion')})")


def check_engine_clock(info: Info, now: datetime) -> Finding:
    """Whether the engine, perhaps in a virtual machine, has the time of this machine."""
    system_time = str(info.get("SystemTime", ""))
    # Docker writes nanoseconds, which Python does not read.
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", system_time)
    if found is None:
        return unknown("Engine's clock", f"it reports {system_time!r}", "Compare `docker info` with `date` by hand.")
    skew = abs(now - datetime.fromisoformat(found[1] + found[2].replace("Z", "+00:00")))
    if skew > _SKEW:
        return wrong(
            "Engine's clock",
            f"it is {skew.total_seconds():.0f} s off this machine's",
            "Restart Docker, so that its virtual machine synchronises its clock.",
        )
    return fine("Engine's clock", "it has this machine's time")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
