"""`watchkeeper reload`: checks the configuration, applies it, and sees that it is."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
from rich.console import Console

from watchkeeper.config.places import Places
from watchkeeper.config.settings import Settings
from watchkeeper.operator.operations.check_files import check_for_docker, check_for_processes
from watchkeeper.operator.operations.running import OnDisk, mismatches
from watchkeeper.operator.standalone import bundle, compose
from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.present import Stopgap
from watchkeeper.operator.standalone.progress import Progress

_ALERTMANAGER_FILE = "/run/watchkeeper/alertmanager/alertmanager.yml"
_ANSWER_SECONDS = 10.0
# Prometheus answers a reload when it is done; Loki shows its rules a moment after it is ready.
_AGREED_WITHIN_SECONDS = 20.0
_POLL_SECONDS = 0.5

Mismatches = Mapping[str, list[str]]


def reload_processes(running: bundle.Bundle, console: Console, environ: Mapping[str, str]) -> Mismatches:
    """Check, reload and compare the local processes.

    Raises: ConfigError before anything is touched when a file is wrong, EngineError when one does not come back.
    """
    check_with_engines(running, console, environ)
    bundle.up(running, console, environ)
    return agreed(files_of_processes(running.places, running.settings), running.settings)


def reload_docker(root: Path, settings: Settings) -> Mismatches:
    """Check, reload and compare the containers.

    Raises: ConfigError before anything is touched when a file is wrong, EngineError when one does not come back.
    """
    check_for_docker(root)
    compose.up(root, settings)
    return agreed(files_of_docker(root), settings)


def check_with_engines(running: bundle.Bundle, console: Console, environ: Mapping[str, str]) -> None:
    """Obtain the pinned engines and let them evaluate the files; raises ConfigError when one is wrong."""
    with Progress(console) as progress:
        provided = obtain_all(running.places.root, environ=environ, progress=progress)
    programs = {name: path for engine in provided.values() for name, path in engine.programs.items()}
    is_older = provided["prometheus"].origin == Stopgap.origin
    check_for_processes(replace(running, has_older_prometheus=is_older), programs)


def files_of_processes(places: Places, settings: Settings) -> OnDisk:
    """The rendered files that local processes read."""
    return OnDisk(
        watchkeeper=settings.config_file(places.root),
        prometheus=places.config / "prometheus",
        alertmanager=(places.config / "alertmanager" / "alertmanager.yml").read_bytes(),
        loki=places.config / "loki",
        promtail=places.config / "promtail",
    )


def files_of_docker(root: Path) -> OnDisk:
    """The files of the project that containers read, and Alertmanager's as the setup service left it."""
    return OnDisk(
        watchkeeper=root / "watchkeeper.yml",
        prometheus=root / "prometheus",
        alertmanager=compose.read_file(root, "alertmanager", _ALERTMANAGER_FILE),
        loki=root / "loki",
        promtail=root / "promtail" if "promtail" in compose.services(root) else None,
    )


def compare_now(files: OnDisk, settings: Settings) -> Mismatches:
    """What differs at this moment."""
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:

        def ask(component: str, path: str) -> httpx.Response:
            return client.get(f"http://127.0.0.1:{settings.ports[component]}{path}").raise_for_status()

        return mismatches(files, ask)


def agreed(files: OnDisk, settings: Settings) -> Mismatches:
    """Compare until nothing differs or the time is up; the last comparison."""
    deadline = time.monotonic() + _AGREED_WITHIN_SECONDS
    while any((found := compare_now(files, settings)).values()) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    return found
