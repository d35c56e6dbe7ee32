"""What one token of each kind costs, by the size of a call's input."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal
from itertools import zip_longest

import msgspec
from msgspec.structs import replace

from watchkeeper.model import Usage, UsageParts

# Two tables agree on a price that differs by no more: some round to three digits.
AGREED = Decimal("0.01")
_NONE: frozenset[str] = frozenset()
_KINDS = ("fresh_input", "cached_input", "cache_write", "plain_output", "reasoning")


class PartRates(msgspec.Struct, frozen=True):
    """US dollars per token of a part that has a price of its own, and of one web search; None where it has none."""

    cache_write_1h: Decimal | None = None
    input_audio: Decimal | None = None
    output_audio: Decimal | None = None
    input_image: Decimal | None = None
    output_image: Decimal | None = None
    web_search: Decimal | None = None


class Rates(msgspec.Struct, frozen=True):
    """US dollars per token of each kind; ``unknown`` are the kinds for which the table has no price of their own."""

    fresh_input: Decimal
    cached_input: Decimal
    cache_write: Decimal
    plain_output: Decimal
    reasoning: Decimal
    unknown: frozenset[str] = _NONE
    parts: PartRates = PartRates()

    def usd(self, usage: Usage) -> Decimal:
        """What a call of that usage costs."""
        cached, written = usage.cached_input or 0, usage.cache_write or 0
        fresh = (usage.input or 0) - cached - written
        reasoning = usage.reasoning or 0
        usd = (
            self.fresh_input * fresh
            + self.cached_input * cached
            + self.cache_write * written
            + self.plain_output * ((usage.output or 0) - reasoning)
            + self.reasoning * reasoning
        )
        return usd if usage.parts is None else usd + self._more_for(usage.parts)

    def saved_by_cache(self, usage: Usage) -> Decimal | None:
        """How much more the input would cost, were none of it read from or written to a cache; None where unknown."""
        cached, written = usage.cached_input or 0, usage.cache_write or 0
        if (cached and "cached_input" in self.unknown) or (written and "cache_write" in self.unknown):
            return None
        saved = (self.fresh_input - self.cached_input) * cached + (self.fresh_input - self.cache_write) * written
        for_an_hour = self.parts.cache_write_1h
        if usage.parts is None or for_an_hour is None:
            return saved
        return saved - (for_an_hour - self.cache_write) * (usage.parts.cache_write_1h or 0)

    def _more_for(self, counts: UsageParts) -> Decimal:
        """What parts cost beyond what the same tokens cost as what they are parts of."""
        own = self.parts
        more = Decimal(0)
        for count, rate, base in (
            (counts.cache_write_1h, own.cache_write_1h, self.cache_write),
            (counts.input_audio, own.input_audio, self.fresh_input),
            (counts.input_image, own.input_image, self.fresh_input),
            (counts.output_audio, own.output_audio, self.plain_output),
            (counts.output_image, own.output_image, self.plain_output),
            (counts.web_searches, own.web_search, Decimal(0)),
        ):
            if count and rate is not None:
                more += (rate - base) * count
        return more

    def completed_by(self, other: "Rates", kinds: Collection[str] = _KINDS) -> "Rates":
        """These rates with ``other``'s in the place of those of ``kinds`` that are unknown."""
        found = {kind: getattr(other, kind) for kind in self.unknown - other.unknown if kind in kinds}
        return replace(self, **found, unknown=self.unknown - found.keys()) if found else self

    def agrees_with(self, other: "Rates") -> bool:
        """Whether no kind of token that both know costs noticeably more by one of them."""
        unknown = self.unknown | other.unknown
        return all(agree(getattr(self, kind), getattr(other, kind)) for kind in _KINDS if kind not in unknown)


class RatesBySize(msgspec.Struct, frozen=True):
    """Rates of calls by the size of their input, and the first day they are valid.

    ``steps`` are sizes beyond which the next of ``rates`` is for all tokens of a call; one rate more than steps.
    """

    rates: tuple[Rates, ...]
    price_date: date
    steps: tuple[int, ...] = ()

    def of(self, input_tokens: int) -> Rates:
        """The rates of a call with so much input."""
        return self.rates[bisect_left(self.steps, input_tokens)]

    def beside(self, other: "RatesBySize") -> Iterator[tuple[int, Rates, Rates]]:
        """Each size beyond which one of both has other rates, and the rates of both there; of close ones the last."""
        steps = (0, *sorted({*self.steps, *other.steps}))
        for step, following in zip_longest(steps, steps[1:]):
            if following is None or not agree(Decimal(step), Decimal(following)):
                yield step, self.of(step + 1), other.of(step + 1)


def agree(one: Decimal, other: Decimal) -> bool:
    """Whether two prices are the same but for rounding."""
    return abs(one - other) <= AGREED * max(one, other)
