"""The commands about versions: thin, a few calls into the modules that do the work."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.project import here
from watchkeeper.engines.windows import Window
from watchkeeper.errors import EngineError, WatchkeeperError
from watchkeeper.explain.samples import Sample
from watchkeeper.explain.words import dollars, number, percent
from watchkeeper.operator.standalone.durations import seconds_since
from watchkeeper.operator.tables import plain, print_table
from watchkeeper.operator.versions.ask import MOST_CALLS, Engines, Lines, Version
from watchkeeper.operator.versions.compare import compare as held_against
from watchkeeper.operator.versions.limits import check, read_limit
from watchkeeper.operator.versions.register import Change, register
from watchkeeper.operator.versions.sample import runs_by_version
from watchkeeper.operator.versions.show import comparison_table, register_table
from watchkeeper.operator.versions.statistics import LEAST_RUNS
from watchkeeper.operator.versions.words import change, sentence

console = Console()

# A month of a busy service takes both engines a while.
_ANSWER_SECONDS = 120.0
_UNDECIDED = 2
_Since = Annotated[str, typer.Option(help="How far to look back: 12h, 7d or 4w.")]
_Prompt = Annotated[str, typer.Option(help="One prompt; needed where several have both versions.")]


def versions(
    service: Annotated[str, typer.Argument(help="One service; without it all.")] = "",
    *,
    prompt: Annotated[str, typer.Option(help="The versions of one prompt.")] = "",
    since: _Since = "30d",
) -> None:
    """List prompt versions, models and announced releases: since when, how many calls, what they cost and how good."""
    window = _window(since)
    services = [service] if service else []
    with _engines() as engines:
        samples = engines.amounts(window, services)
        seen = engines.calls_over_time(window, services)
        changes, problem = _changes(engines, window, services)
    entries = register(samples, window.hours, seen, changes)
    shown = [entry for entry in entries if not prompt or entry.key[1:3] == ("prompt", prompt)]
    if not shown:
        _line(f"Neither Prometheus nor Loki knows a version of it in the last {since}.")
        raise typer.Exit(1)
    print_table(console, register_table(shown))
    _line(f"Times are to within {max(1, round(seen[1] / 60))} minutes; counts are those of the last {since}.")
    if problem:
        _line(problem)


def compare(  # one parameter per option of the command
    service: Annotated[str, typer.Argument(help="The service, as telemetry names it.")],
    before: Annotated[str, typer.Argument(help="The version to compare with, as in v12.")],
    after: Annotated[str, typer.Argument(help="The version that is held against it, as in v13.")],
    *,
    prompt: _Prompt = "",
    since: _Since = "7d",
    limit: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 when a measure is worse by more: cost=0.1 is 10 %, errors=0.02 two points."),
    ] = None,
) -> None:
    """Compare two versions of a prompt: cost, tokens, latency, errors, reviews, tools and scores."""
    limits = [read_limit(text) for text in limit or ()]
    window = _window(since)
    with _engines() as engines:
        samples = engines.amounts(window, [service])
        chosen = prompt or _only_prompt(samples, service, (before, after))
        sides = [
            engines.lines(Version(service=service, prompt=chosen, version=name), window) for name in (before, after)
        ]
    # Both sides have the tools and scores of a time in which both ran.
    runs, mixed = runs_by_version((sides[0].lines | sides[1].lines).values(), (before, after))
    found = held_against(runs[before], runs[after])
    _line(sentence(after, before, found))
    for name, side in zip((before, after), sides, strict=True):
        _line(_about(samples, chosen, name, window) + f"; compared: {_compared(side, len(runs[name]))}")
    if mixed:
        _line(f"{mixed} runs had calls of both, and are in neither.")
    print_table(console, comparison_table(before, after, found))
    checked = check(found, limits)
    for one in checked.exceeded:
        _line(f"Worse than its limit: {one.title} {change(one)}.")
    if checked.unknown:
        _line(f"Too few runs for {', '.join(checked.unknown)}: {LEAST_RUNS} of each version are needed.")
    if checked.exceeded or checked.unknown:
        raise typer.Exit(1 if checked.exceeded else _UNDECIDED)


ALL = (versions, compare)


def _only_prompt(samples: Sequence[Sample], service: str, names: tuple[str, str]) -> str:
    """The prompt of the service that has both versions. Raises: WatchkeeperError when none has, or several."""
    known = {(one.labels.get("prompt", ""), one.labels.get("prompt_version", "")) for one in samples}
    prompts = sorted({prompt for prompt, _ in known if all((prompt, name) in known for name in names)})
    if len(prompts) == 1:
        return prompts[0]
    if prompts:
        raise WatchkeeperError(f"--prompt must be one of {', '.join(map(repr, prompts))}: each has both versions")
    seen = sorted({repr(f"{prompt}/{name}") for prompt, name in known if name})
    raise WatchkeeperError(
        f"no prompt of the service {service!r} had calls of both {names[0]} and {names[1]} in the time of --since"
        f"; seen: {', '.join(seen) or 'none'}"
    )


def _about(samples: Sequence[Sample], prompt: str, version: str, window: Window) -> str:
    """Calls, share and cost of a version, exactly, as Prometheus counted them."""
    of_prompt = [one for one in samples if one.labels.get("prompt") == prompt]
    own = [one for one in of_prompt if one.labels.get("prompt_version") == version]
    calls, cost = (_sum(own, amount) * window.hours for amount in ("requests", "cost"))
    whole = _sum(of_prompt, "requests") * window.hours
    share = f" ({percent(calls / whole)} of the prompt's)" if whole else ""
    return f"{prompt}/{version}: {number(round(calls))} calls{share}, {dollars(cost)}"


def _compared(side: Lines, runs: int) -> str:
    return (
        f"the last {number(runs)} runs, at most {number(MOST_CALLS)} calls" if side.is_cut else f"{number(runs)} runs"
    )


def _sum(samples: Sequence[Sample], amount: str) -> float:
    return sum(one.per_hour for one in samples if one.amount == amount)


def _changes(engines: Engines, window: Window, services: Sequence[str]) -> tuple[list[Change], str]:
    """The changes, or a sentence on why no one knows of any."""
    try:
        return engines.changes(window, services), ""
    except EngineError as error:
        return [], f"What was announced is not known: {error}"


def _window(since: str) -> Window:
    now = time.time()
    return Window(start=now - seconds_since(since, "12h, 7d or 4w"), end=now)


@contextmanager
def _engines() -> Iterator[Engines]:
    _, settings = here(os.environ)
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        yield Engines(client, settings.url("prometheus"), settings.url("loki"), _ANSWER_SECONDS)


def _line(text: str) -> None:
    console.print(plain(text), soft_wrap=True)
