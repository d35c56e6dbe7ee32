"""A high alert that no one fixes becomes a page, under its own name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually

SERVICE = "limping-api"
ALERT = "LLMErrorRateHigh"
FAILED = {"status": "error", "error_type": "server"}
CALL = {"type": "llm_call", "service": SERVICE, "provider": "limping", "model": "gpt-4o-mini"}
# One call in ten fails: more than 5 %, less than the quarter that would be critical at once.
CALLS = json.dumps([CALL | FAILED, *[CALL] * 9]).encode()


@pytest.fixture(scope="module")
def page(stack: Stack) -> dict[str, Any]:
    """What PagerDuty receives while the service limps on."""

    def limp_until(find: Callable[[], Any]) -> Callable[[], Any]:
        def limp_and_find() -> Any:
            assert stack.post("/v1/events", CALLS, {"content-type": "application/json"}).is_success
            return find()

        return limp_and_find

    eventually("Slack is notified of a high alert", limp_until(lambda: _titles(stack, "[HIGH]")))
    found: dict[str, Any] = eventually("PagerDuty is reported", limp_until(lambda: _page(stack)))
    return found


def test_the_page_says_what_no_one_has_fixed(page: dict[str, Any]) -> None:
    """It has the name and the runbook of what is wrong, not of the escalation."""
    assert page["payload"]["summary"].startswith(f"[CRITICAL] {ALERT}: {SERVICE}, unresolved")
    assert page["payload"]["severity"] == "critical"
    assert any(link["href"].endswith(f"/runbooks/{ALERT}") for link in page["links"])


def test_slack_hears_the_page_too(stack: Stack, page: dict[str, Any]) -> None:
    """Beside PagerDuty, as every critical alert does."""
    assert page

    assert eventually("Slack is reported", lambda: _titles(stack, "[CRITICAL]"))


def _titles(stack: Stack, severity: str) -> list[str]:
    titles = [attachment["title"] for body in stack.receivers.slack for attachment in body["attachments"]]
    return [title for title in titles if title.startswith(severity) and SERVICE in title]


def _page(stack: Stack) -> dict[str, Any] | None:
    """What was escalated: another alert of the service may be a page, too."""
    events = (event for event in stack.receivers.pagerduty if event["payload"].get("component") == SERVICE)
    return next((event for event in events if ALERT in event["payload"]["summary"]), None)
