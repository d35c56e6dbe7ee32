"""The commands of the demo: run it, and ask it to play a scenario."""

import os
import sys
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.project import here
from watchkeeper.config.settings import HIGHEST_PORT, port_in
from watchkeeper.demo.scenarios import SCENARIOS, USUAL_MINUTES, Scenario, scenario_named
from watchkeeper.errors import OperationError

console = Console()
_ANSWER_SECONDS = 10.0
_PORT = 8020
# What the demo needs beside the exporter, as `make demo` installs it.
_LIBRARIES = ("openai", "opentelemetry.instrumentation.genai.openai", "opentelemetry.exporter.otlp.proto.http")

Minutes = Annotated[float, typer.Option(help="For how long; the steady scenario comes back by itself.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; DEMO_PORT, else 8020.", min=1, max=HIGHEST_PORT)]


def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.", envvar="WATCHKEEPER_HOST")] = "127.0.0.1",
    port: Port = None,
    scenario: Annotated[str, typer.Option(help="Begin with this scenario.")] = "steady",
    minutes: Minutes = USUAL_MINUTES,
    pace: Annotated[float, typer.Option(help="How many times as many customers as usual.", min=0.01, max=20)] = 1,
) -> None:
    """Run a support assistant and its model server in the foreground, and play scenarios on request."""
    if not all(map(_is_there, _LIBRARIES)):
        raise OperationError("The demo needs its own libraries: run make demo, or pip install 'watchkeeper[demo]'")
    # What customers and models say here is invented, so that contracts and inspections can look at it.
    os.environ.setdefault("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "span_only")
    # The other commands need no web server: loading it would double the time they take.
    from watchkeeper.demo.current import Current
    from watchkeeper.demo.run import run_demo, surroundings
    from watchkeeper.serving import own_log

    own_log.configure(_write_line)
    current = Current()
    current.change(_scenario(scenario), minutes)
    port = port or _port()
    exporter_url = os.environ.get("WATCHKEEPER_EXPORTER_URL") or here(os.environ)[1].url("exporter")
    around = surroundings(os.environ, exporter_url, f"http://127.0.0.1:{port}")
    _say(f"The demo is at {around.own_url} and sends to {exporter_url}; Ctrl-C ends it.")
    # A line for each conversation is for people; a container's log would have little else.
    say = _say_at if console.is_terminal else around.say
    run_demo(host, port, replace(around, pace=pace, say=say), current)
    _say("The demo has ended; what it sent stays in the stack.")


def simulate(
    scenario: Annotated[str, typer.Argument(help="Its name; without one the scenarios are listed.")] = "",
    minutes: Minutes = USUAL_MINUTES,
) -> None:
    """Start a scenario of the demo, as in `simulate errors`."""
    if not scenario:
        for item in SCENARIOS:
            console.print(_line(item.name, item.effect, item.expected, item.needs), highlight=False, soft_wrap=True)
        return
    url = f"http://127.0.0.1:{_port()}/scenario/{scenario}"
    try:
        answer = httpx.post(url, params={"minutes": minutes}, timeout=_ANSWER_SECONDS, trust_env=False)
        reply = answer.json()
    except httpx.HTTPError as problem:
        raise OperationError(f"The demo must run for that, but {problem}: start it with make demo") from problem
    except ValueError as problem:
        raise OperationError(f"What answers at {url} is not the demo: set DEMO_PORT to its port") from problem
    if answer.is_error:
        raise OperationError(str(reply["detail"]))
    line = _line(f"For {minutes:g} minutes", reply["effect"], reply["expected"], reply["needs"])
    console.print(line, highlight=False, soft_wrap=True)


ALL = (demo, simulate)


def _line(beginning: str, effect: str, expected: str, needs: str) -> str:
    follows = f"; expected: {expected}" if expected else ""
    return f"{beginning}: {effect}{follows}" + (f" (with {needs})" if needs and expected else "")


def _scenario(name: str) -> Scenario:
    found = scenario_named(name)
    if found is None:
        raise OperationError(f"--scenario must be one of {', '.join(item.name for item in SCENARIOS)}, got {name!r}")
    return found


def _is_there(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:
        return False


def _port() -> int:
    """DEMO_PORT of the environment or of .env, as Docker Compose reads it."""
    return port_in(here(os.environ)[1].environ, "DEMO_PORT", _PORT)


def _say_at(line: str) -> None:
    _say(f"{datetime.now().astimezone():%H:%M:%S} {line}")


def _say(line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _write_line(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
