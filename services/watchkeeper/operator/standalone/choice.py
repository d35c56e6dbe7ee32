"""Which of the two ways a command means: local processes or Docker."""

from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from watchkeeper.config.places import Places
from watchkeeper.operator.standalone import bundle, compose


class Runner(StrEnum):
    """What runs the stack."""

    PROCESSES = "processes"
    DOCKER = "docker"
    AUTO = "auto"


With = Annotated[Runner, typer.Option("--with", help="Local processes, Docker, or Docker where it answers.")]


def chosen(runner: Runner, places: Places, console: Console) -> Runner:
    """Decide for AUTO, and say which and why."""
    if runner is not Runner.AUTO:
        return runner
    if bundle.is_any_running(places):
        console.print("The stack runs as local processes here.", highlight=False)
        return Runner.PROCESSES
    obstacle = compose.why_not()
    if obstacle:
        console.print(f"Using local processes, because {obstacle}.", highlight=False)
        return Runner.PROCESSES
    console.print("Using Docker: an engine answers and has compose v2.", highlight=False)
    return Runner.DOCKER
