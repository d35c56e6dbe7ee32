"""What Prometheus sums up, beside what was posted."""

from decimal import Decimal
from typing import Any

from tests.e2e.support.endpoints import Endpoints
from tests.e2e.support.payloads import (
    Payload,
    all_names,
    calls_per_model,
    dollars_per_model,
    load,
    tokens_per_model,
)
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually_equal

# `anchored` takes the window's edges from the samples there are and does not extrapolate beyond them.
WINDOW = "[30m] anchored"
# What the payloads report; the misbehaving app of the profile `demo` is none of them.
DEMO = 'service=~"demo-.*", service!="demo-support"'


def post_all(stack: Stack) -> list[Payload]:
    """Post every payload, byte for byte as its client sent it; a scrape lies between any two."""
    payloads = [load(name) for name in all_names()]
    for payload in payloads:
        stack.post_payload(payload)
        stack.let_prometheus_scrape()
    return payloads


def expect_sums(stack: Endpoints, payloads: list[Payload]) -> None:
    """Poll until Prometheus has exactly the calls, tokens and dollars of the payloads; fail with both sides."""
    calls: Any = {(model,): count for model, count in calls_per_model(payloads).items()}
    eventually_equal(lambda: sums(stack, "llm_requests_total", "model"), calls)
    eventually_equal(lambda: sums(stack, "llm_tokens_total", "model", "type"), dict(tokens_per_model(payloads)))
    dollars = {(model,): amount for model, amount in dollars_per_model(payloads).items()}
    eventually_equal(lambda: _money(sums(stack, "llm_cost_dollars_total", "model")), dollars)


def sums(stack: Endpoints, metric: str, *by: str, labels: str = DEMO) -> dict[tuple[str, ...], float]:
    """Increase of a counter over the last half hour by the values of some labels; what is zero is left out."""
    query = f"sum by ({', '.join(by)}) (increase({metric}{{{labels}}}{WINDOW})) > 0"
    return {tuple(found.get(label, "") for label in by): value for found, value in stack.query(query)}


def _money(found: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], Decimal]:
    """Sums of binary numbers as the decimal they stand for: the twelfth digit is far below any price."""
    return {key: Decimal(f"{value:.12f}").normalize() for key, value in found.items()}
