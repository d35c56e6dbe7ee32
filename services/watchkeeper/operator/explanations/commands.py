"""The command that explains a change: thin, a few calls into the modules that do the work."""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watchkeeper.config.project import here
from watchkeeper.engines.windows import PastCalls, Window, recorded_changes
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.explain.changes import Change, new_or_grown
from watchkeeper.explain.explanation import Explanation, Verdict, Windows, explain
from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.mover import Mover
from watchkeeper.explain.sentence import cause, number_of_percent, sentence
from watchkeeper.operator.explanations.times import windows

console = Console()

# A window of weeks takes Prometheus a while.
_ANSWER_SECONDS = 120.0
_MOST_ROWS = 15
# Of the change; less rounds to 0 %.
_LEAST_ROW = 0.005
_MOST_CHANGES = 10
_DECIDED = (Verdict.EXPLAINED, Verdict.UNEXPLAINED, Verdict.STEADY)


def explain_change(
    measure: Annotated[str, typer.Argument(help=f"One of {', '.join(MEASURES)}.")],
    since: Annotated[str, typer.Option(help="The window that ends now: 30m, 2h, 1d or 4w.")] = "2h",
    service: Annotated[str, typer.Option(help="One service; without it all together.")] = "",
    against: Annotated[
        str, typer.Option(help="How far back the window to compare with lies: 1d, 7d; else directly before.")
    ] = "",
) -> None:
    """Explain why cost, tokens, latency, errors, quality or the review share moved; exit code 1 when no one can say."""
    if measure not in MEASURES:
        raise WatchkeeperError(f"the measure must be one of {', '.join(MEASURES)}, got {measure!r}")
    now = time.time()
    before, after = windows(since, against, now)
    services = [service] if service else []
    _, settings = here(os.environ)
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        past = PastCalls(client, settings.url("prometheus"))
        samples = past.samples(MEASURES[measure].amounts, before, after, services)
        gaps = list(past.gaps(before, after, now))
        changes, problem = _changes(client, settings.url("loki"), Window(start=before.end, end=now), services)
    found = explain(MEASURES[measure], samples, Windows(before_hours=before.hours, after_hours=after.hours))
    _show(found, before, after)
    _print(*found.doubts, *gaps, title="Less sure because")
    _print(*_written([*new_or_grown(samples), *changes]), problem, title="Changed meanwhile")
    if found.verdict not in _DECIDED:
        raise typer.Exit(1)


def _changes(client: httpx.Client, url: str, span: Window, services: Sequence[str]) -> tuple[list[Change], str]:
    """The changes, or a sentence on why no one knows of any."""
    try:
        return recorded_changes(client, url, span, services), ""
    except EngineError as error:
        return [], f"announced changes are not known: {error}"


def _show(found: Explanation, before: Window, after: Window) -> None:
    _line(f"{_time(before.start)} to {_time(before.end)} against {_time(after.start)} to {_time(after.end)} UTC")
    _line(sentence(found))
    if not found.movers:
        return
    measure = found.measure
    table = Table("share", "change", "cause", title=f"Why {measure.title} moved")
    shown = _large(found)
    for one in shown:
        share = number_of_percent(one.amount / found.change) if found.change else ""
        table.add_row(share, measure.change(one.amount), Text(cause(one, has_services=found.has_services)))
    if rest := [one for one in found.movers if one not in shown]:
        smaller = f"{len(rest)} smaller {'cause' if len(rest) == 1 else 'causes'}"
        table.add_row("", measure.change(sum(one.amount for one in rest)), smaller)
    table.add_row("", measure.change(found.change), "together")
    console.print(table)


def _large(found: Explanation) -> list[Mover]:
    """The causes that are shown, in their order: those that make or undo most, and half a percent at least."""
    enough = [one for one in found.movers if abs(one.amount) >= _LEAST_ROW * abs(found.change)]
    most = sorted(enough, key=lambda one: -abs(one.amount))[:_MOST_ROWS] or found.movers[:1]
    return [one for one in found.movers if one in most]


def _written(changes: Sequence[Change]) -> Iterator[str]:
    """The last changes, one line each; what the lines report is not said twice."""
    for one in sorted(changes)[-_MOST_CHANGES:]:
        at = f"{_time(one.at)} UTC, " if one.at else ""
        yield f"{at}{one.service}: {one.what}"


def _print(*lines: str, title: str) -> None:
    given = [line for line in lines if line]
    for line in [f"{title}:", *(f"  - {line}" for line in given)] if given else []:
        _line(line)


def _line(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
