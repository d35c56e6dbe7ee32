"""The commands about canaries: thin, each a few calls into the modules that do the work."""

from typing import Annotated

import typer
from rich.console import Console

from watchkeeper.operator import analyzer
from watchkeeper.operator.canaries import ask, show

console = Console()
canary = typer.Typer(no_args_is_help=True, help="Fixed questions with known answers.")


@canary.command("run")
def run_canary(
    name: Annotated[str | None, typer.Argument(help="Of a prompt or a search in watchkeeper.yml; all of them.")] = None,
) -> None:
    """Run a canary now and show prompt, answer, expectation and verdict; exit code 1 unless all of it is good."""
    with analyzer.client() as client:
        known = ask.names(client)
        chosen = [name] if name else [*known.canaries, *known.searches]
        if not chosen:
            console.print("There are no canaries in watchkeeper.yml: docs/how-to/run-canaries.md", highlight=False)
            return
        runs = [ask.run(client, one) for one in chosen]
    for ran in runs:
        for line in show.lines(ran):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    if not all(show.is_good(ran) for ran in runs):
        raise typer.Exit(1)
