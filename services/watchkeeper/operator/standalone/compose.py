"""The same commands where a Docker engine answers: docker compose does the work, we say what happens."""

import hashlib
import json
import subprocess
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from watchkeeper.config.settings import Settings
from watchkeeper.errors import EngineError
from watchkeeper.operator.standalone.commands import ask
from watchkeeper.operator.standalone.reread import Engine, reread, reread_exporter

_ANSWER_SECONDS = 15.0
# A bucket of a million objects is listed in some minutes.
_FORGET_SECONDS = 1800.0
_RECEIVERS = "/run/watchkeeper/receivers.json"
_CONFIG = "/etc/watchkeeper/watchkeeper.yml"
_PYTHON = "/app/.venv/bin/python"

# Building the exporter and pulling images is included; an unhealthy service must not hold a terminal forever.
_READY_WITHIN_SECONDS = 300


def why_not() -> str:
    """Why docker compose cannot be used here, as half a sentence; empty when it can."""
    engine = ask(["docker", "info", "--format", "{{.ServerVersion}}"], timeout_seconds=_ANSWER_SECONDS)
    if engine.code != 0 or not engine.output.strip():
        return "no Docker engine answers"
    version = ask(["docker", "compose", "version", "--short"], timeout_seconds=_ANSWER_SECONDS)
    if version.code != 0 or not version.output.strip().removeprefix("v")[:1] >= "2":
        return "Docker has no compose v2 plugin"
    return ""


def up(root: Path, settings: Settings) -> None:
    """Start all services and apply edited files; compose's own progress goes to the terminal."""
    _compose(root, ["up", "--detach", "--wait", "--wait-timeout", str(_READY_WITHIN_SECONDS)])
    _apply_edits(root, settings)


def apply_prices(root: Path, settings: Settings) -> None:
    """Let the exporter and the analyzer read the price tables again, if they run."""
    running = {str(one.get("Service")) for one in containers(root) if one.get("State") == "running"}
    outdated = [name for name in ("exporter", "analyzer") if name in running]
    if "exporter" in outdated and _exporter_rereads(root, settings):
        outdated.remove("exporter")
    if outdated:
        _compose(root, ["up", "--detach", "--wait", "--force-recreate", "--no-deps", *outdated])


def fetch(root: Path) -> None:
    """Pull the images that are not here yet and build ours; nothing that runs is touched."""
    _compose(root, ["pull", "--ignore-buildable", "--policy", "missing"])
    _compose(root, ["build"])


def containers(root: Path) -> list[dict[str, Any]]:
    """Every container of the bundle as `docker compose ps` reports it, running or not."""
    reply = ask(_at(root, ["ps", "--all", "--format", "json"]), timeout_seconds=_ANSWER_SECONDS).output
    return [json.loads(line) for line in reply.splitlines() if line.startswith("{")]


def down(root: Path) -> None:
    """Stop and remove the containers; volumes stay."""
    _compose(root, ["down"])


def status(root: Path) -> None:
    """What docker compose knows of the services."""
    _compose(root, ["ps", "--all"])


def logs(root: Path, component: str | None, *, follows: bool) -> None:
    """The last lines of the services, and what comes after."""
    names = [component] if component else []
    _compose(root, ["logs", "--tail", "40", *(["--follow"] if follows else []), *names])


def receivers(root: Path) -> str:
    """The state of the receivers as JSON text; empty when the exporter does not run."""
    return ask(_at(root, ["exec", "-T", "exporter", "cat", _RECEIVERS]), timeout_seconds=_ANSWER_SECONDS).output


def is_first_start(root: Path) -> bool:
    """Whether nothing was started here yet: Grafana's password, which the first start makes, has no volume."""
    reply = ask(_at(root, ["config", "--format", "json"]), timeout_seconds=_ANSWER_SECONDS)
    if reply.code != 0:
        return False
    name = str(json.loads(reply.output)["volumes"]["grafana-password"]["name"])
    return ask(["docker", "volume", "inspect", name], timeout_seconds=_ANSWER_SECONDS).code != 0


def services(root: Path) -> list[str]:
    """The names of the services that `up` starts, by the files and profiles that are chosen."""
    return ask(_at(root, ["config", "--services"]), timeout_seconds=_ANSWER_SECONDS).output.split()


def read_file(root: Path, service: str, path: str) -> bytes:
    """A file as the container of a service sees it; raises EngineError when it cannot be read."""
    outcome = ask(_at(root, ["exec", "-T", service, "cat", path]), timeout_seconds=_ANSWER_SECONDS)
    if outcome.code != 0:
        raise EngineError(f"{path} in the container of {service} cannot be read: {outcome.message}")
    return outcome.output.encode()


def user_hashes(root: Path, users: Sequence[str]) -> list[str]:
    """The hashes of users as the exporter makes them; raises EngineError where it does not run."""
    command = ["exec", "-T", "exporter", "watchkeeper", "hash-users", "--", *users]
    outcome = ask(_at(root, command), timeout_seconds=_ANSWER_SECONDS)
    if outcome.code != 0:
        raise EngineError(f"the exporter's container does not say how it hashes users: {outcome.message}")
    return outcome.output.split()


def forget_texts(root: Path, asked: str) -> int:
    """Have the exporter remove archived texts; how many. Raises EngineError where it does not."""
    command = _at(root, ["exec", "-T", "exporter", "watchkeeper", "forget-texts"])
    outcome = ask(command, timeout_seconds=_FORGET_SECONDS, said=asked)
    if outcome.code != 0:
        raise EngineError(f"the exporter's container does not remove archived texts: {outcome.message}")
    return int(outcome.output)


def forget_used(root: Path, asked: str) -> str:
    """Have the exporter forget what was used of ceilings and quotas; what it says. Raises EngineError."""
    command = _at(root, ["exec", "-T", "exporter", "watchkeeper", "forget-used"])
    outcome = ask(command, timeout_seconds=_FORGET_SECONDS, said=asked)
    if outcome.code != 0:
        raise EngineError(f"the exporter's container does not forget what was used: {outcome.message}")
    return outcome.output.strip()


def has_file(root: Path, service: str, path: str) -> bool:
    """Whether the container of a service can read a file that is not empty."""
    asked = ["exec", "-T", service, "test", "-r", path, "-a", "-s", path]
    return ask(_at(root, asked), timeout_seconds=_ANSWER_SECONDS).code == 0


def _apply_edits(root: Path, settings: Settings) -> None:
    """Compose starts nothing again when only a mounted file has changed, so those who read one are asked to reload.

    Prometheus, Alertmanager and the exporter read theirs again on SIGHUP. The analyzer, Loki and Promtail read theirs
    once: they are started again when they run with another one; what they hold survives that.
    """
    for name, title in (("prometheus", "Prometheus"), ("alertmanager", "Alertmanager")):
        reread(
            Engine(
                name=name,
                title=title,
                base_url=f"http://127.0.0.1:{settings.ports[name]}",
                hang_up=partial(_hang_up, root, name),
                said=partial(_last_lines, root, name),
            )
        )
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        wanted = hashlib.sha256((root / "watchkeeper.yml").read_bytes()).hexdigest()
        outdated = [
            name
            for name in ("exporter", "analyzer")
            if not wanted.startswith(_config_hash(client, settings.ports[name]))
        ]
    if "exporter" in outdated and _exporter_rereads(root, settings):
        outdated.remove("exporter")
    outdated += [name for name in ("loki", "promtail") if _is_older(_started_at(root, name), root / name)]
    if outdated:
        _compose(root, ["up", "--detach", "--wait", "--force-recreate", "--no-deps", *outdated])


def _exporter_rereads(root: Path, settings: Settings) -> bool:
    """Let the exporter read watchkeeper.yml again; False when it must be started again for that.

    An editor that replaces the file leaves the old one mounted until the container starts again.
    """
    if read_file(root, "exporter", _CONFIG) != (root / "watchkeeper.yml").read_bytes():
        return False
    # Its image has no command that sends a signal.
    send = [_PYTHON, "-c", "import os, signal; os.kill(1, signal.SIGHUP)"]
    return reread_exporter(f"http://127.0.0.1:{settings.ports['exporter']}", lambda: _run_in(root, "exporter", *send))


def _hang_up(root: Path, service: str) -> None:
    """Send SIGHUP to the first process of a container, from inside of it.

    `docker kill` would mark the container as one that its user stopped: it would not come back with the Docker engine.
    Source: killWithSignal in daemon/kill.go of github.com/moby/moby.
    """
    _run_in(root, service, "kill", "-HUP", "1")


def _run_in(root: Path, service: str, *command: str) -> None:
    sent = ask(_at(root, ["exec", "-T", service, *command]), timeout_seconds=_ANSWER_SECONDS)
    if sent.code != 0:
        raise EngineError(f"{service} cannot be asked to reload: {sent.message}")


def _last_lines(root: Path, service: str) -> str:
    lines = ["logs", "--tail", "3", "--no-log-prefix", service]
    return ask(_at(root, lines), timeout_seconds=_ANSWER_SECONDS).output


def _config_hash(client: httpx.Client, port: int) -> str:
    """The first digits of the hash of the watchkeeper.yml that one of our processes runs with."""
    return str(client.get(f"http://127.0.0.1:{port}/startup").json().get("config_hash"))


def _started_at(root: Path, service: str) -> datetime | None:
    """When the container of a service was started; None when there is none."""
    container = ask(_at(root, ["ps", "--quiet", service]), timeout_seconds=_ANSWER_SECONDS).output.strip()
    inspect = ["docker", "inspect", "--format", "{{.State.StartedAt}}", container]
    reply = ask(inspect, timeout_seconds=_ANSWER_SECONDS).output.strip() if container else ""
    # Docker writes nanoseconds; a second is exact enough for a file that someone edited.
    return datetime.fromisoformat(f"{reply[:19]}+00:00") if reply else None


def _is_older(started: datetime | None, folder: Path) -> bool:
    """Whether a file of the folder was written after the start."""
    if started is None:
        return False
    return any(path.stat().st_mtime > started.timestamp() for path in folder.rglob("*") if path.is_file())


def _at(root: Path, arguments: Sequence[str]) -> list[str]:
    return ["docker", "compose", "--project-directory", str(root), *arguments]


def _compose(root: Path, arguments: Sequence[str]) -> None:
    try:
        done = subprocess.run(_at(root, arguments), cwd=root, check=False)  # noqa: S603 our own command
    except OSError as problem:
        raise EngineError(f"docker cannot be run ({problem.strerror}): install Docker.") from problem
    if done.returncode != 0:
        raise EngineError(
            f"docker compose {arguments[0]} ended with code {done.returncode}; its own words are above. "
            "Without Docker the same stack runs as local processes: `make up WITH=processes`."
        )
