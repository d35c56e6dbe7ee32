"""What was posted is what Prometheus sums up, to the last token and the last cent."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.e2e.support.payloads import (
    Payload,
    calls_per_model,
    dollars_per_model,
    tokens_per_model,
)
from tests.e2e.support.stack import Stack
from tests.e2e.support.waiting import eventually

# A model whose first call comes while the window is open already, and goes on after a restart of the exporter.
LATE = Payload(
    name="late",
    path="/v1/events",
    headers={"content-type": "application/json"},
    body=json.dumps(
        [
            {
                "type": "llm_call",
                "service": "demo-late",
                "provider": "openai",
                "model": "gpt-4o",
                "input_tokens": 1000,
                "cached_input_tokens": 400,
                "output_tokens": 7,
            }
        ]
        * 3
    ).encode(),
    calls=[
        {
            "model": "gpt-4o",
            "provider": "openai",
            "tokens": {"input": 1000, "cached_input": 400, "cache_write": 0, "output": 7, "reasoning": 0},
        }
    ]
    * 3,
)

# `anchored` takes the window's edges from the samples there are and does not extrapolate beyond them.
WINDOW = "[30m] anchored"
DEMO = 'service=~"demo-.*"'


def test_sums_equal_what_was_posted(stack: Stack, posted: list[Payload]) -> None:
    """Calls, tokens and dollars per model equal the posted ones, also of models that came later than others."""
    _expect_sums(stack, posted)


def test_a_retried_export_counts_once(stack: Stack, posted: list[Payload]) -> None:
    """A client that got no answer sends the same spans again; they are no new calls."""
    before = _sums(stack, "llm_requests_total", "model")

    stack.post_payload(next(payload for payload in posted if payload.name == "chat"))
    stack.let_prometheus_scrape()

    assert _sums(stack, "llm_requests_total", "model") == before


def test_what_has_no_price_is_counted_and_not_zero(stack: Stack, posted: list[Payload]) -> None:
    """Models that nobody can price, and calls whose tokens nobody told, have no cost; a counter tells each."""
    unpriced = {model for model, _ in tokens_per_model(posted)} - set(dollars_per_model(posted))
    silent = Counter((call["model"],) for payload in posted for call in payload.calls if _is_silent(call))

    metric = "llm_unpriced_requests_total"
    without_price = _sums(stack, metric, "model", labels='reason!="no_usage",provider="openai"')
    without_usage = _sums(stack, metric, "model", labels='reason="no_usage",provider="openai"')

    assert unpriced
    assert set(without_price) == {(model,) for model in unpriced}
    assert without_usage == silent
    assert not _sums(stack, "llm_cost_dollars_total", "model", labels=f'model=~"{"|".join(unpriced)}"')


def test_tools_and_retrievals_are_counted(stack: Stack, posted: list[Payload]) -> None:
    """The official helper's tool and retrieval spans are counted by tool, retriever and outcome."""
    assert posted

    tools = eventually("tools", lambda: _sums(stack, "llm_tool_calls_total", "tool", "status"))
    retrievals = eventually("retrievals", lambda: _sums(stack, "llm_retrievals_total", "status"))

    assert tools == {("get_weather", "ok"): 1, ("convert_temperature", "ok"): 1, ("get_weather", "timeout"): 1}
    assert retrievals == {("ok",): 1}


def test_sums_survive_a_clean_restart(stack: Stack, posted: list[Payload]) -> None:
    """A model that is new in the middle of the window, and a restart of the exporter in it, lose nothing."""
    stack.post_payload(LATE)
    stack.let_prometheus_scrape()

    stack.restart("exporter")
    stack.post_payload(LATE)

    _expect_sums(stack, [*posted, LATE, LATE])


def _is_silent(call: dict[str, Any]) -> bool:
    return call["status"] == ["ok"] and not any(call["tokens"].values())


def _expect_sums(stack: Stack, payloads: list[Payload]) -> None:
    calls: Any = {(model,): count for model, count in calls_per_model(payloads).items()}
    _expect(lambda: _sums(stack, "llm_requests_total", "model"), calls)
    _expect(lambda: _sums(stack, "llm_tokens_total", "model", "type"), dict(tokens_per_model(payloads)))
    dollars = {(model,): amount for model, amount in dollars_per_model(payloads).items()}
    _expect(lambda: _money(_sums(stack, "llm_cost_dollars_total", "model")), dollars)


def _expect(find: Callable[[], Any], expected: Any) -> None:
    """Poll until the sums are there; the last ones are shown beside the expected ones when they never come."""
    seen: list[Any] = []

    def matches() -> bool:
        seen.append(find())
        return bool(seen[-1] == expected)

    try:
        eventually("the sums", matches)
    except AssertionError:
        assert seen[-1] == expected


def _sums(stack: Stack, metric: str, *by: str, labels: str = DEMO) -> dict[tuple[str, ...], float]:
    query = f"sum by ({', '.join(by)}) (increase({metric}{{{labels}}}{WINDOW})) > 0"
    return {tuple(found.get(label, "") for label in by): value for found, value in stack.query(query)}


def _money(sums: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], Decimal]:
    """Sums of binary numbers as the decimal they stand for: the twelfth digit is far below any price."""
    return {key: Decimal(f"{value:.12f}").normalize() for key, value in sums.items()}
