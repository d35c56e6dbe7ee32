from decimal import Decimal
from typing import Any

import pytest
from tests.support.dialect_calls import SPELLINGS, call_of

from watchkeeper.exporter.normalise.priced_parts import parts_as_reported, parts_in, parts_of
from watchkeeper.exporter.normalise.raw_usage import raw_details
from watchkeeper.exporter.normalise.usage import validated
from watchkeeper.model import Usage, UsageParts
from watchkeeper.prices.book import PriceBook


@pytest.mark.parametrize(
    ("usage", "parts"),
    [
        pytest.param({"audio_tokens": 5, "image_tokens": 5}, None, id="of the input or of the output, no one knows"),
        pytest.param({"prompt_tokens": 5, "prompt_tokens_details": {"audio_tokens": 0}}, None, id="none"),
        pytest.param(
            {"prompt_tokens_details": {"audio_tokens": 3}, "completion_tokens_details": {"audio_tokens": 4}},
            UsageParts(input_audio=3, output_audio=4),
            id="OpenAI's",
        ),
        pytest.param(
            {"cache_creation": {"ephemeral_1h_input_tokens": 7}, "server_tool_use": {"web_search_requests": 2}},
            UsageParts(cache_write_1h=7, web_searches=2),
            id="Anthropic's",
        ),
        pytest.param(
            {"input_token_details": {"ephemeral_1h_input_tokens": 7, "audio": 2}},
            UsageParts(cache_write_1h=7, input_audio=2),
            id="LangChain's",
        ),
        pytest.param(
            {
                "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}, {"modality": "AUDIO", "tokenCount": 5}],
                "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
            },
            UsageParts(input_audio=5, output_image=1290),
            id="Gemini's",
        ),
        pytest.param(
            {"input_audio_tokens": 3, "web_search_requests": 1}, UsageParts(input_audio=3, web_searches=1), id="flat"
        ),
    ],
)
def test_the_parts_of_a_usage_object(usage: dict[str, Any], parts: UsageParts | None) -> None:
    """Each provider's own shape."""
    assert parts_in(usage) == parts
    assert parts_of(parts_as_reported(parts)) == parts


def test_the_parts_in_a_printed_object() -> None:
    """LiteLLM prints its usage as Python does."""
    parts = raw_details("{'cache_creation': {'ephemeral_1h_input_tokens': 7}, 'web_search_requests': 1}").parts

    assert parts == UsageParts(cache_write_1h=7, web_searches=1)


@pytest.mark.parametrize("dialect", sorted({*SPELLINGS} - {"langfuse", "vercel_ai", "genkit", "mlflow"}))
@pytest.mark.parametrize(
    ("asked", "tokens", "more", "usd"),
    [
        (
            ("claude-opus-4-5", "anthropic"),
            (1_000_010, 0),
            {
                "gen_ai__usage__cache_write__input_tokens": 1_000_000,
                "gen_ai__usage__cache_creation__ephemeral_1h_input_tokens": 400_000,
            },
            "7.75005",
        ),
        (("gpt-audio", "openai"), (1000, 100), {"llm__token_count__prompt_details__audio": 900}, "0.03005"),
        (("claude-sonnet-4-5", "anthropic"), (10_000, 1000), {"gen_ai__usage__web_search_requests": 3}, "0.075"),
        (("gpt-5-nano", "openai"), (1_000_000, 1_000_000), {"gen_ai__openai__request__service_tier": "flex"}, "0.225"),
        (
            ("gpt-5-nano", "openai"),
            (1_000_000, 1_000_000),
            {
                "gen_ai__openai__request__service_tier": "flex",
                "gen_ai__openai__response__service_tier": "default",
            },
            "0.45",
        ),
    ],
    ids=["an hour in the cache", "sound", "searches", "the tier asked for", "the tier answered"],
)
def test_parts_have_prices_of_their_own(
    dialect: str, asked: tuple[str, str], tokens: tuple[int, int], more: dict[str, Any], usd: str
) -> None:
    """The same for every dialect of these names."""
    if dialect == "openinference" and "cache_write" in str(more):
        more = {**more, "llm__token_count__prompt_details__cache_write": 1_000_000}

    priced = PriceBook().price(call_of(dialect, *asked, tokens=tokens, **more))

    assert priced.cost is not None
    assert priced.cost.usd == Decimal(usd)


@pytest.mark.parametrize(
    "parts", [UsageParts(cache_write_1h=51), UsageParts(input_audio=101), UsageParts(output_image=21)]
)
def test_a_part_that_exceeds_its_total_is_rejected(parts: UsageParts) -> None:
    """The rest of the usage counts without it."""
    usage, problems = validated(Usage(input=100, output=20, cache_write=50, parts=parts), "chat")

    assert usage == Usage(input=100, output=20, cache_write=50)
    assert [problem.reason for problem in problems] == ["part_exceeds_total"]
