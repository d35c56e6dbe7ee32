"""Series end when they are not used, sums over their return are right to the last cent, and no one takes all series."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
from tests.e2e.support.stack import PROJECT, Stack, start_stack
from tests.e2e.support.waiting import eventually

IDLE_SECONDS = 6
SERIES = 4000
JSON = {"content-type": "application/json"}
SERVICES = ("comes-back", "goes-on")
PRICE = Decimal("0.0123456789")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bundle of its own, whose series end after seconds."""
    folder = tmp_path_factory.mktemp("bundle")
    config = folder / "watchkeeper.yml"
    shipped = (PROJECT / "watchkeeper.yml").read_text(encoding="utf-8")
    limits = f"limits:\n  idle_seconds: {IDLE_SECONDS}\n  series: {SERIES}\n"
    config.write_text(shipped.replace("limits:\n", limits, 1), encoding="utf-8")
    with ExitStack() as exits:
        yield start_stack(folder, exits, environ={"WATCHKEEPER_CONFIG": str(config)})


def send(stack: Stack, service: str, calls: int) -> None:
    """Send calls with their own price."""
    call = {"type": "llm_call", "service": service, "model": "m", "provider": "openai", "cost_usd": str(PRICE)}
    body = json.dumps([{**call, "duration_seconds": 1.5}] * calls).encode()
    assert stack.post("/v1/events", body, JSON).status_code == 200


def shown(stack: Stack) -> set[str]:
    """The services that a scrape has calls of."""
    text = stack.client.get(stack.url("exporter", "/metrics")).text
    return {name for name in SERVICES if f'llm_requests_total{{service="{name}"' in text}


def go_on_until_it_ended(stack: Stack, services: Callable[[Stack], set[str]]) -> int:
    """Send calls of the other service until these are of no other one; return how many."""
    sent = 0

    def has_ended() -> bool:
        nonlocal sent
        send(stack, "goes-on", 1)
        sent += 1
        return services(stack) == {"goes-on"}

    eventually("the series ends", has_ended)
    return sent


def stored(stack: Stack) -> set[str]:
    """The services that Prometheus has calls of now."""
    return set(sums(stack, "sum by (service) (llm_requests_total)"))


def sums(stack: Stack, query: str) -> dict[str, float]:
    """The query's values by service."""
    return {labels["service"]: value for labels, value in stack.query(query) if labels.get("service") in SERVICES}


def test_sums_over_an_end_and_a_return_are_exact(stack: Stack) -> None:
    """Three lives of a series, of five, two and one calls: eight calls, and their dollars, in Prometheus."""
    others = 0
    for calls in (5, 2, 1):
        send(stack, "comes-back", calls)
        stack.let_prometheus_scrape()
        others += go_on_until_it_ended(stack, shown)
        stack.let_prometheus_scrape()
    # The other one ends, too, when nothing of it comes while sums are waited for.
    others += go_on_until_it_ended(stack, stored)

    expected = {"comes-back": 8, "goes-on": others}

    def agree(metric: str, factor: Decimal) -> bool:
        found = sums(stack, f"sum by (service) (increase({metric}[30m] anchored))")
        return {name: Decimal(f"{value:.10f}") for name, value in found.items()} == {
            name: count * factor for name, count in expected.items()
        }

    eventually("the calls", lambda: agree("llm_requests_total", Decimal(1)))
    eventually("the dollars", lambda: agree("llm_cost_dollars_total", PRICE))
    eventually("the durations", lambda: agree("llm_request_duration_seconds_count", Decimal(1)))


def test_a_service_that_comes_late_has_its_name_and_its_alert(stack: Stack) -> None:
    """Another has invented names until it lost detail; the calls of the late one fail, and people are notified."""
    names = ("model", "prompt", "prompt_version", "tenant")
    invented = [
        {"type": "llm_call", "service": "noisy", "duration_seconds": 1, **{name: f"{name}-{n}" for name in names}}
        for n in range(300)
    ]
    assert stack.post("/v1/events", json.dumps(invented).encode(), JSON).status_code == 200
    failed = {"type": "llm_call", "service": "late", "model": "gpt-4o", "provider": "openai", "status": "error"}
    body = json.dumps([{**failed, "error_type": "bad_request"}] * 10).encode()

    def reported() -> bool:
        stack.post("/v1/events", json.dumps(invented[:50]).encode(), JSON)
        stack.post("/v1/events", body, JSON)
        return any("LLMErrorRateHigh" in str(sent) and "late" in str(sent) for sent in stack.receivers.slack)

    eventually("Slack is notified of the late service", reported)

    of_late = eventually("its calls", lambda: stack.query('llm_requests_total{model="gpt-4o"}'))
    assert {labels["service"] for labels, _ in of_late} == {"late"}
    lost = 'sum by (service) (increase(watchkeeper_label_overflow_total{reason="series_limit"}[30m] anchored)) > 0'
    assert {labels["service"] for labels, _ in stack.query(lost)} == {"noisy"}
    eventually("all calls of the other", lambda: sums_of(stack, "noisy") >= len(invented))


def sums_of(stack: Stack, service: str) -> float:
    """All calls of a service, under whatever names."""
    return sum(value for _, value in stack.query(f'sum(llm_requests_total{{service="{service}"}})'))
