"""The same commands where a Docker engine answers: docker compose does the work, we say what happens."""

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import httpx

from watchkeeper.errors import EngineError
from watchkeeper.standalone.commands import ask
from watchkeeper.standalone.settings import Settings

_ANSWER_SECONDS = 15.0
_RECEIVERS = "/run/watchkeeper/receivers.json"

# Building the exporter and pulling images is included; an unhealthy service must not hold a terminal for ever.
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
    """Start all services and bring edited files into force; compose's own progress goes to the terminal."""
    _compose(root, ["up", "--detach", "--wait", "--wait-timeout", str(_READY_WITHIN_SECONDS)])
    _apply_edits(root, settings)


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
    command = ["docker", "compose", "--project-directory", str(root), "exec", "-T", "exporter", "cat", _RECEIVERS]
    return ask(command, timeout_seconds=_ANSWER_SECONDS).output


def _apply_edits(root: Path, settings: Settings) -> None:
    """Compose starts nothing anew when only a mounted file has changed, so those who read one are told.

    The engines read theirs again on request. The exporter reads watchkeeper.yml once: it is started
    again when it runs with another one; its counters survive that.
    """
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        for name, title in (("prometheus", "Prometheus"), ("alertmanager", "Alertmanager")):
            answer = client.post(f"http://127.0.0.1:{settings.ports[name]}/-/reload")
            if answer.is_error:
                raise EngineError(f"{title} does not take its edited configuration: {answer.text.strip()}")
        running = client.get(f"http://127.0.0.1:{settings.ports['exporter']}/startup").json().get("config_hash")
    wanted = hashlib.sha256((root / "watchkeeper.yml").read_bytes()).hexdigest()
    if not wanted.startswith(str(running)):
        _compose(root, ["up", "--detach", "--wait", "--force-recreate", "--no-deps", "exporter"])


def _command(arguments: Sequence[str]) -> list[str]:
    return ["docker", "compose", *arguments]


def _compose(root: Path, arguments: Sequence[str]) -> None:
    try:
        done = subprocess.run(_command(arguments), cwd=root, check=False)  # noqa: S603 our own command
    except OSError as problem:
        raise EngineError(f"docker cannot be run ({problem.strerror}): install Docker.") from problem
    if done.returncode != 0:
        raise EngineError(
            f"docker compose {arguments[0]} ended with code {done.returncode}; its own words stand above. "
            "Without Docker the same stack runs as local processes: `make up WITH=processes`."
        )
