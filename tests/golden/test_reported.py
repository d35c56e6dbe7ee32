"""What clients tell in ways that were once misread: each kind of it, whole, split over requests, and sent twice.

One line of ``reported/<kind>.jsonl`` is a request and what it has to add up to; ``source`` is the public
thread that reports it. The service is the case's own, so that one exporter takes them all.
"""

import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.samples import Sample
from tests.support.exporter import JSON, run_exporter

CASES = [
    json.loads(line)
    for file in sorted((Path(__file__).parent / "reported").glob("*.jsonl"))
    for line in file.read_text().splitlines()
]
SIGNALS = (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))
TOKENS = ("input", "output", "cached_input", "cache_write", "reasoning")
MODES = ("whole", "split", "twice", "split and twice")


def parts_of(body: Any) -> Iterator[Any]:
    """The request as one request for each of its records."""
    if isinstance(body, list):
        yield from ([event] for event in body)
        return
    if "batch" in body:
        yield from ({**body, "batch": [event]} for event in body["batch"])
        return
    for holder, scoped, records in SIGNALS:
        for resource in body.get(holder, ()):
            for scope in resource[scoped]:
                for record in scope[records]:
                    yield {holder: [{**resource, scoped: [{**scope, records: [record]}]}]}


def requests_of(mode: str) -> list[tuple[str, Any]]:
    """The requests of all cases; native events have no identity, so one sent twice is two."""
    requests: list[tuple[str, Any]] = []
    for case in CASES:
        bodies = list(parts_of(case["body"])) if "split" in mode else [case["body"]]
        times = 2 if "twice" in mode and case["path"] != "/v1/events" else 1
        requests += [(case["path"], body) for body in bodies for _ in range(times)]
    if "split" in mode:
        random.Random(7).shuffle(requests)
    return requests


@pytest.fixture(scope="module", params=MODES)
def samples(request: pytest.FixtureRequest) -> list[Sample]:
    """What the exporter counted of all cases, sent in one of the modes."""
    with run_exporter() as exporter:
        for path, body in requests_of(request.param):
            response = exporter.client.post(f"http://testserver{path}", content=json.dumps(body), headers=JSON)
            assert response.status_code in (200, 207), response.text
    return exporter.samples()


def counted(samples: list[Sample], service: str) -> dict[str, Any]:
    """What was counted of one service, in the words of an expectation."""
    own = [sample for sample in samples if sample.labels.get("service") == service and sample.value]

    def total(name: str, **labels: str) -> float:
        return sum(s.value for s in own if s.name == name and labels.items() <= s.labels.items())

    calls = [sample.labels for sample in own if sample.name == "llm_requests_total"]
    return {
        "calls": total("llm_requests_total"),
        "tool_calls": total("llm_tool_calls_total"),
        "cost_usd": round(total("llm_cost_dollars_total"), 10),
        **{f"{kind}_tokens": total("llm_tokens_total", type=kind) for kind in TOKENS},
        **{label: {labels[label] for labels in calls} for label in ("status", "model", "provider")},
    }


def expected(case: Mapping[str, Any], got: Mapping[str, Any]) -> dict[str, Any]:
    """The expectation, in the types of what was counted."""
    return {name: {value} if isinstance(got[name], set) else float(value) for name, value in case["expected"].items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_it_adds_up_to_what_happened(case: Mapping[str, Any], samples: list[Sample]) -> None:
    """Calls, tokens, dollars and labels are those of the case, however it was sent."""
    got = counted(samples, case["name"])
    wanted = expected(case, got)

    assert {name: got[name] for name in wanted} == wanted
