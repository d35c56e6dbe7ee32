"""Parts of usage that a client leaves inside the provider's own answer, written out as JSON or as Python prints it."""

import re
from collections.abc import Mapping

from watchkeeper.model import AttributeValue, Usage
from watchkeeper.normalise.values import first_count

# A usage object has a few hundred characters; behind these nothing is looked for.
_MOST = 4000
_COUNT = re.compile(r"""['"](\w+)['"]:\s*(\d{1,11})\b""")
_CACHED = ("cached_tokens", "cache_read_input_tokens")
_WRITTEN = ("cache_creation_input_tokens", "cache_creation_tokens", "cache_write_tokens")
_REASONING = ("reasoning_tokens",)


def raw_details(value: AttributeValue) -> Usage:
    """The subsets that the text of a usage object tells; its totals are told elsewhere, and may mean something else."""
    counts: Mapping[str, str] = dict(_COUNT.findall(value[:_MOST])) if isinstance(value, str) else {}
    return Usage(
        cached_input=first_count(counts, *_CACHED),
        cache_write=first_count(counts, *_WRITTEN),
        reasoning=first_count(counts, *_REASONING),
    )


def with_details(told: Usage, raw: AttributeValue) -> Usage:
    """``told``, with the subsets that it lacks from the text of a usage object."""
    details = raw_details(raw)
    return Usage(
        input=told.input,
        output=told.output,
        cached_input=details.cached_input if told.cached_input is None else told.cached_input,
        cache_write=details.cache_write if told.cache_write is None else told.cache_write,
        reasoning=details.reasoning if told.reasoning is None else told.reasoning,
    )
