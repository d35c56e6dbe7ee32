"""What looks wrong in one call that raised no error."""

from watchkeeper.model import FailureType, LlmCall

# Operations without an answer in words.
_NO_ANSWER = frozenset({"embeddings", "rerank"})
_NONE: tuple[FailureType, ...] = ()


def symptoms_of(call: LlmCall) -> tuple[FailureType, ...]:
    """What is wrong with a call: by its finish reasons and tokens, and by its text where that was looked at."""
    if call.status != "ok" or call.context.operation in _NO_ANSWER:
        return _NONE
    reasons = call.finish_reasons
    seen: tuple[FailureType, ...] = ("truncated",) if "length" in reasons else _NONE
    if call.answer is None:
        # A stream without usage reports 0 of everything at times.
        is_empty = call.usage.output == 0 and bool(call.usage.input) and reasons == ("stop",)
        return ("empty",) if is_empty else seen
    found = call.answer.symptoms
    return (*seen, *found) if found else seen
