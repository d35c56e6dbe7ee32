"""The commands that print a trace and a session: thin, a few calls into the modules that do the work."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.project import here
from watchkeeper.engines.sessions import sum_of, traces_of
from watchkeeper.engines.timeline import timeline
from watchkeeper.engines.trace_lines import MONTH_DAYS, Found, Sought, TraceLines, is_id
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.tables import print_table
from watchkeeper.operator.traces.show import about, content_of, session_table, sums, trace_table

console = Console()

# Who asks in a shell can wait for a month of lines.
_ANSWER_SECONDS = 120.0
_MOST_LINES = 1000


def trace(
    trace_id: Annotated[str, typer.Argument(metavar="ID", help="The trace's id, as log lines have it.")],
    *,
    content: Annotated[bool, typer.Option("--content", help="Prompts and outputs too, where captured.")] = False,
) -> None:
    """Print what is known of a trace: a timeline with times, tokens and cost; exit code 1 when there is nothing."""
    found = _found("trace_id", trace_id)
    shown = timeline(found.lines, is_whole=not found.left_out)
    console.print(about(shown), soft_wrap=True)
    print_table(console, trace_table(shown.rows))
    console.print(sums(shown.totals), soft_wrap=True)
    _print_left_out(found, "more lines are left out: these are the first, and the last verdicts")
    with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS) as client:
        for text in content_of(shown.rows, partial(_archived, client)) if content else ():
            console.print(text, soft_wrap=True)


def session(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's id, as the application sends it.")],
) -> None:
    """Print the traces of a session with their sums; exit code 1 when there are none."""
    found = _found("session_id", session_id)
    traces = traces_of(found.lines)
    print_table(console, session_table(traces))
    console.print(sums(sum_of(traces)), soft_wrap=True)
    _print_left_out(found, "older lines are left out, and what they count is in no sum")


def _found(label: str, name: str) -> Found:
    """The lines. Raises: WatchkeeperError for what is no id, EngineError when Loki gives no answer; exits with 1."""
    kind = label.removesuffix("_id")
    if not is_id(name):
        raise WatchkeeperError(f"a {kind}'s id must have 1 to 256 characters, all of them visible, got {name[:80]!r}")
    with _lines() as lines:
        found = lines.of(Sought(label=label, value=name), time.time(), _MOST_LINES, MONTH_DAYS)
    if not found.lines:
        console.print(f"Loki has no lines of this {kind} in the last {MONTH_DAYS} days.", highlight=False)
        raise typer.Exit(1)
    return found


def _archived(client: httpx.Client, key: str) -> str:
    """A text of the archive, which the exporter reads: the key by which it is encrypted stays there."""
    address = f"{here(os.environ)[1].url('exporter')}/archive/{key}"
    try:
        answer = client.get(address)
    except httpx.HTTPError as error:
        return f"(in the archive; {address} does not answer: {str(error) or type(error).__name__})"
    return answer.text if answer.is_success else f"(in the archive; {address} answers: {answer.text.strip()})"


@contextmanager
def _lines() -> Iterator[TraceLines]:
    _, settings = here(os.environ)
    with httpx.Client(trust_env=False) as client:
        yield TraceLines(client, settings.url("loki"), _ANSWER_SECONDS)


def _print_left_out(found: Found, sentence: str) -> None:
    if found.left_out:
        console.print(f"{found.left_out} {sentence}.", highlight=False, soft_wrap=True)


ALL = (trace, session)
