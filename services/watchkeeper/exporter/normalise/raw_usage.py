"""Parts of usage that a client leaves inside the provider's own answer, written out as JSON or as Python prints it."""

import re
from collections.abc import Mapping

from watchkeeper.exporter.normalise.priced_parts import parts_in
from watchkeeper.exporter.normalise.values import first_count
from watchkeeper.model import AttributeValue, Usage

# A usage object has a few hundred characters; behind these nothing is looked for.
_MOST = 4000
_COUNT = re.compile(r"""['"](\w+)['"]:\s*(\d{1,11})\b""")
# The usage inside of an answer that a framework printed: as JSON, as a dict of Python, or as an object's repr.
_DUMPED = re.compile(r"""\busage['"]?\s*[=:]\s*\w{0,40}[({](.{1,900})""", re.DOTALL)
_DUMPED_COUNT = re.compile(r"""['"]?\b(\w+)['"]?\s*[=:]\s*(\d{1,11})\b""")
_DETAILS = "tokens_details"
_INPUT = ("prompt_tokens", "input_tokens")
_OUTPUT = ("completion_tokens", "output_tokens")
_CACHED = ("cached_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens")
_WRITTEN = ("cache_creation_input_tokens", "cache_creation_tokens", "cache_write_tokens")
_REASONING = ("reasoning_tokens",)
_NO_DETAILS = Usage()


def raw_details(value: AttributeValue) -> Usage:
    """The subsets that the text of a usage object reports; its totals are elsewhere, and may mean something else."""
    return _subsets(_counts(_COUNT, value[:_MOST])) if isinstance(value, str) else _NO_DETAILS


def with_dumped_details(reported: Usage, answer: AttributeValue) -> Usage:
    """``reported``, with the subsets that it lacks from a printed answer, where the usage in it has the same totals."""
    if not isinstance(answer, str) or _DETAILS not in answer:
        return reported
    dumped = [_counts(_DUMPED_COUNT, usage) for usage in _DUMPED.findall(answer[-_MOST:])]
    same = (
        counts
        for counts in dumped
        if (first_count(counts, *_INPUT), first_count(counts, *_OUTPUT)) == (reported.input, reported.output)
    )
    return completed(reported, _subsets(next(same, {})))


def _counts(pattern: re.Pattern[str], text: str) -> dict[str, int]:
    return {name: int(digits) for name, digits in pattern.findall(text)}


def _subsets(counts: Mapping[str, int]) -> Usage:
    return Usage(
        cached_input=first_count(counts, *_CACHED),
        cache_write=first_count(counts, *_WRITTEN),
        reasoning=first_count(counts, *_REASONING),
        parts=parts_in(counts),
    )


def with_details(reported: Usage, raw: AttributeValue) -> Usage:
    """``reported``, with the subsets that it lacks from the text of a usage object."""
    return completed(reported, raw_details(raw))


def completed(reported: Usage, details: Usage) -> Usage:
    """``reported``, with the subsets that it lacks from another account of the same usage."""
    return Usage(
        input=reported.input,
        output=reported.output,
        cached_input=details.cached_input if reported.cached_input is None else reported.cached_input,
        cache_write=details.cache_write if reported.cache_write is None else reported.cache_write,
        reasoning=details.reasoning if reported.reasoning is None else reported.reasoning,
        parts=reported.parts or details.parts,
    )
