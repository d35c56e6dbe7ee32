"""What was posted is what Prometheus sums up, to the last token and the last cent."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.e2e.support.payloads import Payload, dollars_per_model, tokens_per_model
from tests.e2e.support.stack import Stack, start_stack
from tests.e2e.support.sums import expect_sums, post_all, sums
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


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A bundle of its own: sums are exact only where no other test posts."""
    with ExitStack() as exits:
        yield start_stack(tmp_path_factory.mktemp("bundle"), exits)


@pytest.fixture(scope="module")
def posted(stack: Stack) -> list[Payload]:
    """Every payload that there is, posted to that bundle."""
    return post_all(stack)


def test_sums_equal_what_was_posted(stack: Stack, posted: list[Payload]) -> None:
    """Calls, tokens and dollars per model equal the posted ones, also of models that came later than others."""
    expect_sums(stack, posted)


def test_a_retried_export_counts_once(stack: Stack, posted: list[Payload]) -> None:
    """A client that got no answer sends the same spans again; they are no new calls."""
    before = sums(stack, "llm_requests_total", "model")

    stack.post_payload(next(payload for payload in posted if payload.name == "chat"))
    stack.let_prometheus_scrape()

    assert sums(stack, "llm_requests_total", "model") == before


def test_what_has_no_price_is_counted_and_not_zero(stack: Stack, posted: list[Payload]) -> None:
    """Models that no one can price, and calls whose tokens no one reported, have no cost; a counter reports each."""
    unpriced = {model for model, _ in tokens_per_model(posted)} - set(dollars_per_model(posted))
    silent = Counter((call["model"],) for payload in posted for call in payload.calls if _is_silent(call))

    metric = "llm_unpriced_requests_total"
    without_price = sums(stack, metric, "model", labels='reason!="no_usage",provider="openai"')
    without_usage = sums(stack, metric, "model", labels='reason="no_usage",provider="openai"')

    assert unpriced
    assert set(without_price) == {(model,) for model in unpriced}
    assert without_usage == silent
    assert not sums(stack, "llm_cost_dollars_total", "model", labels=f'model=~"{"|".join(unpriced)}"')


def test_tools_and_retrievals_are_counted(stack: Stack, posted: list[Payload]) -> None:
    """The official helper's tool and retrieval spans are counted by tool, retriever and outcome."""
    assert posted

    tools = eventually("tools", lambda: sums(stack, "llm_tool_calls_total", "tool", "status"))
    retrievals = eventually("retrievals", lambda: sums(stack, "llm_retrievals_total", "status"))

    assert tools == {("get_weather", "ok"): 1, ("convert_temperature", "ok"): 1, ("get_weather", "timeout"): 1}
    assert retrievals == {("ok",): 1}


def test_sums_survive_a_clean_restart(stack: Stack, posted: list[Payload]) -> None:
    """A model that is new in the middle of the window, and a restart of the exporter in it, lose nothing."""
    stack.post_payload(LATE)
    stack.let_prometheus_scrape()

    stack.restart("exporter")
    stack.post_payload(LATE)

    expect_sums(stack, [*posted, LATE, LATE])


def _is_silent(call: dict[str, Any]) -> bool:
    return call["status"] == ["ok"] and not any(call["tokens"].values())
