"""What a client tells of a call's cost: dollars, a zero that is one, or an amount in another currency.

A zero is what most clients send when they know no price, so it is believed only where something speaks for it: the
answer came from a cache, or the parts of the cost are zero as well.
"""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from watchkeeper.exporter.normalise.values import Attributes, first_dollars, first_text, is_true
from watchkeeper.model import ForeignCost

COST = ("gen_ai.usage.cost", "gen_ai.usage.cost.amount")
# Dialects write the parts here, whatever their clients call them.
COST_PARTS = ("gen_ai.cost.input_cost", "gen_ai.cost.output_cost")
# With a key of one's own, a gateway's cost is its fee, or nothing, and the provider's is reported beside it.
UPSTREAM = (
    "gen_ai.usage.cost_details.upstream_inference_cost",
    "gen_ai.usage.upstream_inference_cost",
    "openrouter.usage.cost_details.upstream_inference_cost",
)
_IS_BYOK = ("gen_ai.usage.is_byok", "openrouter.usage.is_byok")
_CURRENCY = ("gen_ai.usage.cost.currency", "gen_ai.usage.cost_currency", "gen_ai.cost.currency")
_DOLLARS = frozenset({"", "USD", "$", "US$", "DOLLAR", "DOLLARS"})
_PARTS = (COST_PARTS, ("llm.cost.prompt", "llm.cost.completion"))
_CACHE_HIT = frozenset(
    {"metadata.cache_hit", "litellm.cache_hit", "langfuse.observation.metadata.cache_hit", "cache_hit"}
)
_TOTAL = "gen_ai.cost.total_cost"
COST_NAMES = (*COST, *UPSTREAM, _TOTAL)


class ReportedCost(msgspec.Struct, frozen=True, gc=False):
    """US dollars, None where none are reported or a zero may mean "unknown"; or an amount of another currency."""

    usd: Decimal | None = None
    foreign: ForeignCost | None = None


NO_COST = ReportedCost()


def reported_cost(attributes: Attributes) -> ReportedCost:
    """The cost that the attributes of a call tell; there is none without one of COST_NAMES."""
    amount = first_dollars(attributes, *COST, _TOTAL)
    upstream = first_dollars(attributes, *UPSTREAM)
    if upstream:
        amount = with_upstream(amount, upstream, is_byok=any(is_true(attributes.get(name)) for name in _IS_BYOK))
    if amount is None:
        return NO_COST
    currency = first_text(attributes, *_CURRENCY).strip().upper()
    if currency not in _DOLLARS:
        return ReportedCost(foreign=ForeignCost(amount=amount, currency=currency[:8]))
    return ReportedCost(usd=amount if amount or _is_zero(attributes) else None)


def with_upstream(amount: Decimal | None, upstream: Decimal | None, *, is_byok: bool) -> Decimal | None:
    """The cost of a call that a gateway passed on: its own, with the provider's where that is billed beside it."""
    if not upstream or (amount and not is_byok):
        return amount
    return upstream + (amount or 0)


def are_zero(parts: Mapping[str, object], *names: str) -> bool:
    """Whether all parts of a cost are reported, and are zero."""
    return all(first_dollars(parts, name) == 0 for name in names)  # type: ignore[arg-type]  # JSON's values are fewer


def _is_zero(attributes: Attributes) -> bool:
    if not _CACHE_HIT.isdisjoint(attributes) and any(is_true(attributes.get(name)) for name in _CACHE_HIT):
        return True
    return any(are_zero(attributes, *names) for names in _PARTS)
