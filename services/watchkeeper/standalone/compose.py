"""The same commands where a Docker engine answers: docker compose does the work, we say what happens."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from watchkeeper.errors import EngineError
from watchkeeper.standalone.commands import ask

_ANSWER_SECONDS = 15.0

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


def up(root: Path) -> None:
    """Start all services; compose's own progress of pulls and builds goes to the terminal."""
    _compose(root, ["up", "--detach", "--wait", "--wait-timeout", str(_READY_WITHIN_SECONDS)])


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
