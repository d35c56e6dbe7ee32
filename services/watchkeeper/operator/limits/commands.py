"""The commands about limits: thin, each a few calls into the modules that do the work."""

import os
import re
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from watchkeeper.config.project import here
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.limits.past import Past
from watchkeeper.operator.limits.replay import Replayed, replay
from watchkeeper.operator.limits.suggest import as_yaml, suggestions
from watchkeeper.operator.standalone.durations import seconds_since

console = Console()
limits = typer.Typer(no_args_is_help=True, help="Limits of alerts, from the past of your own services.")
alerts = typer.Typer(no_args_is_help=True, help="Alerts over the past of your own services.")

# A query over weeks, minute by minute, takes Prometheus a while.
_ANSWER_SECONDS = 300.0
_DAY = 86_400.0
_EXAMPLE = "14d"
_Since = Annotated[str, typer.Option(help="How far to look back: 12h, 14d or 4w.")]


@limits.command()
def suggest(since: _Since = "14d") -> None:
    """Propose limits for each service from its own past, as YAML to paste into watchkeeper.yml."""
    seconds = seconds_since(since, _EXAMPLE)
    with _client() as client:
        found = list(suggestions(_past(client, seconds)))
    if not found:
        raise WatchkeeperError(f"Prometheus knows no service in the last {since}")
    for line in as_yaml(found, seconds / _DAY):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@alerts.command("replay")
def replay_alerts(
    since: _Since = "30d",
    alert: Annotated[str, typer.Option(help="One alert; without it all of them.")] = "",
    limit: Annotated[list[str] | None, typer.Option(help="Another limit, as in LLMCostSpike=3; repeatable.")] = None,
) -> None:
    """Show which alerts would have fired on the past of the running Prometheus, when and for how long."""
    changed = dict(_changed(limit or ()))
    with _client() as client:
        past = _past(client, seconds_since(since, _EXAMPLE))
        rules = past.rules(alert)
        before = list(replay(past, rules, {}))
        after = list(replay(past, [rule for rule in rules if rule.name in changed], changed)) if changed else []
    _show(f"Fired in the last {since}, by the rules as they run", before)
    if changed:
        _show("The same with " + ", ".join(f"{name}={value:g}" for name, value in changed.items()), after)


def _show(title: str, replayed: Iterable[Replayed]) -> None:
    table = Table("alert", "severity", "of", "times", "in all", "last began", title=title)
    for one in sorted(replayed, key=lambda one: (-len(one.spells), one.alert)):
        of = ", ".join(f"{name}={value}" for name, value in one.labels if value)
        began = datetime.fromtimestamp(one.spells[-1].begins, UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(one.alert, one.severity, of, str(len(one.spells)), f"{one.seconds / 60:.0f} min", began)
    console.print(table if table.row_count else f"{title}: nothing")


def _changed(given: Iterable[str]) -> Iterable[tuple[str, float]]:
    for text in given:
        found = re.fullmatch(r"(\w+)=(\d+(?:\.\d+)?)", text)
        if not found:
            raise WatchkeeperError(f"--limit must be an alert and a number, as in LLMCostSpike=3, got {text!r}")
        yield found[1], float(found[2])


def _client() -> httpx.Client:
    _, settings = here(os.environ)
    return httpx.Client(base_url=settings.url("prometheus"), timeout=_ANSWER_SECONDS, trust_env=False)


def _past(client: httpx.Client, seconds: float) -> Past:
    now = time.time()
    return Past(client, now - seconds, now)
