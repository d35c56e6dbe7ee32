"""The table at the end of `up`: what runs where, how to log in, how to connect an app, how to be notified."""

from collections.abc import Iterable, Sequence

import httpx
from rich.console import Console
from rich.table import Table

from watchkeeper.config.links import CURE, local_links
from watchkeeper.config.receiver_changes import since
from watchkeeper.config.receiver_status import (
    ReceiverStatus,
    has_active_receiver,
    has_inbox,
    read_statuses,
    what_is_off,
    who_is_on,
)
from watchkeeper.config.settings import Settings
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.last_hour import last_hour
from watchkeeper.operator.standalone.scraped_and_sent import scraped_and_sent
from watchkeeper.operator.tables import plain

# name of the port, title, what for; Promtail and Loki answer programs, not people.
_IN_DOCKER = (
    ("grafana", "Grafana", "dashboards"),
    ("exporter", "Exporter", "takes in telemetry, serves runbooks"),
    ("analyzer", "Analyzer", "runs scheduled jobs on stored data"),
    ("prometheus", "Prometheus", "stores metrics, evaluates rules"),
    ("alertmanager", "Alertmanager", "groups alerts, sends notifications"),
    ("loki", "Loki", "stores log lines, finds each call"),
)

Row = tuple[str, str, str]


def show_processes(console: Console, components: Iterable[Component], settings: Settings) -> None:
    """The table of local processes; Grafana is named as missing, with what to do about it."""
    rows = [(item.title, item.url, item.purpose) for item in components]
    _show_table(console, [*rows, ("Grafana", "only with Docker", "dashboards")])
    _say(
        console,
        "Grafana comes with Docker only: install Docker and run `make up` again, or point a Grafana of your own "
        f"at grafana/provisioning and Prometheus at {settings.url('prometheus')}.",
    )
    _show_first_steps(console, settings)


def show_containers(console: Console, settings: Settings, first_password: str = "") -> None:
    """The table of containers and how to log in to Grafana; a password that was just made is shown this once."""
    _show_table(console, [(title, settings.url(name), purpose) for name, title, purpose in _IN_DOCKER])
    if first_password:
        _say(console, f"Log in to Grafana as admin with the password {first_password}, shown this once.")
    _say(console, "`make password` reads Grafana's password, `make reset-password` makes another one.")
    _show_first_steps(console, settings)


def show_states(console: Console, rows: Sequence[Row]) -> None:
    """The table of `status`: name, address, state."""
    _show_table(console, rows, last_heading="State")


def in_words(state: str, restarts: int) -> str:
    """A state, and how often the process died before it."""
    return f"{state}, restarted {restarts} {'time' if restarts == 1 else 'times'}" if restarts else state


def show_last_hour(console: Console, settings: Settings) -> None:
    """What was called in the last hour, what fires, what is scraped, and which notifications failed."""
    with httpx.Client(trust_env=False) as client:
        for sentence in (*last_hour(client, settings), *scraped_and_sent(client, settings)):
            console.print(plain(sentence), soft_wrap=True)


def show_receivers(
    console: Console,
    statuses: str,
    settings: Settings,
    now: tuple[ReceiverStatus, ...] = (),
    *,
    has_grafana: bool,
) -> None:
    """Who is no receiver for alerts, and why; ``statuses`` is what receivers.json holds, empty when nothing runs.

    ``now`` is what the next start would find, where the files may have changed since.
    """
    found = read_statuses(statuses)
    changes = since(found, now if found else ())
    for reason in what_is_off(changes.off):
        _say(console, f"Receivers not configured: {reason}")
    for reason in what_is_off(changes.broke):
        _say(console, f"Receivers whose secret no longer works: {reason}")
    for names in who_is_on(changes.came):
        _say(console, f"Receivers not yet in use: {names}; run `make up`.")
    local = local_links(settings.environ, has_grafana=has_grafana)
    if has_active_receiver(found) and local:
        _say(console, f"Links in messages lead to this machine alone: set {', '.join(local)} {CURE}.")
    if found and not has_active_receiver((*found, *changes.came)):
        _say(
            console,
            "No notification channel is configured: put a Slack webhook's URL into secrets/slack_api_url and run",
        )
        _say(console, "`make up` again, or see docs/how-to/connect-pagerduty.md and connect-email.md.")
    if has_inbox(found):
        _say(console, f"Notifications as they would be sent:  {settings.url('exporter')}/inbox")


def _show_table(console: Console, rows: Iterable[Row], *, last_heading: str = "What for") -> None:
    table = Table(show_edge=False, pad_edge=False)
    for heading in ("Name", "Where", last_heading):
        table.add_column(heading, no_wrap=heading == "Where")
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(table)
    console.print()


def _show_first_steps(console: Console, settings: Settings) -> None:
    exporter = settings.url("exporter")
    event = '[{"type":"llm_call","service":"hello","provider":"openai","model":"gpt-4o-mini"'
    _say(
        console,
        f"Connect an app:  OTEL_EXPORTER_OTLP_ENDPOINT={exporter}  (OTLP over HTTP)",
        f'Or try it:       curl -d \'{event},"input_tokens":12,"output_tokens":34}}]\' {exporter}/v1/events',
        "And then:        make status, make logs, make down",
    )


def _say(console: Console, *sentences: str) -> None:
    for sentence in sentences:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)
