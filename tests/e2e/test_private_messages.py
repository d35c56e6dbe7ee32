"""Failing calls full of secrets raise an alert; the messages about it have none of them."""

import json
import secrets
import time
from typing import Any

from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually
from tests.support.planted import PLANTED, found_in

SERVICE = "private-api"


def failing_call() -> dict[str, Any]:
    """Return a span whose prompt, error and status hold secrets."""
    now = time.time_ns()
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "private-provider",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": PLANTED,
        "error.type": "500",
        "exception.message": PLANTED,
    }
    return {
        "traceId": secrets.token_hex(16),
        "spanId": secrets.token_hex(8),
        "name": "chat gpt-4o-mini",
        "kind": 3,
        "startTimeUnixNano": str(now - 1_000_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()],
        "status": {"code": 2, "message": PLANTED},
    }


def test_no_message_repeats_what_someone_said(stack: Stack) -> None:
    """Slack and PagerDuty are notified of the service and of numbers."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]}

    def fail_and_find() -> list[str]:
        spans = [failing_call() for _ in range(10)]
        body = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}
        answer = stack.post("/v1/traces", json.dumps(body).encode(), {"content-type": "application/json"})
        assert answer.status_code == 200
        both = [json.dumps(reported) for reported in (stack.receivers.slack, stack.receivers.pagerduty)]
        return both if all(SERVICE in reported for reported in both) else []

    reported = eventually("both are reported", fail_and_find)

    assert found_in("".join(reported)) == []
