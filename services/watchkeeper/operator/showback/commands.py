"""The command that bills a month: thin, a few calls into the modules that do the work."""

import os
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Literal

import httpx
import typer
from rich.console import Console

from watchkeeper.config.load import load_config
from watchkeeper.config.project import here
from watchkeeper.engines.windows import Window
from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.showback.against import against_providers, beside_table
from watchkeeper.operator.showback.bill import Bill, Spent, make_bill, with_rest
from watchkeeper.operator.showback.forms import as_csv, as_json, as_table
from watchkeeper.operator.showback.ledger import ledger_notes, whole_budgets
from watchkeeper.operator.showback.months import month_window
from watchkeeper.operator.showback.spending import Spending
from watchkeeper.operator.tables import plain, print_table

console = Console()
# A month of many series takes Prometheus a while.
_ANSWER_SECONDS = 150.0

By = Literal["team", "tenant", "service", "user"]


def bill(
    by: Annotated[By, typer.Option(help="Who is billed.")] = "team",
    month: Annotated[str, typer.Option(help="A month like 2026-11; else this month, up to now.")] = "",
    timezone: Annotated[str, typer.Option(help="Where its midnights are, as in Europe/Berlin.")] = "UTC",
    *,
    csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    against_provider: Annotated[
        bool, typer.Option("--against-provider", help="What providers billed this month, beside the estimate.")
    ] = False,
) -> None:
    """Say what a month cost, by team, tenant, service or user; what is unpriced or no one's has its own lines."""
    if csv and json:
        raise WatchkeeperError("one of --csv and --json must be chosen, got both")
    if against_provider and (csv or json):
        raise WatchkeeperError("--against-provider is a table alone: leave out --csv and --json")
    places, settings = here(os.environ)
    if against_provider:
        _show_against(settings.url("prometheus"))
        return
    now = time.time()
    named, window = month_window(month, timezone, now)
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        spending = Spending(client, settings.url("prometheus"), settings.url("loki"))
        whole = spending.whole(window)
        spent = with_users(spending, window, whole) if by == "user" else spending.by_label(by, window)
        notes = list(notes_of(spending, window, by))
        # Budgets know the month that goes on.
        if window.end == now:
            config = load_config(settings.config_file(places.root), settings.environ)
            budgets = whole_budgets(config.file.budgets, timezone)
            notes += ledger_notes(client, settings.url("exporter"), budgets, whole.usd or Decimal(0))
        made = make_bill(named, by, spent, spending.unpriced(window), notes)
    _show(made, csv=csv, json=json)


def _show_against(prometheus_url: str) -> None:
    """Lay bills of providers beside the estimate; the month is theirs, whatever else is asked for."""
    with httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        lines, notes = against_providers(client, prometheus_url)
    print_table(console, beside_table(lines))
    for note in notes:
        console.print(plain(note), soft_wrap=True)


def with_users(spending: Spending, window: Window, whole: Spent) -> dict[str, Spent]:
    """Who is known by the lines, and the rest: calls without a user, and lines that Loki has no more."""
    return with_rest(spending.by_user(window), whole.usd or Decimal(0), whole.calls or 0)


def notes_of(spending: Spending, window: Window, by: str) -> Iterator[str]:
    """What the bill cannot know."""
    if not spending.has_beginning(window):
        yield "Prometheus has no samples from the beginning of the month: what was spent before them is missing."
    if by == "user":
        yield (
            "Users are known by the hashes on log lines. Calls without a user, and calls whose lines Loki no longer "
            "has, are (not known)."
        )


def _show(made: Bill, *, csv: bool, json: bool) -> None:
    if csv or json:
        typer.echo(as_csv(made) if csv else as_json(made), nl=False)
        for note in made.notes if csv else ():
            typer.echo(note, err=True)
        return
    print_table(console, as_table(made))
    for note in made.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
