"""What a newcomer reads when the stack is up."""

import io
import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from watchkeeper.config.links import VARIABLES
from watchkeeper.config.receiver_status import ReceiverStatus
from watchkeeper.config.settings import read_settings
from watchkeeper.operator.standalone.components import Component
from watchkeeper.operator.standalone.welcome import show_containers, show_processes, show_receivers

REACHED = dict.fromkeys(VARIABLES, "https://watch.example.com")


def shown(show: Callable[[Console], None]) -> str:
    """What a terminal of 120 columns would show."""
    out = io.StringIO()
    show(Console(file=out, width=120))
    return out.getvalue()


def test_processes_report_addresses_what_is_missing_and_how_to_connect(
    tmp_path: Path, python_process: Callable[..., Component]
) -> None:
    """The table names each address, says that Grafana is missing and what to do, and how to begin."""
    settings = read_settings(tmp_path, {"EXPORTER_PORT": "14318"})

    text = shown(lambda console: show_processes(console, [python_process("", port=5)], settings))

    assert "http://localhost:5" in text
    assert "Grafana comes with Docker only" in text
    assert "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:14318" in text
    assert 'curl -d \'[{"type":"llm_call"' in text


def test_containers_report_how_to_log_in(tmp_path: Path) -> None:
    """With Docker the table has Grafana and the way to its password."""
    text = shown(lambda console: show_containers(console, read_settings(tmp_path, {})))

    assert "http://localhost:3000" in text
    assert "make password" in text
    assert "shown this once" not in text


def test_the_first_password_is_shown(tmp_path: Path) -> None:
    """Whoever starts the stack for the first time can log in at once."""
    text = shown(lambda console: show_containers(console, read_settings(tmp_path, {}), "fresh-password"))

    assert "fresh-password, shown this once" in text


def statuses(*rows: tuple[str, str, str]) -> str:
    """What the setup service writes of receivers by Slack that are off for a reason, or on without one."""
    named = ("receiver", "integration", "reason")
    return json.dumps([{**dict(zip(named, row, strict=True)), "configured": not row[2]} for row in rows])


def test_receivers_that_are_off_are_named_with_the_reason(tmp_path: Path) -> None:
    """Who is no receiver for alerts is said once for each reason, and nothing about the others."""
    reported = statuses(
        ("critical", "slack", "x: no such file"), ("high", "slack", "x: no such file"), ("low", "email", "")
    )

    text = shown(lambda console: show_receivers(console, reported, read_settings(tmp_path, REACHED), has_grafana=True))

    assert text == "Receivers not configured: critical, high by slack: x: no such file\n"
    assert shown(lambda console: show_receivers(console, "", read_settings(tmp_path, {}), has_grafana=True)) == ""


def test_that_no_one_would_be_notified_is_said_aloud(tmp_path: Path) -> None:
    """The exporter and the heartbeat are no people; what to do is reported."""
    reported = statuses(("exporter", "webhook", ""), ("heartbeat", "webhook", ""), ("high", "slack", "x: no such file"))

    text = shown(lambda console: show_receivers(console, reported, read_settings(tmp_path, {}), has_grafana=True))

    assert "No notification channel is configured: put a Slack webhook's URL into secrets/slack_api_url" in text


def test_the_inbox_is_offered_where_there_is_one(tmp_path: Path) -> None:
    """Its address comes with the sentence about channels."""
    reported = statuses(("inbox", "inbox", ""), ("high", "slack", "x: no such file"))

    text = shown(lambda console: show_receivers(console, reported, read_settings(tmp_path, {}), has_grafana=True))

    assert "No notification channel is configured" in text
    assert "Notifications as they would be sent:  http://localhost:4318/inbox" in text


def test_a_secret_that_came_and_one_that_went_bad_are_named_before_the_next_start(tmp_path: Path) -> None:
    """What runs is what was there at the start; both are said, with what to do about the first."""
    applied = statuses(
        ("high", "slack", "x: no such file"), ("critical", "pagerduty", ""), ("low", "email", "y: empty")
    )
    now = (
        ReceiverStatus(receiver="high", integration="slack", configured=True),
        ReceiverStatus(receiver="critical", integration="pagerduty", configured=False, reason="k: the file is empty"),
        ReceiverStatus(receiver="low", integration="email", configured=False, reason="y: no such file"),
    )

    text = shown(
        lambda console: show_receivers(console, applied, read_settings(tmp_path, REACHED), now, has_grafana=True)
    )

    assert text.splitlines() == [
        "Receivers not configured: low by email: y: no such file",
        "Receivers whose secret no longer works: critical by pagerduty: k: the file is empty",
        "Receivers not yet in use: high by slack; run `make up`.",
    ]


def test_a_stack_that_does_not_run_has_no_receivers_to_speak_of(tmp_path: Path) -> None:
    """Whatever the secrets are."""
    now = (ReceiverStatus(receiver="high", integration="slack", configured=True),)

    assert shown(lambda console: show_receivers(console, "", read_settings(tmp_path, {}), now, has_grafana=True)) == ""


def test_links_that_only_this_machine_can_follow_are_warned_of_once_people_are_notified(tmp_path: Path) -> None:
    """Each variable that is missing, and none where nobody is notified."""
    settings = read_settings(tmp_path, {"WATCHKEEPER_URL": "https://watch.example.com"})

    notified = shown(
        lambda console: show_receivers(console, statuses(("high", "slack", "")), settings, has_grafana=True)
    )
    alone = shown(
        lambda console: show_receivers(console, statuses(("exporter", "webhook", "")), settings, has_grafana=True)
    )

    assert notified == (
        "Links in messages lead to this machine alone: set GRAFANA_URL, ALERTMANAGER_EXTERNAL_URL in .env to addresses "
        "at which people reach them, then run make up.\n"
    )
    assert "Links" not in alone
