"""LiteLLM's table made small, from entries of every kind that it has."""

import json
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from watchkeeper.prices.condense import as_lines, condense, without_price
from watchkeeper.prices.litellm import Listed, LitellmFile, LitellmPrices

ENTRY = {"mode": "chat", "litellm_provider": "openai", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}


def read(entries: object) -> dict[str, dict[str, Listed]]:
    """The table as the package's JSON is read."""
    return condense(json.loads(json.dumps(entries), parse_float=Decimal))


def one(**changes: object) -> Listed:
    """What is left of one entry."""
    ((listed,),) = (models.values() for models in read({"m": {**ENTRY, **changes}}).values())
    return listed


def test_prices_are_exact_and_per_million() -> None:
    """A price like 2.8e-07 is 0.28 dollars per million, and no binary fraction of it."""
    listed = one(
        input_cost_per_token=2.8e-07,
        cache_read_input_token_cost=2.8e-08,
        cache_creation_input_token_cost_above_1hr=6e-06,
        input_cost_per_audio_token=1e-04,
        search_context_cost_per_query={"search_context_size_medium": 0.01, "search_context_size_high": 0.05},
        max_input_tokens=128000,
        deprecation_date="2026-12-01",
    )

    assert listed.input == Decimal("0.28")
    assert listed.cached_input == Decimal("0.028")
    assert listed.cache_write_1h == Decimal(6)
    assert listed.input_audio == Decimal(100)
    assert listed.web_search == Decimal("0.01")
    assert (listed.window, listed.retired) == (128000, date(2026, 12, 1))


def test_tiers_and_sizes_have_prices_of_their_own() -> None:
    """Batch, priority and what lies beyond a size of the input, also of a tier."""
    listed = one(
        input_cost_per_token_batches=5e-07,
        output_cost_per_token_batches=1e-06,
        input_cost_per_token_above_200k_tokens=2e-06,
        output_cost_per_token_above_200k_tokens=3e-06,
        input_cost_per_token_above_200k_tokens_batches=1e-06,
        output_cost_per_token_above_200k_tokens_batches=2e-06,
        input_cost_per_token_flex=1e-07,
    )

    assert listed.steps["200000"].output == 3
    assert listed.tiers["batch"].input == Decimal("0.5")
    assert listed.tiers["batch"].steps["200000"].output == 2
    assert "flex" not in listed.tiers, "half a price is none"


def test_ranges_are_steps() -> None:
    """Prices by ranges of the input are read like others."""
    ranges = [
        {"range": [0, 32000.0], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
        {"range": [32000.0, 128000.0], "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06},
    ]

    listed = read({"m": {"mode": "chat", "litellm_provider": "dashscope", "tiered_pricing": ranges}})["dashscope"]["m"]

    assert (listed.input, listed.steps["32000"].input) == (1, 3)


@pytest.mark.parametrize(
    ("key", "changes", "provider", "name"),
    [
        ("xai/grok-5", {"litellm_provider": "xai"}, "x_ai", "grok-5"),
        ("vertex_ai/x", {"litellm_provider": "vertex_ai-llama_models"}, "gcp.vertex_ai", "x"),
        ("eu.amazon.nova", {"litellm_provider": "bedrock_converse"}, "aws.bedrock", "eu.amazon.nova"),
        ("Together_ai/Qwen/Q", {"litellm_provider": "together_ai"}, "together", "qwen/q"),
        ("azure/gpt-4o", {"litellm_provider": "azure"}, "azure.ai.openai", "gpt-4o"),
    ],
)
def test_names_are_those_of_telemetry(key: str, changes: dict[str, object], provider: str, name: str) -> None:
    """Providers have the conventions' names, and models the names that clients send."""
    assert read({key: {**ENTRY, **changes}}) == {provider: {name: one()}}


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("bedrock/us-east-1/anthropic.claude", {"litellm_provider": "bedrock"}),
        ("azure/eu/gpt-4o", {"litellm_provider": "azure"}),
        ("ollama/llama3", {"litellm_provider": "ollama"}),
        ("m", {"input_cost_per_token": 0, "output_cost_per_token": 0.0}),
        ("m", {"output_cost_per_token": None}),
        ("m", {"input_cost_per_token": "a lot"}),
        ("m", {"input_cost_per_token": -1e-06}),
        ("m", {"mode": "image_generation"}),
        ("m", {"litellm_provider": None}),
    ],
)
def test_what_cannot_price_a_call_is_left_out(key: str, changes: dict[str, object]) -> None:
    """A price of zero is a gap of the table and no gift; half a price, a region or a picture prices no call."""
    assert read({key: {**ENTRY, **changes}}) == {}


def test_zero_for_a_cache_is_no_price() -> None:
    """Where a write to the cache "costs 0" it costs what input costs, as in the list of the provider."""
    assert one(cache_creation_input_token_cost=0.0).cache_write is None


def test_models_without_a_price_are_named() -> None:
    """What chats and has no price is on a list of its own."""
    priced = {**ENTRY, "input_cost_per_token": Decimal("1e-06"), "output_cost_per_token": Decimal("2e-06")}
    unpriced = {**ENTRY, "input_cost_per_token": 0, "output_cost_per_token": 0}

    assert without_price({"m": unpriced, "n": priced, "p": {**unpriced, "mode": "search"}}) == {"openai": ["m"]}


def test_what_is_written_is_what_is_read() -> None:
    """The lines of the file give the same prices back."""
    models = {"openai": {"m": one(deprecation_date="2026-12-01")}, "x_ai": {'a"b': one()}}

    text = f"{{{''.join(as_lines(models))}}}"

    assert msgspec.json.decode(text, type=dict[str, dict[str, Listed]], strict=False) == models


def test_a_file_prices_by_name() -> None:
    """The reader finds a model whatever its case, at another name of its provider, and as Fireworks' resource."""
    models = {"fireworks": {"accounts/fireworks/models/glm": one()}, "gcp.gemini": {"g": one()}}
    head = '"version": "1", "published": "2026-11-20", "licence": "", "without_price": {}'
    raw = f'{{{head}, "models": {{{"".join(as_lines(models))}}}}}'
    table = LitellmPrices(msgspec.json.decode(raw, type=LitellmFile))

    found = [table.rates_by_size(*asked) for asked in (("fireworks", "GLM"), ("gcp.vertex_ai", "g"), ("google", "g"))]

    assert all(found)
    assert table.rates_by_size("openai", "g") is None
