"""The invariants of token usage: a payload that breaks them is counted, not believed."""

from watchkeeper.model import Rejection, Usage


def believable(usage: Usage) -> tuple[Usage, tuple[Rejection, ...]]:
    """Drop the parts of a usage that contradict its totals, and say which.

    ``cached_input + cache_write <= input`` and ``reasoning <= output`` must hold; the totals are kept.
    """
    problems: list[Rejection] = []
    cached, written, reasoning = usage.cached_input, usage.cache_write, usage.reasoning
    if (cached or 0) + (written or 0) > (usage.input or 0):
        detail = f"cached {cached} + cache write {written} tokens exceed input {usage.input}"
        problems.append(Rejection(reason="cached_exceeds_input", detail=detail))
        cached = written = None
    if (reasoning or 0) > (usage.output or 0):
        detail = f"reasoning {reasoning} tokens exceed output {usage.output}"
        problems.append(Rejection(reason="reasoning_exceeds_output", detail=detail))
        reasoning = None
    if not problems:
        return usage, ()
    kept = Usage(input=usage.input, output=usage.output, cached_input=cached, cache_write=written, reasoning=reasoning)
    return kept, tuple(problems)
