"""The command that shows drift: the analyzer's own comparison, run once, as a table."""

import os
import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import httpx
import msgspec
import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from watchkeeper.analyzer.accepted.change import Accepted
from watchkeeper.analyzer.comparison.cycle import Cycle
from watchkeeper.analyzer.comparison.prometheus import Prometheus
from watchkeeper.analyzer.comparison.significance import ALPHA
from watchkeeper.analyzer.comparison.verdict import Conclusion, Verdict
from watchkeeper.analyzer.comparison.windows import PAST, Windows
from watchkeeper.analyzer.drift.choice import Kind, Method
from watchkeeper.analyzer.drift.false_discovery import Q
from watchkeeper.analyzer.drift.histogram import together
from watchkeeper.analyzer.drift.shares import shares
from watchkeeper.config.load import load_config
from watchkeeper.config.project import here
from watchkeeper.errors import WatchkeeperError

console = Console()

# What moved first, then what cannot be compared.
_ORDER = (Verdict.DRIFTED, Verdict.SHIFTING, Verdict.STEADY, Verdict.LEARNING, Verdict.NO_DATA)
_HEADINGS = ("service", "feature", "verdict", "distance", "p-value", "values now", "before", "reason")


class _ShowFirst(TyperGroup):
    """`watchkeeper drift` and `watchkeeper drift my-service` show; other words are commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command in front where none is named."""
        is_named = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if is_named else ["show", *args])


drift = typer.Typer(
    cls=_ShowFirst, help="Which features of which services have drifted, and changes that are intended."
)


@drift.command()
def show(
    service: Annotated[str | None, typer.Argument(help="Only this one.")] = None,
    *,
    explain: Annotated[
        str | None, typer.Option(help="One feature, as in input_tokens: bins, statistics, limits.")
    ] = None,
) -> None:
    """Show which features of which services have drifted, as the analyzer sees it now; also without `show`."""
    conclusions, problems = _compared()
    chosen = [one for one in conclusions if service in (None, one.service)]
    if service is not None and not chosen:
        raise WatchkeeperError(f"service must be one with telemetry in Prometheus, got {service!r}")
    if explain is not None:
        features = [one for one in chosen if one.feature == explain or one.feature.startswith(f"{explain}/")]
        if not features:
            known = ", ".join(sorted({one.feature for one in chosen})) or "none"
            raise WatchkeeperError(f"--explain must be a feature that is compared, got {explain!r}; there are {known}")
        for one in features:
            _explain(one)
    else:
        _list([one for one in chosen if one.sides == PAST], "Prometheus has no features to compare yet.")
        _list([one for one in chosen if one.sides != PAST], "")
    for problem in problems:
        console.print(f"Not compared: {problem}", markup=False, highlight=False, soft_wrap=True)


def _compared() -> tuple[Sequence[Conclusion], Sequence[str]]:
    places, settings = here(os.environ)
    config = load_config(settings.config_file(places.root), settings.environ)
    if not config.file.drift.enabled:
        raise WatchkeeperError("watchkeeper.yml: drift.enabled is false, nothing is compared")
    with httpx.Client(trust_env=False) as client:
        accepted, unknown = _accepted(client, settings.url("analyzer"))
        cycle = Cycle(Prometheus(client, settings.url("prometheus")), config.file.drift, lambda: accepted)
        result = cycle.run(time.time())
    if result.problems and not result.conclusions:
        raise WatchkeeperError(f"nothing could be compared: {result.problems[0]}")
    return result.conclusions, [*result.problems, *unknown]


def _accepted(client: httpx.Client, url: str) -> tuple[Accepted, list[str]]:
    """The changes that the running analyzer knows as accepted, or why no one knows."""
    try:
        answer = client.get(f"{url}/v1/drift/accepted").raise_for_status()
        return msgspec.convert(answer.json()["accepted"], Accepted), []
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        return (), [f"what was accepted, because the analyzer at {url} does not say ({type(error).__name__})"]


def _list(conclusions: Sequence[Conclusion], nothing: str) -> None:
    table = Table(*_HEADINGS)
    for one in sorted(conclusions, key=lambda one: (_ORDER.index(one.verdict), one.service, one.feature)):
        table.add_row(*_row(one))
    if table.row_count or nothing:
        console.print(table if table.row_count else nothing)


def _row(one: Conclusion) -> Iterator[str]:
    scores = one.statistics.scores if one.statistics else {}
    distance = scores.get(Method.PSI, scores.get(Method.CENTROID))
    pvalue = one.statistics and one.statistics.pvalue
    yield from (one.service, f"{one.feature}{_sides(one)}", one.verdict.value)
    yield "" if distance is None else f"{distance:.3f}"
    yield "" if pvalue is None else f"{pvalue:.2g}"
    yield from (f"{one.current_size:.0f}", f"{one.reference_size:.0f}", one.reason.sentence)


def _sides(one: Conclusion) -> str:
    """What runs side by side, as in `, answer: 2 against 1`."""
    sides = one.sides
    name = f"{sides.prompt}: " if sides.prompt else ""
    return f", {name}{sides.prompt_version or sides.model} against {sides.against}" if sides.against else ""


def _explain(one: Conclusion) -> None:
    console.print(
        f"{one.feature}{_sides(one)} of {one.service}: {one.verdict.value}, {one.reason.sentence}.", highlight=False
    )
    for line in _limits(one):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    if one.statistics:
        scores = Table("method", "score")
        for method, score in one.statistics.scores.items():
            scores.add_row(method.value, f"{score:.4g}")
        console.print(scores)
    if one.windows and not one.windows.slices:
        console.print(_bins(one.windows))


def _limits(one: Conclusion) -> Iterator[str]:
    """Each condition of a verdict with what it is compared with."""
    statistics = one.statistics
    if statistics is None or one.windows is None:
        return
    settings = one.windows.settings
    hours = settings.window_seconds / 3600
    windows = f"{len(one.windows.reference)} windows before ({settings.compare_with})"
    yield f"compared: the last {hours:g} h with {windows if one.sides == PAST else 'those of the other'}"
    small, large = statistics.limits
    measure = "the centroid moved by" if one.windows.slices else "PSI"
    yield f"{measure} {statistics.distance:.3f}: {small:g} is a shift, {large:g} a large one"
    yield f"p-value {statistics.pvalue:.2g} by {statistics.method.value}: drift from {ALPHA:g} down"
    yield f"chance explains a PSI of {statistics.chance_psi:.3f}; the reference varies x{statistics.dispersion:.2f}"
    if one.qvalue is not None:
        yield f"q-value {one.qvalue:.2g} among all series: drift up to {Q:g}"
    yield f"its own history: {'none yet' if one.own_limit is None else f'drift from {one.own_limit:.3f} on'}"
    if one.windows.has_changed_buckets:
        yield "buckets changed between the windows: compared on the bounds that all have"


def _bins(windows: Windows) -> Table:
    is_numeric = windows.feature.kind is Kind.NUMERIC
    table = Table("up to" if is_numeric else windows.feature.category, "values now", "share now", "share before")
    current = windows.current.counts
    parts = list(windows.reference.values())
    before = shares(together(parts).counts) if parts else (0.0,) * len(current)
    for name, count, share, past in zip(windows.bins, current, shares(current), before, strict=True):
        table.add_row(name, f"{count:.0f}", f"{share:.1%}", f"{past:.1%}")
    return table
