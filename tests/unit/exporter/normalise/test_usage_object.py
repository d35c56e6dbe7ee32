import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.exporter.normalise.usage_object import read_cost, read_usage
from watchkeeper.model import Usage

OPENAI = {
    "prompt_tokens": 1047,
    "completion_tokens": 135,
    "total_tokens": 1182,
    "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 1024},
    "completion_tokens_details": {"reasoning_tokens": 128},
}
RESPONSES = {
    "input_tokens": 1043,
    "input_tokens_details": {"cache_write_tokens": 5, "cached_tokens": 1024},
    "output_tokens": 135,
    "output_tokens_details": {"reasoning_tokens": 128},
    "total_tokens": 1178,
}
JAVASCRIPT = {
    "input": 11,
    "output": 7,
    "total": 1170,
    "input_cached_tokens": 1024,
    "input_audio_tokens": 0,
    "output_reasoning_tokens": 128,
}
LANGCHAIN = {
    "input": 40,
    "output": 10,
    "total": 1330,
    "input_cache_read": 1024,
    "input_ephemeral_5m_input_tokens": 256,
    "input_priority": 40,
}
GEMINI = {
    "prompt_token_count": 100,
    "candidates_token_count": 20,
    "thoughts_token_count": 30,
    "cached_content_token_count": 60,
    "total_token_count": 150,
}


@pytest.mark.parametrize(
    ("fields", "usage"),
    [
        pytest.param(OPENAI, Usage(input=1047, output=135, cached_input=1024, reasoning=128), id="OpenAI's own"),
        pytest.param(
            RESPONSES,
            Usage(input=1043, output=135, cached_input=1024, cache_write=5, reasoning=128),
            id="the Responses API's own",
        ),
        pytest.param(
            JAVASCRIPT,
            Usage(input=1035, output=135, cached_input=1024, reasoning=128),
            id="the JavaScript wrapper's buckets",
        ),
        pytest.param(
            LANGCHAIN,
            Usage(input=1320, output=10, cached_input=1024, cache_write=256),
            id="the LangChain handler's buckets, its tiers counted once",
        ),
        pytest.param(
            GEMINI,
            Usage(input=100, output=50, cached_input=60, reasoning=30),
            id="Gemini counts the cache inside and thoughts beside",
        ),
        pytest.param(
            {"input": 120, "output": 30, "cache_read_input_tokens": 80, "reasoning": 0, "total": 150},
            Usage(input=120, output=30, cached_input=80, reasoning=0),
            id="by hand, with a total that includes the cache",
        ),
        pytest.param(
            {"input": 40, "output": 10, "cache_read_input_tokens": 1024, "cache_creation_input_tokens": 256},
            Usage(input=1320, output=10, cached_input=1024, cache_write=256),
            id="Anthropic's numbers by hand, without a total",
        ),
        pytest.param(
            {"input": 2000, "output": 10, "cache_read_input_tokens": 1024},
            Usage(input=3024, output=10, cached_input=1024),
            id="without a total, buckets are separate",
        ),
        pytest.param({"input": 10, "output": 5}, Usage(input=10, output=5), id="two numbers"),
        pytest.param({"input": "10", "output": None, "total": "10"}, Usage(input=10), id="numbers as text"),
        pytest.param({"input": -1, "output": 2.5}, Usage(), id="numbers that are no counts"),
        pytest.param([1, 2], Usage(), id="no object"),
    ],
)
def test_every_integration_ends_in_totals(fields: object, usage: Usage) -> None:
    """Input includes caches and output includes reasoning, whichever integration counted them."""
    assert read_usage(json.dumps(fields)) == usage


@given(st.dictionaries(st.sampled_from([*OPENAI, *JAVASCRIPT, *LANGCHAIN, *GEMINI]), st.integers(0, 10**6)))
def test_subsets_never_exceed_a_reported_total(fields: dict[str, Any]) -> None:
    """Whatever buckets are there, the whole input holds what was cached, and the whole output the reasoning."""
    usage = read_usage(json.dumps(fields))

    if usage.input is not None:
        assert (usage.cached_input or 0) + (usage.cache_write or 0) <= usage.input
    if usage.output is not None:
        assert (usage.reasoning or 0) <= usage.output


@given(st.text() | st.binary() | st.integers() | st.floats() | st.none() | st.lists(st.integers()))
def test_any_value_is_read(value: Any) -> None:
    """Usage of any shape is read or left out, and never an error."""
    assert read_usage(value) is not None
    assert read_cost(value) is None or read_cost(value) >= 0


@pytest.mark.parametrize(
    ("fields", "cost"),
    [
        pytest.param({"input": 0.1, "output": 0.2, "total": 0.3}, Decimal("0.3"), id="the total"),
        pytest.param({"input": 0.1, "output": 0.2}, Decimal("0.3"), id="the sum of the parts"),
        pytest.param({}, None, id="nothing reported"),
    ],
)
def test_the_cost_is_exact(fields: dict[str, float], cost: Decimal | None) -> None:
    """Dollars are added as they were spelled."""
    assert read_cost(json.dumps(fields)) == cost
