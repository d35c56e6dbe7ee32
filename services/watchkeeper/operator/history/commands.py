"""The command that gives the demo a past: thin, a few calls into the modules that do the work."""

import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.util import find_spec

import httpx
from rich.console import Console

from watchkeeper.config.project import here
from watchkeeper.errors import OperationError
from watchkeeper.operator.standalone.alone import writing_history
from watchkeeper.operator.standalone.bundle import is_any_running
from watchkeeper.operator.standalone.components import HOST
from watchkeeper.operator.standalone.obtain import obtain_all
from watchkeeper.operator.standalone.progress import Progress

console = Console()
_ANSWER_SECONDS = 10.0


def write_history(days: int, per_second: Mapping[str, float], season: Callable[[float], float]) -> None:
    """Write so many days of the demo into the Prometheus and the Loki of this bundle.

    ``per_second`` are conversations of each service, ``season`` how busy a time is, as a factor.
    """
    if find_spec("numpy") is None:
        raise OperationError("A history needs the libraries of the demo: run make demo-history")
    from watchkeeper.operator.history import installed
    from watchkeeper.operator.history.month import DAY_MINUTES, Month

    places, settings = here(os.environ)
    if not is_any_running(places):
        raise OperationError("A history is for a stack of local processes that runs: run make up WITH=processes")
    began = time.monotonic()
    with (
        Progress(console) as progress,
        writing_history(places, progress.note),
        httpx.Client(base_url=settings.url("prometheus"), timeout=_ANSWER_SECONDS, trust_env=False) as client,
    ):
        installed.prepare(places)
        found = obtain_all(places.root, environ=os.environ, progress=progress)
        programs = {name: found[name].programs[name] for name in ("prometheus", "loki")}
        until = installed.earliest_own(client, places.data / "prometheus", int(time.time()))
        month = Month(until=until, minutes=days * DAY_MINUTES, per_second=per_second, season=season)

        def done(written: int, of: int) -> None:
            progress.step(f"day {written} of {of}")

        engines = installed.Engines(programs=programs, ports=_free_ports())
        written = installed.write(places, engines, month, done)
    _say(f"{_day(written.since)} to {_day(written.until)} are there, after {time.monotonic() - began:.0f} s.")
    _say(f"Of a few conversations an hour there are lines, {written.line_count:,} in all, of whole days before today.")
    _say("Prometheus shows them within a minute or two, Loki within five; make demo-history REMOVE=1 takes them away.")


def remove_history() -> None:
    """Take the history of the demo away."""
    if find_spec("numpy") is None:
        raise OperationError("A history needs the libraries of the demo: run make demo-history REMOVE=1")
    from watchkeeper.operator.history import installed

    places, _ = here(os.environ)
    with writing_history(places, _say):
        found = installed.remove(places)
    _say(f"{_day(found.since)} to {_day(found.until)} are gone.")
    _say("Prometheus forgets them within a minute or two, Loki within five.")


def _say(text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")


def _free_ports() -> tuple[int, int, int]:
    """Three that are free, each found while the others are taken."""
    with ExitStack() as taken:
        first, second, third = (
            int(taken.enter_context(socket.create_server((HOST, 0))).getsockname()[1]) for _ in range(3)
        )
    return first, second, third
