"""The invariants of token usage: a payload that breaks them is counted and rejected."""

import msgspec
from msgspec.structs import replace

from watchkeeper.model import Rejection, Usage, UsageParts


def validated(usage: Usage, operation: str) -> tuple[Usage, tuple[Rejection, ...]]:
    """Drop the parts of a usage that contradict its totals, and say which.

    ``cached_input + cache_write <= input`` and ``reasoning <= output`` must hold; the totals are kept. No chat answers
    to nothing: an input of 0 is one that the client did not hear, and zeros throughout are no usage at all.
    """
    if usage.input == 0 and operation == "chat" and not any(msgspec.structs.astuple(usage)):
        return Usage(), ()
    problems: list[Rejection] = []
    whole, cached, written, reasoning = usage.input, usage.cached_input, usage.cache_write, usage.reasoning
    if whole == 0 and usage.output and operation == "chat":
        problems.append(Rejection(reason="no_input", detail=f"input is 0 for {usage.output} tokens of output"))
        whole = None
    if (cached or 0) + (written or 0) > (whole or 0):
        detail = f"cached {cached} + cache write {written} tokens exceed input {usage.input}"
        problems.append(Rejection(reason="cached_exceeds_input", detail=detail))
        cached = written = None
    if (reasoning or 0) > (usage.output or 0):
        detail = f"reasoning {reasoning} tokens exceed output {usage.output}"
        problems.append(Rejection(reason="reasoning_exceeds_output", detail=detail))
        reasoning = None
    parts = usage.parts
    if parts is not None and not _fit(parts, whole, written, usage.output):
        problems.append(Rejection(reason="part_exceeds_total", detail=f"parts {parts} exceed their totals"))
        parts = None
    if not problems:
        return usage, ()
    kept = replace(usage, input=whole, cached_input=cached, cache_write=written, reasoning=reasoning, parts=parts)
    return kept, tuple(problems)


def _fit(parts: UsageParts, whole: int | None, written: int | None, output: int | None) -> bool:
    """Whether parts are no more than what they are parts of."""
    return (
        (parts.cache_write_1h or 0) <= (written or 0)
        and (parts.input_audio or 0) + (parts.input_image or 0) <= (whole or 0)
        and (parts.output_audio or 0) + (parts.output_image or 0) <= (output or 0)
    )
