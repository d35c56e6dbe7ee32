"""Every call is a line in Loki, found by its trace id, on the way through Promtail."""

import json
import time
from collections import Counter
from decimal import Decimal

import pytest
from tests.e2e.support.payloads import Payload, all_names, load
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually

from watchkeeper.engines.windows import Window
from watchkeeper.operator.showback.spending import Spending

WITH_CALLS = [name for name in all_names() if load(name).calls]


@pytest.mark.parametrize("name", WITH_CALLS)
def test_each_call_is_found_by_its_trace_id(stack: Stack, posted: list[Payload], name: str) -> None:
    """As many lines as calls, with the model and the tokens of each."""
    payload = next(payload for payload in posted if payload.name == name)
    query = f'{{event="llm_call_completed"}} | trace_id=~"{"|".join(sorted(payload.trace_ids))}"'

    found = eventually("a line per call", lambda: _all(stack, query, len(payload.calls)))

    reported = Counter((line["model"], line.get("input_tokens", 0), line.get("output_tokens", 0)) for line in found)
    assert reported == Counter(
        (call["model"], call["tokens"]["input"], call["tokens"]["output"]) for call in payload.calls
    )


def test_trace_ids_are_metadata_and_labels_are_few(stack: Stack) -> None:
    """Streams are made of service, event, level and env only; the rest is found without making streams."""
    series = stack.client.get(stack.url("loki", "/loki/api/v1/labels"), params={"since": "1h"}).json()["data"]

    assert set(series) <= {"service", "event", "level", "env"}


def test_loki_and_promtail_are_not_fed_back(stack: Stack) -> None:
    """Their own lines would each make the next one."""
    assert stack.lines('{service=~"loki|promtail|watchkeeper-loki|watchkeeper-promtail", event=""}') == []


def test_the_correlation_id_of_an_answer_finds_its_line(stack: Stack) -> None:
    """What the client was reported leads to what the exporter did."""
    answer = stack.post("/v1/events", b'[{"type":"llm_call","model":"gpt-4o","service":"correlated"}]', {})
    correlation_id = answer.headers["x-correlation-id"]

    query = f'{{event="http_request_completed"}} | correlation_id="{correlation_id}"'
    lines = eventually("the request's line", lambda: stack.lines(query))

    assert json.loads(lines[0]["line"])["route"] == "/v1/events"


def test_users_are_billed_by_their_lines(stack: Stack) -> None:
    """Each hash has its own dollars; who has no user is in the sum alone."""
    began = time.time()
    # Less than a cent together: the panels of the shared stack show what all of its calls cost.
    calls = [("billed-1", "0.000125"), ("billed-2", "0.002"), ("billed-1", "0.00025"), ("", "0.004")]
    events = [
        {"type": "llm_call", "model": "gpt-4o", "service": "billed", "user_id": user, "cost_usd": usd}
        for user, usd in calls
    ]
    stack.post("/v1/events", json.dumps(events).encode(), {})
    query = '{service="billed", event="llm_call_completed"}'
    lines = eventually("every line", lambda: _all(stack, query, len(calls)))
    spending = Spending(stack.client, stack.url("prometheus", ""), stack.url("loki", ""))

    found = spending.by_user(Window(start=began - 60, end=time.time() + 1))

    hashes = {str(line["user_hash"]) for line in lines if "user_hash" in line}
    spent = sorted((found[user].usd, found[user].calls) for user in hashes)
    assert spent == [(Decimal("0.000375"), 2), (Decimal("0.002"), 1)]
    assert "" not in found


def _all(stack: Stack, query: str, count: int) -> list[dict[str, object]]:
    lines = stack.lines(query)
    return [json.loads(line["line"]) for line in lines] if len(lines) >= count else []
