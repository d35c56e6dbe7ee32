"""The commands about contracts: thin, each a few calls into the modules that do the work."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.table import Table

from watchkeeper.config.load import load_file
from watchkeeper.config.project import here
from watchkeeper.contracts.evaluator import Evaluator
from watchkeeper.contracts.names import unknown_tools
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model import Trace
from watchkeeper.operator.contracts.check import Alerted, Outcome, alerts, outcomes
from watchkeeper.operator.contracts.learn import as_yaml, learn
from watchkeeper.operator.contracts.past_runs import MOST_RUNS, PastRuns
from watchkeeper.operator.standalone.durations import seconds_since

console = Console()
contracts = typer.Typer(no_args_is_help=True, help="Contracts of agents, from their past runs.")

# A query over a day of lines takes Loki a while.
_ANSWER_SECONDS = 300.0
# Fewer runs say little about what is usual.
_ENOUGH_RUNS = 100
_Since = Annotated[str, typer.Option(help="How far to look back: 12h, 7d or 4w.")]


@contracts.command("learn")
def learn_contract(
    agent: Annotated[str, typer.Argument(help="The agent's name, as its telemetry has it.")], since: _Since = "7d"
) -> None:
    """Propose a contract for an agent from its past runs, as YAML to paste into watchkeeper.yml."""
    runs = _past_runs(since, agent)
    lines = learn(runs)
    if not lines:
        raise WatchkeeperError(
            f"no run of agent {agent} of the last {since} shows what it usually does, of {len(runs)}"
        )
    for line in as_yaml(agent, slug(agent), lines, len(runs)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(runs) < _ENOUGH_RUNS:
        console.print(f"# {len(runs)} runs are few: look at each line before you keep it", highlight=False)


@contracts.command()
def check(
    since: _Since = "7d", config: Annotated[Path | None, typer.Option(help="Another watchkeeper.yml.")] = None
) -> None:
    """Show what the contracts of watchkeeper.yml say of past runs, and which alerts would have fired."""
    places, settings = here(os.environ)
    file = load_file(config or settings.config_file(places.root))
    if not file.contracts:
        raise WatchkeeperError("watchkeeper.yml has no contracts; `watchkeeper contracts learn <agent>` proposes one")
    runs, evaluator = _past_runs(since), Evaluator(file.contracts)
    names = [contract.name for contract in file.contracts]
    console.print(_outcome_table(outcomes(evaluator, runs, names), f"{len(runs)} runs of the last {since}"))
    tools = {run.tool for trace in runs for run in trace.tool_runs}
    for one in unknown_tools(file.contracts, tools):
        hint = f"; did you mean {one.near}?" if one.near else ""
        console.print(f"Contract {one.contract} names the tool {one.tool}, which no run used{hint}", highlight=False)
    _show_alerts(alerts(evaluator, runs, file.alerts))


def slug(agent: str) -> str:
    """A name for a contract."""
    return re.sub(r"[^a-z0-9._-]+", "-", agent.lower()).strip("-._")[:64] or "contract"


def _outcome_table(found: Mapping[str, Outcome], title: str) -> Table:
    table = Table("contract", "passed", "broken", "by what", "not evaluated", "why", title=title)
    for name, outcome in found.items():
        results = outcome.results
        broken = ", ".join(
            f"{kind} {tool}".strip() + f": {count}" for (kind, tool), count in outcome.findings.most_common()
        )
        reasons = ", ".join(f"{reason}: {count}" for reason, count in outcome.reasons.most_common())
        why = reasons if results else "it is about no run"
        table.add_row(name, str(results["passed"]), str(results["broken"]), broken, str(results["not_evaluated"]), why)
    return table


def _show_alerts(found: Sequence[Alerted]) -> None:
    table = Table(
        "alert", "service", "agent", "type", "tool", "hours", "first", title="Would have fired, by whole hours"
    )
    for one in found:
        first = datetime.fromtimestamp(one.first_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M UTC")
        table.add_row(one.alert, one.service, one.agent, one.type, one.tool, str(one.hours), first)
    console.print(table if table.row_count else "No alert would have fired.")


def _past_runs(since: str, agent: str = "") -> list[Trace]:
    seconds = seconds_since(since, "7d")
    _, settings = here(os.environ)
    now_ns = time.time_ns()
    start_ns = now_ns - seconds * 10**9
    with httpx.Client(base_url=settings.url("loki"), timeout=_ANSWER_SECONDS, trust_env=False) as client:
        past = PastRuns(client, start_ns, now_ns)
        runs = past.of(agent)
    if past.unread:
        console.print(f"# {past.unread} runs were left out: their lines do not say which tools ran", highlight=False)
    if len(runs) >= MOST_RUNS:
        console.print(f"# only the last {MOST_RUNS} runs were looked at", highlight=False)
    return runs
