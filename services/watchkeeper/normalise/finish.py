"""Why a model stopped, in one vocabulary: stop, length, tool_calls, content_filter, error, other."""

from collections.abc import Iterable

_WORDS = {
    "stop": ("stop", "end_turn", "completed", "complete", "stop_sequence", "eos", "eos_token", "finished"),
    "length": ("length", "max_tokens", "max_output_tokens", "incomplete", "model_length"),
    "tool_calls": ("tool_calls", "tool_call", "tool-calls", "tool_use", "function_call"),
    "content_filter": ("content_filter", "content-filter", "content_filtered", "safety", "refusal", "recitation"),
    "error": ("error", "failed"),
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words}


def finish_reasons(words: Iterable[str]) -> tuple[str, ...]:
    """Translate each provider's word; an unknown one becomes ``other``."""
    return tuple([_MEANING.get(word) or _MEANING.get(word.lower(), "other") for word in words])
