"""Tokens in one JSON object whose keys are a provider's or an integration's own, as Langfuse and logfire send it.

OpenAI's and Gemini's usage come as the provider sent them, with totals. Langfuse's own integrations (its JavaScript
wrapper, its LangChain handler) count buckets: ``input`` is what no ``input_*`` bucket has, and so for the output. What
an application reports by hand is either. Where the object has a total, the total decides.
Source: langfuse.com/docs/observability/features/token-and-cost-tracking, and the SDKs' parsing of usage.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from watchkeeper.exporter.normalise.buckets import Buckets
from watchkeeper.exporter.normalise.json_text import parse_fields
from watchkeeper.exporter.normalise.reported_cost import with_upstream
from watchkeeper.exporter.normalise.values import as_count, first_count, first_dollars, is_true
from watchkeeper.model import AttributeValue, Usage

_INPUT = (
    "input",
    "prompt_tokens",
    "input_tokens",
    "promptTokens",
    "inputTokens",
    "prompt_token_count",
    "promptTokenCount",
    "inputTokenCount",
    "input_token_count",
)
_OUTPUT = (
    "output",
    "completion_tokens",
    "output_tokens",
    "completionTokens",
    "outputTokens",
    "candidates_token_count",
    "candidatesTokenCount",
    "outputTokenCount",
    "generated_token_count",
)
_TOTAL = ("total", "total_tokens", "totalTokens", "total_token_count", "totalTokenCount")
_CACHED = (
    "cache_read_input_tokens",
    "input_cached_tokens",
    "input_cache_read",
    "input_cache_read_input_tokens",
    "cacheReadInputTokens",
    "cachedInputTokens",
    "cached_content_token_count",
    "cachedContentTokenCount",
    "cachedContentTokens",
    "cached_tokens",
    "cache_read",
)
_WRITTEN = (
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "input_cache_creation",
    "input_cache_write",
    "input_cache_write_tokens",
    "input_cache_creation_input_tokens",
    "cacheCreationInputTokens",
    "cacheWriteInputTokens",
    "cache_creation",
    "cache_write",
)
# LangChain reports what was written to Anthropic's caches by how long it is kept.
_WRITTEN_FOR = ("input_ephemeral_5m_input_tokens", "input_ephemeral_1h_input_tokens")
_REASONING = (
    "output_reasoning_tokens",
    "output_reasoning",
    "reasoning_tokens",
    "reasoning",
    "thoughts_token_count",
    "thoughtsTokenCount",
    "thoughtsTokens",
)
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "input_token_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details", "output_token_details")
_CACHED_DETAILS = ("cached_tokens", "cache_read")
_WRITTEN_DETAILS = ("cache_write_tokens", "cache_creation_tokens", "cache_creation")
_REASONING_DETAILS = ("reasoning_tokens", "reasoning")
_UPSTREAM = ("upstream_inference_cost", "upstreamInferenceCost")
# LangChain's service tiers count tokens a second time.
_COUNTED_TWICE = "priority"


def read_usage(value: AttributeValue) -> Usage:
    """The usage in the attribute ``usage_details``; nothing is reported where it is no object."""
    reported = parse_fields(value)
    inside_input, inside_output = _details(reported, _INPUT_DETAILS), _details(reported, _OUTPUT_DETAILS)
    cached, written, reasoning = first_count(reported, *_CACHED), _written(reported), first_count(reported, *_REASONING)
    whole_input, whole_output = Buckets(
        input=first_count(reported, *_INPUT),
        output=first_count(reported, *_OUTPUT),
        beside_input=_beside(reported, "input_", (*_INPUT, *_CACHED, *_WRITTEN, *_WRITTEN_FOR), (cached, written)),
        beside_output=_beside(reported, "output_", (*_OUTPUT, *_REASONING), (reasoning,)),
        total=first_count(reported, *_TOTAL),
        are_separate=True,
    ).whole()
    return Usage(
        input=whole_input,
        output=whole_output,
        cached_input=first_count(inside_input, *_CACHED_DETAILS) if cached is None else cached,
        cache_write=first_count(inside_input, *_WRITTEN_DETAILS) if written is None else written,
        reasoning=first_count(inside_output, *_REASONING_DETAILS) if reasoning is None else reasoning,
    )


def read_cost(value: AttributeValue) -> Decimal | None:
    """US dollars in the attribute ``cost_details``: its total, or the sum of its parts."""
    reported = parse_fields(value)
    upstream, is_byok = first_dollars(reported, *_UPSTREAM), is_true(reported.get("is_byok"))
    total = first_dollars(reported, "total", "totalCost", "total_cost", "cost")
    if total is None:
        parts = [first_dollars(reported, name) for name in reported if name not in (*_UPSTREAM, "is_byok")]
        known = [part for part in parts if part is not None]
        total = sum(known, Decimal(0)) if known else None
    return with_upstream(total, upstream, is_byok=is_byok)


def _details(reported: Mapping[str, Any], names: Iterable[str]) -> Mapping[str, Any]:
    """Subsets in an object of their own are inside their total: so OpenAI sends them."""
    return next((reported[name] for name in names if isinstance(reported.get(name), dict)), {})


def _written(reported: Mapping[str, Any]) -> int | None:
    counts = [first_count(reported, *_WRITTEN), *(as_count(reported.get(name)) for name in _WRITTEN_FOR)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _beside(reported: Mapping[str, Any], prefix: str, known: Iterable[str], subsets: Iterable[int | None]) -> int:
    """The sum of the buckets beside a total: its known subsets, and others that carry its prefix, such as audio."""
    others = (
        as_count(reported[name]) or 0
        for name in reported
        if name.startswith(prefix) and _COUNTED_TWICE not in name and name not in known
    )
    return sum(subset or 0 for subset in subsets) + sum(others)
