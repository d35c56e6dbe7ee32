"""Tokens in one JSON object whose keys are a provider's or an integration's own, as Langfuse and logfire send it.

OpenAI's and Gemini's usage come as the provider sent them, with totals. Langfuse's own integrations (its JavaScript
wrapper, its LangChain handler) count buckets: ``input`` is what no ``input_*`` bucket has, and so for the output. What
an application reports by hand is either. Where the object has a total, the total decides.
Source: langfuse.com/docs/observability/features/token-and-cost-tracking, and the SDKs' parsing of usage.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from watchkeeper.exporter.normalise.beside_totals import with_parts
from watchkeeper.exporter.normalise.buckets import Buckets
from watchkeeper.exporter.normalise.json_text import parse_fields
from watchkeeper.exporter.normalise.present import Present
from watchkeeper.exporter.normalise.priced_parts import parts_in
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
_INPUT_DETAILS = ("prompt_tokens_details", "input_tokens_details", "input_token_details", "inputTokenDetails")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details", "output_token_details", "outputTokenDetails")
_CACHED_DETAILS = ("cached_tokens", "cache_read", "cache_read_tokens", "cacheReadTokens", "cachedTokens")
_WRITTEN_DETAILS = ("cache_write_tokens", "cache_creation_tokens", "cache_creation", "cache_write", "cacheWriteTokens")
_REASONING_DETAILS = ("reasoning_tokens", "reasoning", "reasoningTokens")
# DeepSeek's name: a part of the prompt, always.
_CACHED_INSIDE = ("prompt_cache_hit_tokens", "promptCacheHitTokens")
# Gemini's prompts of tools, which are in its total alone.
_TOOL_USE = ("toolUsePromptTokenCount", "tool_use_prompt_token_count")
_NOTHING_NESTED = Usage()
_UPSTREAM = ("upstream_inference_cost", "upstreamInferenceCost")
# LangChain's service tiers count tokens a second time.
_COUNTED_TWICE = "priority"
_KNOWN_OF_INPUT = frozenset({*_INPUT, *_CACHED, *_WRITTEN, *_WRITTEN_FOR})
_KNOWN_OF_OUTPUT = frozenset({*_OUTPUT, *_REASONING})


class _Names(NamedTuple):
    """Names of what usage objects count, most of which an object has not."""

    input: tuple[str, ...]
    output: tuple[str, ...]
    total: tuple[str, ...]
    cached: tuple[str, ...]
    written: tuple[str, ...]
    written_for: tuple[str, ...]
    reasoning: tuple[str, ...]
    input_details: tuple[str, ...]
    output_details: tuple[str, ...]
    cached_inside: tuple[str, ...]
    tool_use: tuple[str, ...]


_PRESENT = Present(
    _Names(
        input=_INPUT,
        output=_OUTPUT,
        total=_TOTAL,
        cached=_CACHED,
        written=_WRITTEN,
        written_for=_WRITTEN_FOR,
        reasoning=_REASONING,
        input_details=_INPUT_DETAILS,
        output_details=_OUTPUT_DETAILS,
        cached_inside=_CACHED_INSIDE,
        tool_use=_TOOL_USE,
    ),
    _Names._make,
)


def read_usage(value: AttributeValue, model: str = "") -> Usage:
    """The usage in the attribute ``usage_details``; nothing is reported where it is no object.

    ``model`` is whose usage it is, where that is known: of Gemini's, what a total has more is thoughts.
    """
    reported = parse_fields(value)
    there = _PRESENT.of(reported)
    nested = _nested(reported, there)
    cached, reasoning = first_count(reported, *there.cached), first_count(reported, *there.reasoning)
    written = _written(reported, there)
    beside_input = _beside(reported, "input_", _KNOWN_OF_INPUT, (cached, written))
    beside_output = _beside(reported, "output_", _KNOWN_OF_OUTPUT, (reasoning,))
    total, output = first_count(reported, *there.total), first_count(reported, *there.output)
    tool_use = first_count(reported, *there.tool_use)
    whole_input, whole_output = Buckets(
        input=_with_tool_use(first_count(reported, *there.input), output, tool_use, total),
        output=output,
        beside_input=beside_input or (nested.cached_input or 0) + (nested.cache_write or 0),
        beside_output=beside_output or nested.reasoning or 0,
        total=total,
        are_separate=beside_input > 0,
        is_output_separate=beside_output > 0,
    ).whole()
    usage = Usage(
        input=whole_input,
        output=whole_output,
        cached_input=nested.cached_input if cached is None else cached,
        cache_write=nested.cache_write if written is None else written,
        reasoning=nested.reasoning if reasoning is None else reasoning,
        parts=parts_in(reported),
    )
    if total is None or usage.output is None or "gemini" not in model.lower():
        return usage
    return with_parts(usage, tool_use=None, beside=None, total=total, is_gemini=True)


def read_details(value: AttributeValue) -> Usage:
    """The parts in an object of details, of the input or of the output: JSON, what Python prints, or a map."""
    details = parse_fields(value)
    return Usage(
        cached_input=first_count(details, *_CACHED_DETAILS),
        cache_write=first_count(details, *_WRITTEN_DETAILS),
        reasoning=first_count(details, *_REASONING_DETAILS),
    )


def _nested(reported: Mapping[str, Any], there: _Names) -> Usage:
    """Parts in objects of their own, and those that are always inside: how OpenAI, LangChain and DeepSeek send them."""
    if not (there.input_details or there.output_details or there.cached_inside):
        return _NOTHING_NESTED
    inside_input, inside_output = _details(reported, there.input_details), _details(reported, there.output_details)
    cached = first_count(inside_input, *_CACHED_DETAILS)
    return Usage(
        cached_input=first_count(reported, *there.cached_inside) if cached is None else cached,
        cache_write=first_count(inside_input, *_WRITTEN_DETAILS),
        reasoning=first_count(inside_output, *_REASONING_DETAILS),
    )


def _with_tool_use(whole: int | None, output: int | None, tool_use: int | None, total: int | None) -> int | None:
    if whole is None or not tool_use or (total is not None and total < whole + (output or 0) + tool_use):
        return whole
    return whole + tool_use


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


def _written(reported: Mapping[str, Any], there: _Names) -> int | None:
    if not there.written and not there.written_for:
        return None
    counts = [first_count(reported, *there.written), *(as_count(reported[name]) for name in there.written_for)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _beside(reported: Mapping[str, Any], prefix: str, known: frozenset[str], subsets: Iterable[int | None]) -> int:
    """The sum of the buckets beside a total: its known subsets, and others that carry its prefix, such as audio."""
    others = (
        as_count(reported[name]) or 0
        for name in reported
        if name.startswith(prefix) and _COUNTED_TWICE not in name and name not in known
    )
    return sum(subset or 0 for subset in subsets) + sum(others)
