"""Calls that the tests send themselves: so many of a service, good or failed, and what became of them."""

import json
from collections.abc import Callable
from typing import Any

from tests.compose.bundle import ComposeBundle
from tests.compose.commands import log
from tests.e2e.support.receivers import Receivers
from tests.e2e.support.waiting import eventually

JSON = {"content-type": "application/json"}
ALERT = "LLMErrorRateHigh"


def send_calls(bundle: ComposeBundle, service: str, count: int) -> None:
    """Report good calls of a service; the exporter must take them."""
    call = {"type": "llm_call", "service": service, "provider": "openai", "model": "gpt-4o-mini", "input_tokens": 10}
    answer = bundle.post("/v1/events", json.dumps([call] * count).encode(), JSON)
    assert answer.is_success, answer.text


def succeed_until(bundle: ComposeBundle, service: str, what: str, find: Callable[[], Any]) -> Any:
    """Let calls of a service succeed, again and again, until ``find`` gives something: so failures are over."""

    def succeed_and_find() -> Any:
        send_calls(bundle, service, 10)
        return find()

    found = eventually(what, succeed_and_find, seconds=200)
    log.info("%s: yes", what)
    return found


def fail_until(bundle: ComposeBundle, service: str, what: str, find: Callable[[], Any]) -> Any:
    """Let calls of a service fail, again and again, until ``find`` gives something.

    The calls are at fault, not the provider: an outage of the provider would mute what is said of the service.
    """
    call = {"type": "llm_call", "service": service, "provider": "openai", "model": "gpt-4o-mini"}
    failures = json.dumps([call | {"status": "error", "error_type": "bad_request"}] * 10).encode()

    def fail_and_find() -> Any:
        bundle.post("/v1/events", failures, JSON)
        return find()

    found = eventually(what, fail_and_find, seconds=120)
    log.info("%s: yes", what)
    return found


def count_in_prometheus(bundle: ComposeBundle, service: str) -> float:
    """Return how many calls of a service Prometheus has seen in the last half hour."""
    found = bundle.query(f'sum(increase(llm_requests_total{{service="{service}"}}[30m] anchored))')
    return found[0][1] if found else 0.0


def count_in_loki(bundle: ComposeBundle, service: str) -> int:
    """Return how many lines of a service's calls Loki has."""
    return len(bundle.lines(f'{{event="llm_call_completed", service="{service}"}}'))


def expect_counted(bundle: ComposeBundle, service: str, count: int) -> None:
    """Wait until Prometheus has exactly so many calls; more or less of them fails."""
    eventually(
        f"{count} calls of {service} in Prometheus", lambda: count_in_prometheus(bundle, service) == count, seconds=60
    )


def expect_lines(bundle: ComposeBundle, service: str, count: int) -> None:
    """Wait until Loki has so many lines, each once."""
    eventually(f"{count} lines of {service} in Loki", lambda: count_in_loki(bundle, service) >= count, seconds=90)
    assert count_in_loki(bundle, service) == count


def slack(receivers: Receivers, service: str, color: str) -> dict[str, Any] | None:
    """Return the last message of that colour about the alert of a service."""
    return next(
        (
            message
            for message in reversed(receivers.slack)
            for attachment in message["attachments"]
            if attachment["color"] == color and ALERT in attachment["title"] and service in json.dumps(attachment)
        ),
        None,
    )


def pagerduty(receivers: Receivers, service: str, action: str) -> dict[str, Any] | None:
    """Return the last event of that action about a service."""
    return next(
        (
            event
            for event in reversed(receivers.pagerduty)
            if event["event_action"] == action and service in json.dumps(event)
        ),
        None,
    )
