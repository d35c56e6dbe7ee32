"""Text of any kind in the fields of a call: Prometheus goes on scraping, and no series comes of it but the call's."""

import json

import pytest
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually, eventually_equal
from tests.support.hostile import HOSTILE

FIELDS = ("trace_id", "span_id", "team", "tenant", "agent", "prompt", "prompt_version", "session_id", "environment")
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_prometheus_goes_on(stack: Stack, hostile: str) -> None:
    """A call with the text everywhere is counted by a scrape that ends without an error."""
    service = f"hostile-{list(HOSTILE.values()).index(hostile)}"
    call = dict.fromkeys(FIELDS, hostile) | {"type": "llm_call", "service": service, "duration_seconds": 1}

    answer = stack.post("/v1/events", json.dumps({**call, "model": f"m{hostile}"}).encode(), JSON)

    assert answer.status_code == 200
    stack.let_prometheus_scrape()
    counted = eventually("the call", lambda: stack.query(f'llm_requests_total{{service="{service}"}}'))
    assert [value for _, value in counted] == [1]
    assert stack.query('{service="bank"}') == []
    # One that a busy machine did not finish within its second is followed by others.
    eventually_equal(lambda: last_error(stack), "")


def last_error(stack: Stack) -> str:
    """What Prometheus says of its last scrape of the exporter."""
    targets = stack.client.get(stack.url("prometheus", "/api/v1/targets")).json()["data"]["activeTargets"]
    (error,) = [str(target["lastError"]) for target in targets if target["labels"]["job"] == "exporter"]
    return error
