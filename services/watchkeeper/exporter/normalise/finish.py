"""Why a model stopped, in one vocabulary: stop, length, tool_calls, content_filter, error, other."""

from collections.abc import Iterable, Sequence

from watchkeeper.exporter.normalise.values import text_list
from watchkeeper.model import Span

_WORDS = {
    "stop": ("stop", "end_turn", "completed", "complete", "stop_sequence", "eos", "eos_token", "finished"),
    "length": (
        "length",
        "max_tokens",
        "max_output_tokens",
        "incomplete",
        "model_length",
        "model_context_window_exceeded",
    ),
    "tool_calls": ("tool_calls", "tool_call", "tool-calls", "tool_use", "function_call"),
    "content_filter": (
        "content_filter",
        "content-filter",
        "content_filtered",
        "blocked",
        "guardrail_intervened",
        "prohibited_content",
        "recitation",
        "refusal",
        "safety",
    ),
    "error": ("error", "failed"),
}
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words}
# The status of a response that goes on, which some clients collect with the last one.
_UNFINISHED = frozenset({"in_progress", "queued"})

# The event of conventions before 1.37 that reports an answer, and why it ended.
_ANSWER_EVENT = "gen_ai.choice"


def finish_reasons(words: Iterable[str]) -> tuple[str, ...]:
    """Translate each provider's word, which may be a member of an enumeration; an unknown one becomes ``other``."""
    return tuple(
        [_MEANING.get(word) or _MEANING.get(_plain(word), "other") for word in words if word not in _UNFINISHED]
    )


def _plain(word: str) -> str:
    return word.lower().removeprefix("finishreason.")


def reasons_elsewhere(span: Span) -> Sequence[str]:
    """Reasons of clients that write one, or report it in the event of the answer."""
    reason = span.attributes.get("gen_ai.response.finish_reason")
    if reason is None and span.events:
        answers = (event.attributes for event in span.events if event.name == _ANSWER_EVENT)
        reason = next((answer.get("finish_reason") for answer in answers), None)
    return text_list(reason)
