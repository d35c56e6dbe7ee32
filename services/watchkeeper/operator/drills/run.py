"""Run drills on a stack, several at once, and show each hop as it is reached."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Column, Table

from watchkeeper.errors import WatchkeeperError
from watchkeeper.operator.drills.drill import HOPS, SHIPPED, Drill, Outcome, Pace
from watchkeeper.operator.drills.live import LiveStack
from watchkeeper.operator.drills.log_lines import LOG_RECIPES
from watchkeeper.operator.drills.recipe import read_recipe

# Enough to finish a full run in about the time of the slowest, few enough to leave Prometheus its breath.
_AT_ONCE = 24
_ANSWER_SECONDS = 60.0


def run_drills(
    alerts: Sequence[str], urls: Mapping[str, str], tests: Path, console: Console, pace: Pace = SHIPPED
) -> list[Outcome]:
    """The outcome of every drill, in the order asked; hops are printed as they are reached."""
    return asyncio.run(_run_all(alerts, urls, tests, console, pace))


def drillable(tests: Path) -> list[str]:
    """The alerts over log lines, and those whose promtool test a drill can mark."""
    tested = [file.stem for file in tests.glob("[A-Z]*.yml") if not why_not(file.stem, tests)]
    return sorted([*LOG_RECIPES, *tested])


def why_not(alert: str, tests: Path) -> str:
    """Why no drill of the alert is possible; empty when one is."""
    try:
        read_recipe(alert, tests)
    except WatchkeeperError as problem:
        return str(problem)
    return ""


def outcome_table(outcomes: Sequence[Outcome]) -> Table:
    """Seconds from the beginning of each drill until each hop."""
    columns = (Column("alert", no_wrap=True), "severity", *HOPS)
    table = Table(*columns, box=None, title="Seconds until each hop", title_justify="left")
    for outcome in outcomes:
        hops = (f"{outcome.hops[hop]:.0f}" if hop in outcome.hops else "-" for hop in HOPS)
        table.add_row(outcome.alert, outcome.severity, *hops)
    return table


async def _run_all(
    alerts: Sequence[str], urls: Mapping[str, str], tests: Path, console: Console, pace: Pace
) -> list[Outcome]:
    room = asyncio.Semaphore(_AT_ONCE)
    number = f"{int(time.time()):x}"

    def report(outcome: Outcome, hop: str) -> None:
        console.print(f"{outcome.alert}: {hop} after {outcome.hops[hop]:.0f} s", highlight=False, soft_wrap=True)

    async with httpx.AsyncClient(timeout=_ANSWER_SECONDS, trust_env=False) as client:
        stack = LiveStack(client, urls)

        async def run(alert: str) -> Outcome:
            async with room:
                try:
                    recipe = LOG_RECIPES.get(alert) or read_recipe(alert, tests, number)
                except WatchkeeperError as problem:
                    return Outcome(alert=alert, problem=str(problem))
                return await Drill(recipe, stack, report, pace).run()

        return list(await asyncio.gather(*(run(alert) for alert in alerts)))
