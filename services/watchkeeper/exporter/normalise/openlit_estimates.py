"""Tokens that OpenLIT made up: where a stream ends without usage it takes every two characters for a token.

Nothing on the span says so. What the provider reported comes with cached tokens, if only zero; and half of the answer's
length is rarely its number of tokens.
Source: github.com/openlit/openlit, sdk/python, general_tokens() and its callers.
"""

from typing import Any

import msgspec

from watchkeeper.exporter.normalise import otel_genai
from watchkeeper.exporter.normalise.json_text import parse
from watchkeeper.model import AttributeValue, LlmCall, Span

# Models that run in the process: no provider counts anything.
_ALWAYS = tuple(f"openlit.instrumentation.{library}" for library in ("transformers", "gpt4all", "vllm"))
_INSTRUMENTATIONS = "openlit.instrumentation."
_CHARACTERS_PER_TOKEN = 2


class _Part(msgspec.Struct):
    type: Any = None
    content: Any = None


class _Message(msgspec.Struct):
    parts: list[_Part] = []


def is_estimated(call: LlmCall, span: Span) -> bool:
    """Whether the tokens of a call are the library's guess."""
    usage = call.usage
    if usage.output is None or not span.scope.startswith(_INSTRUMENTATIONS):
        return False
    if span.scope.startswith(_ALWAYS):
        return True
    if not call.is_streaming or usage.cached_input is not None or usage.cache_write is not None:
        return False
    answer = _length_of_answer(span.attributes.get(otel_genai.OUTPUT_MESSAGES))
    return answer is None or -(-answer // _CHARACTERS_PER_TOKEN) == usage.output


def _length_of_answer(messages: AttributeValue) -> int | None:
    """Characters of the answer's text, where it is reported; it is counted and not kept."""
    reported = parse(messages, list[_Message]) or ()
    texts = [part.content for message in reported for part in message.parts if part.type == "text"]
    return sum(len(text) for text in texts if isinstance(text, str)) if texts else None
