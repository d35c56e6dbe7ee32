"""Tokens that providers count beside their totals, and client libraries pass on as they are.

Gemini counts thoughts beside the candidates and prompts of tools beside the prompt, xAI reasoning beside the
completion; only the total has all of them. Sources: ai.google.dev/api/generate-content#UsageMetadata, docs.x.ai.
"""

from msgspec.structs import replace

from watchkeeper.exporter.normalise.values import Attributes, first_count
from watchkeeper.model import Usage

# Under these names thoughts are always Gemini's, and so outside of the output.
THOUGHTS = (
    "gcp.gen_ai.usage.thoughts_token_count",
    "gen_ai.usage.thoughts_token_count",
    "gen_ai.usage.thoughts_tokens",
    "gen_ai.usage.thinking_tokens",
    "gen_ai.usage.experimental.reasoning_tokens",
)
_TOOL_USE = (
    "gcp.gen_ai.usage.tool_use_prompt_token_count",
    "gen_ai.usage.tool_use_prompt_token_count",
    "gen_ai.usage.tool_use_prompt_tokens",
    "gen_ai.usage.experimental.tool_use_prompt_tokens",
)
BESIDE_NAMES = (*THOUGHTS, *_TOOL_USE)
_BESIDE_NAMES = frozenset(BESIDE_NAMES)
_THOUGHTS_BESIDE = frozenset({"gcp.gemini", "gcp.vertex_ai", "gcp.gen_ai"})
_REASONING_BESIDE = frozenset({"x_ai"})
_BESIDE = _THOUGHTS_BESIDE | _REASONING_BESIDE


def counts_beside(provider: str, model: str) -> bool:
    """Whether a provider is one that counts parts beside its totals."""
    return provider in _BESIDE or "gemini" in model


def with_parts_beside(usage: Usage, attributes: Attributes, provider: str, model: str, total: int | None) -> Usage:
    """The usage with the parts of its totals that the attributes name, or that a provider's total shows."""
    is_gemini = provider in _THOUGHTS_BESIDE or "gemini" in model
    is_named = not _BESIDE_NAMES.isdisjoint(attributes)
    if usage.output is None or not (is_gemini or is_named or provider in _REASONING_BESIDE):
        return usage
    thoughts, tool_use = (first_count(attributes, *names) if is_named else None for names in (THOUGHTS, _TOOL_USE))
    beside = thoughts if usage.reasoning is None else None
    if provider in _REASONING_BESIDE:
        beside = usage.reasoning
    return with_parts(usage, tool_use=tool_use, beside=beside, total=total, is_gemini=is_gemini)


def with_parts(usage: Usage, *, tool_use: int | None, beside: int | None, total: int | None, is_gemini: bool) -> Usage:
    """The same for counts that were read: ``beside`` is what the output may have left out.

    A total decides whether the parts are inside already; of Gemini's, what is over is thoughts.
    """
    whole, output = usage.input or 0, usage.output or 0
    if tool_use and (total is None or total >= whole + output + tool_use):
        whole += tool_use
    if total is None:
        output += beside or 0
    elif is_gemini or total == whole + output + (beside or 0):
        output = max(output, total - whole)
    return replace(
        usage,
        input=usage.input if usage.input is None else whole,
        output=output,
        reasoning=beside if usage.reasoning is None else usage.reasoning,
    )
