"""Totals that are short of a part: of what caches had, of thoughts, of the prompts of tools."""

import json
from typing import Any

import pytest
from tests.support.dialect_calls import SPELLINGS, call_of
from tests.support.facts import make_span

from watchkeeper.exporter.normalise.catalogue import DIALECTS
from watchkeeper.exporter.normalise.dialect import Normaliser
from watchkeeper.exporter.normalise.usage_object import read_usage
from watchkeeper.model import LlmCall, Usage

CACHED = Usage(input=6000, output=100, cached_input=1000, cache_write=0)
OBJECTS: dict[str, tuple[dict[str, Any], Usage]] = {
    "a total with the cache beside the input": (
        {
            "input_tokens": 5000,
            "output_tokens": 100,
            "total_tokens": 6100,
            "input_token_details": {"cache_read": 1000, "cache_creation": 0},
        },
        CACHED,
    ),
    "a total with the cache inside of it": (
        {
            "input_tokens": 6000,
            "output_tokens": 100,
            "total_tokens": 6100,
            "input_token_details": {"cache_read": 1000, "cache_creation": 0},
        },
        CACHED,
    ),
    "a cache larger than the input, and no total": (
        {"input_tokens": 5, "output_tokens": 100, "input_token_details": {"cache_read": 9842}},
        Usage(input=9847, output=100, cached_input=9842),
    ),
    "OpenAI's details": (
        {
            "prompt_tokens": 2000,
            "completion_tokens": 300,
            "prompt_tokens_details": {"cached_tokens": 1500},
            "completion_tokens_details": {"reasoning_tokens": 200},
        },
        Usage(input=2000, output=300, cached_input=1500, reasoning=200),
    ),
    "xAI's reasoning beside its completion": (
        {
            "prompt_tokens": 500,
            "completion_tokens": 400,
            "total_tokens": 1050,
            "completion_tokens_details": {"reasoning_tokens": 150},
        },
        Usage(input=500, output=550, reasoning=150),
    ),
    "DeepSeek's hits, which are inside": (
        {
            "prompt_tokens": 1000,
            "completion_tokens": 10,
            "prompt_cache_hit_tokens": 900,
            "prompt_cache_miss_tokens": 100,
        },
        Usage(input=1000, output=10, cached_input=900),
    ),
    "Gemini's prompts of tools and thoughts": (
        {
            "promptTokenCount": 100,
            "toolUsePromptTokenCount": 400,
            "candidatesTokenCount": 50,
            "thoughtsTokenCount": 30,
            "totalTokenCount": 580,
        },
        Usage(input=500, output=80, reasoning=30),
    ),
    "Gemini's, without a total": (
        {"prompt_token_count": 100, "tool_use_prompt_token_count": 400, "candidates_token_count": 50},
        Usage(input=500, output=50),
    ),
}
CONVENTIONS = sorted({*SPELLINGS} - {"langfuse", "vercel_ai", "openinference", "genkit", "mlflow"})


@pytest.mark.parametrize(("reported", "usage"), OBJECTS.values(), ids=OBJECTS)
@pytest.mark.parametrize("spell", [json.dumps, repr, dict], ids=["JSON", "as Python prints it", "a map"])
def test_an_object_of_counts(reported: dict[str, Any], usage: Usage, spell: Any) -> None:
    """Nested parts take the way of flat ones, however the object is written."""
    assert read_usage(spell(reported)) == usage


@pytest.mark.parametrize("text", ["{'a': " * 20 + "1" + "}" * 20, "{'input': 1", "{'input': open('/x')}", "{1: 2}"])
def test_what_is_no_object_of_counts(text: str) -> None:
    """Deep, broken or strange text reports nothing."""
    assert read_usage(text) == Usage()


@pytest.mark.parametrize("dialect", CONVENTIONS)
@pytest.mark.parametrize("spell", [json.dumps, repr, dict], ids=["JSON", "as Python prints it", "a map"])
def test_details_beside_the_counts(dialect: str, spell: Any) -> None:
    """The parts of the input in an object of their own are read by every dialect of these names."""
    details = spell({"cache_read": 95000, "cache_creation": 3000})

    usage = call_of(
        dialect, "claude-sonnet-4-5", "anthropic", tokens=(100_000, 500), gen_ai__usage__input_token_details=details
    ).usage

    assert usage == Usage(input=100_000, output=500, cached_input=95_000, cache_write=3000)


@pytest.mark.parametrize("dialect", CONVENTIONS)
def test_geminis_total_has_its_thoughts(dialect: str) -> None:
    """What it has more than the input and the output is output."""
    usage = call_of(dialect, "gemini-2.5-flash", "gemini", tokens=(949, 239), gen_ai__usage__total_tokens=2188).usage

    assert (usage.input, usage.output) == (949, 1239)


@pytest.mark.parametrize(
    "name", ["gcp__gen_ai__usage__thoughts_token_count", "gen_ai__usage__experimental__reasoning_tokens"]
)
@pytest.mark.parametrize("dialect", CONVENTIONS)
def test_thoughts_under_names_of_their_own(dialect: str, name: str) -> None:
    """They are beside the output."""
    usage = call_of(dialect, "gemini-2.5-flash", "gemini", tokens=(100, 50), **{name: 300}).usage

    assert usage == Usage(input=100, output=350, reasoning=300)


@pytest.mark.parametrize(
    ("scope", "total", "whole"),
    [
        ("opentelemetry.instrumentation.bedrock", 5100, 6000),
        ("opentelemetry.instrumentation.botocore", 5100, 6000),
        ("opentelemetry.instrumentation.botocore", 6100, 6000),
        ("strands.telemetry.tracer", None, 6000),
        ("opentelemetry.instrumentation.anthropic", 5100, 5000),
        ("my.app", 6100, 6000),
        ("my.app", 5100, 5000),
    ],
)
def test_a_total_that_the_client_made_up(scope: str, total: int | None, whole: int) -> None:
    """Of a client that is known to leave out caches, the sum of its own two counts says nothing."""
    span = make_span(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "aws.bedrock",
            "gen_ai.request.model": "us.anthropic.claude-sonnet-4-20250514-v1:0",
            "gen_ai.usage.input_tokens": 5000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.cache_read_input_tokens": 1000,
            **({} if total is None else {"gen_ai.usage.total_tokens": total}),
        },
        scope=scope,
    )

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, LlmCall)
    assert call.usage.input == whole


@pytest.mark.parametrize(
    ("provider", "more", "whole"),
    [
        ("anthropic.messages", {"ai.usage.totalTokens": 5100}, 6000),
        ("amazon-bedrock", {"ai.usage.totalTokens": 5100}, 6000),
        ("anthropic.messages", {"ai.usage.inputTokenDetails.cacheReadTokens": 1000}, 5000),
        ("openai.responses", {"ai.usage.totalTokens": 5100}, 5000),
    ],
)
def test_the_input_of_vercels_sdk_before_version_6(provider: str, more: dict[str, int], whole: int) -> None:
    """It was what the provider said, and the total the SDK's own sum."""
    span = make_span(
        {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.model.id": "claude-sonnet-4-5",
            "ai.model.provider": provider,
            "ai.usage.inputTokens": 5000,
            "ai.usage.outputTokens": 100,
            "ai.usage.cachedInputTokens": 1000,
            **more,
        }
    )

    (call,) = Normaliser(DIALECTS).read(span).facts

    assert isinstance(call, LlmCall)
    assert call.usage.input == whole
