"""The commands of the demo: run it, and ask it to simulate failures."""

import os
import sys
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.project import here
from watchkeeper.demo.scenarios import SCENARIOS
from watchkeeper.errors import OperationError

console = Console()
_ANSWER_SECONDS = 10.0
_PORT = 8020


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.", envvar="WATCHKEEPER_HOST")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", envvar="DEMO_PORT")] = _PORT,
) -> None:
    """Run an application that sends telemetry like a real one, in the foreground, and starts scenarios on request."""
    # The other commands need no web server: loading it would double the time they take.
    from watchkeeper.demo.run import run_demo
    from watchkeeper.serving import own_log

    own_log.configure(_write_line)
    run_demo(host, port, os.environ.get("WATCHKEEPER_EXPORTER_URL") or here(os.environ)[1].url("exporter"))


def simulate(
    scenario: Annotated[str, typer.Argument(help="Its name; without one the scenarios are listed.")] = "",
    minutes: Annotated[float, typer.Option(help="For how long; the usual scenario comes back by itself.")] = 15,
) -> None:
    """Start a failure scenario of the demo, as in `simulate errors`."""
    if not scenario:
        for item in SCENARIOS:
            reply = f"{item.name}: {item.effect}" + (f" ({item.alert})" if item.alert else "")
            console.print(reply, highlight=False, soft_wrap=True)
        return
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{_port()}/scenario/{scenario}",
            params={"minutes": minutes},
            timeout=_ANSWER_SECONDS,
            trust_env=False,
        )
    except httpx.HTTPError as problem:
        raise OperationError(f"The demo must run for that, but {problem}: see docs/how-to/try-the-demo.md") from problem
    reply = answer.json()
    if answer.is_error:
        raise OperationError(str(reply["detail"]))
    follows = f"; {reply['alert']} will fire" if reply["alert"] else ""
    console.print(f"For {minutes:g} minutes {reply['effect']}{follows}.", highlight=False, soft_wrap=True)


ALL = (demo, simulate)


def _port() -> int:
    return int(here(os.environ)[1].environ.get("DEMO_PORT") or _PORT)


def _write_line(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
