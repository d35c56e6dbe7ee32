"""What a provider reported the Vercel AI SDK beyond its own vocabulary: caches, reasoning, and what a gateway charged.

Versions before 6 have cached and reasoning tokens only here.
"""

from typing import Any

import msgspec

from watchkeeper.exporter.normalise.json_text import parse
from watchkeeper.exporter.normalise.reported_cost import with_upstream
from watchkeeper.exporter.normalise.values import as_count, first_dollars, is_true


class ProviderMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that count. ``whole_input`` is reported where the usual count may leave out caches."""

    whole_input: int | None = None
    cached_input: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    cost_usd: str = ""


class _AnthropicUsage(msgspec.Struct):
    input_tokens: Any = None
    cache_creation_input_tokens: Any = None
    cache_read_input_tokens: Any = None


class _Anthropic(msgspec.Struct, rename="camel"):
    usage: _AnthropicUsage | None = None
    cache_creation_input_tokens: Any = None
    cache_read_input_tokens: Any = None


class _BedrockUsage(msgspec.Struct, rename="camel"):
    cache_read_input_tokens: Any = None
    cache_write_input_tokens: Any = None


class _Bedrock(msgspec.Struct):
    usage: _BedrockUsage | None = None


class _OpenAi(msgspec.Struct, rename="camel"):
    cached_prompt_tokens: Any = None
    reasoning_tokens: Any = None


class _CostDetails(msgspec.Struct):
    upstream: Any = msgspec.field(default=None, name="upstreamInferenceCost")
    upstream_snake: Any = msgspec.field(default=None, name="upstream_inference_cost")


class _RouterUsage(msgspec.Struct):
    cost: Any = None
    is_byok: Any = None
    is_byok_camel: Any = msgspec.field(default=None, name="isByok")
    details: _CostDetails | None = msgspec.field(default=None, name="costDetails")
    details_snake: _CostDetails | None = msgspec.field(default=None, name="cost_details")


class _Router(msgspec.Struct):
    cost: Any = None
    usage: _RouterUsage | None = None


class _Reported(msgspec.Struct):
    openai: _OpenAi | None = None
    anthropic: _Anthropic | None = None
    bedrock: _Bedrock | None = None
    gateway: _Router | None = None
    openrouter: _Router | None = None


def read_provider_metadata(value: object) -> ProviderMetadata:
    """The metadata in its JSON text; nothing is reported where a provider has another shape."""
    reported = parse(value, _Reported) or _Reported()
    cost_usd = _cost(reported.gateway) or _cost(reported.openrouter)
    if reported.anthropic:
        return msgspec.structs.replace(_anthropic(reported.anthropic), cost_usd=cost_usd)
    if reported.bedrock and (usage := reported.bedrock.usage):
        return ProviderMetadata(
            cached_input=as_count(usage.cache_read_input_tokens),
            cache_write=as_count(usage.cache_write_input_tokens),
            cost_usd=cost_usd,
        )
    openai = reported.openai or _OpenAi()
    return ProviderMetadata(
        cached_input=as_count(openai.cached_prompt_tokens),
        reasoning=as_count(openai.reasoning_tokens),
        cost_usd=cost_usd,
    )


def _anthropic(reported: _Anthropic) -> ProviderMetadata:
    usage = reported.usage or _AnthropicUsage()
    cached = _first(usage.cache_read_input_tokens, reported.cache_read_input_tokens)
    written = _first(usage.cache_creation_input_tokens, reported.cache_creation_input_tokens)
    fresh = as_count(usage.input_tokens)
    return ProviderMetadata(
        whole_input=None if fresh is None else fresh + (cached or 0) + (written or 0),
        cached_input=cached,
        cache_write=written,
    )


def _first(*values: object) -> int | None:
    return next((count for value in values if (count := as_count(value)) is not None), None)


def _cost(reported: _Router | None) -> str:
    if reported is None:
        return ""
    usage = reported.usage or _RouterUsage()
    details = usage.details or usage.details_snake or _CostDetails()
    amount = first_dollars({"usage": usage.cost, "cost": reported.cost}, "usage", "cost")
    upstream = first_dollars({"camel": details.upstream, "snake": details.upstream_snake}, "camel", "snake")
    cost = with_upstream(amount, upstream, is_byok=is_true(usage.is_byok) or is_true(usage.is_byok_camel))
    return "" if cost is None else str(cost)
