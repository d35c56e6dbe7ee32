"""What Langfuse says that a call cost, and why that differs from what was counted here. Pure.

Source: langfuse.com/docs/api: the groups core, model and usage of GET /api/public/v2/observations.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from watchkeeper.analyzer.langfuse.given import numbers_of, seconds_of, sound
from watchkeeper.engines.fact_lines import FactLine
from watchkeeper.model.ids import canonical_id

# Prices per million tokens have six digits behind the point, and sums of them are rounded on both sides.
_SAME_RATIO = 0.001
_MAX_MODEL = 128
# A number that no call costs: sums stay finite below it.
_MOST_DOLLARS = 10**12


class Difference(StrEnum):
    """Why two systems put a price of their own on one call."""

    UNPRICED_HERE = "unpriced_here"
    UNPRICED_THERE = "unpriced_in_langfuse"
    TOKENS = "tokens"
    CACHED_TOKENS = "cached_tokens"
    MODEL_NAME = "model_name"
    PRICE = "price"


@dataclass(frozen=True, slots=True, kw_only=True)
class LangfuseCost:
    """A call as Langfuse priced it; None and 0 are not the same: None has no price.

    ``usage`` are tokens by Langfuse's names, of which ``input`` leaves out those with names of their own.
    """

    span_id: str
    trace_id: str
    at: float
    has_ended: bool
    model: str
    dollars: float | None
    usage: Mapping[str, float]

    @property
    def cached(self) -> float:
        """Input tokens read from a cache: input_cached_tokens, cache_read_input_tokens and the like."""
        return sum(count for name, count in self.usage.items() if "cache" in name and not _is_written(name))

    def total(self, kind: str) -> float:
        """Tokens of ``input`` or ``output``, all of them."""
        return sum(count for name, count in self.usage.items() if kind in name)


class _Sent(msgspec.Struct, rename="camel"):
    id: str
    start_time: str
    trace_id: str | None = None
    end_time: str | None = None


def read_cost(raw: object) -> LangfuseCost | None:
    """Return one call of an answer; None when it is none."""
    if not isinstance(raw, dict):
        return None
    try:
        sent = msgspec.convert(raw, _Sent)
        at = seconds_of(sent.start_time)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    model, dollars = raw.get("providedModelName") or raw.get("model"), _dollars(raw)
    if dollars is not None and dollars >= _MOST_DOLLARS:
        return None
    return LangfuseCost(
        span_id=canonical_id(sound(sent.id)),
        trace_id=canonical_id(sound(sent.trace_id or "")),
        at=at,
        has_ended=bool(sent.end_time),
        model=sound(model, _MAX_MODEL) if isinstance(model, str) else "",
        dollars=dollars,
        usage=numbers_of(raw.get("usageDetails")),
    )


def difference_of(there: LangfuseCost, here: FactLine) -> Difference | None:
    """Why the two costs differ, the first reason that is found; None when they are the same."""
    ours, theirs = dollars_of(here), there.dollars or 0.0
    if math.isclose(ours, theirs, rel_tol=_SAME_RATIO):
        return None
    if here.cost_usd is None:
        return Difference.UNPRICED_HERE
    if there.dollars is None:
        return Difference.UNPRICED_THERE
    return _of_what_was_priced(there, here)


def dollars_of(here: FactLine) -> float:
    """What was counted here; 0 without a price."""
    return float(here.cost_usd or 0)


def _of_what_was_priced(there: LangfuseCost, here: FactLine) -> Difference:
    cached = here.cached_input_tokens or 0
    if there.usage and here.input_tokens is not None:
        # Who reports a total that includes cached tokens, and these beside it, has them priced twice.
        if there.cached and here.input_tokens == there.usage.get("input") != there.total("input"):
            return Difference.CACHED_TOKENS
        if here.input_tokens != there.total("input") or not _is_output(there, here):
            return Difference.TOKENS
        if cached != there.cached:
            return Difference.CACHED_TOKENS
    names = {here.model, here.model_requested}
    return Difference.PRICE if not there.model or there.model in names else Difference.MODEL_NAME


def _is_output(there: LangfuseCost, here: FactLine) -> bool:
    """Reasoning is part of the output here, and beside it or part of it there."""
    return (here.output_tokens or 0) in (there.total("output"), there.usage.get("output", 0))


def _is_written(name: str) -> bool:
    return "creation" in name or "write" in name


def _dollars(raw: Mapping[str, Any]) -> float | None:
    details = numbers_of(raw.get("costDetails"))
    given = numbers_of({"total": raw.get("totalCost")}) or details
    # A server says 0 of a model that it has no price of, and has no details of it then.
    if "total" in given:
        return given["total"] if given["total"] or details else None
    return sum(given.values()) if given else None
