"""The commands of the drills: thin, each a few calls into the modules that do the work."""

import os
from enum import StrEnum
from typing import Annotated

import httpx
import typer
from rich.console import Console

from watchkeeper.config.load import load_file
from watchkeeper.config.project import here

console = Console()
_ANSWER_SECONDS = 10.0


class Severity(StrEnum):
    """How bad an alert is."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def drill(
    alert: Annotated[str | None, typer.Argument(help="Its name, or `all`; without one the alerts are listed.")] = None,
) -> None:
    """Provoke an alert on the running stack and follow it, hop by hop, to the receiver and back; no one is paged."""
    from watchkeeper.operator.drills import run

    places, settings = here(os.environ)
    tests = places.root / "prometheus" / "tests"
    if alert is None:
        for name in run.drillable(tests):
            console.print(name, highlight=False)
        return
    alerts = run.drillable(tests) if alert == "all" else [alert]
    urls = {name: settings.url(name) for name in ("prometheus", "loki", "alertmanager", "exporter")}
    outcomes = run.run_drills(alerts, urls, tests, console)
    console.print(run.outcome_table(outcomes))
    for outcome in outcomes:
        if said := outcome.problem or outcome.note:
            console.print(f"{outcome.alert}: {said}", markup=False, highlight=False, soft_wrap=True)
    if not all(outcome.is_proven for outcome in outcomes):
        raise typer.Exit(1)


def alert_test(
    severity: Annotated[Severity, typer.Option(help="Whose receivers are tried.")] = Severity.CRITICAL,
    team: Annotated[str, typer.Option(help="A team of watchkeeper.yml with receivers of its own.")] = "",
    within: Annotated[float, typer.Option(help="Seconds to wait for all of them.")] = 60.0,
) -> None:
    """Send one test alert through the real receivers; exit code 1 when no one was notified."""
    from watchkeeper.operator.drills import sample_alert

    places, settings = here(os.environ)
    teams = [known.name for known in load_file(settings.config_file(places.root)).teams]
    if said := sample_alert.doubt(team, teams):
        console.print(said, markup=False, highlight=False, soft_wrap=True)

    def routed(receivers: tuple[str, ...]) -> None:
        console.print(f"Sent; it goes to: {', '.join(receivers)}. Waiting up to {within:.0f} s.", highlight=False)

    with httpx.Client(base_url=settings.url("alertmanager"), timeout=_ANSWER_SECONDS, trust_env=False) as client:
        sent = sample_alert.send(client, severity, team, within_seconds=within, on_routed=routed)
    for line in sample_alert.report(sent):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if sent.has_inbox:
        console.print(f"This includes the inbox, {settings.url('exporter')}/inbox.", highlight=False, soft_wrap=True)
    if not sent.is_delivered:
        raise typer.Exit(1)


ALL = (drill, alert_test)
