"""What a token of each kind costs by the price list: how the cost of a call is split between its tokens.

Only the proportions matter: what a call really cost over what its tokens cost by the list is a factor of its own,
"price", so that parts add up to the real cost whatever the list says.
"""

import time
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from watchkeeper.model import Context, LlmCall, Usage

if TYPE_CHECKING:
    from watchkeeper.prices.book import PriceBook

# Of a call of ordinary size: some models cost more beyond 200 000 tokens.
_TOKENS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrices:
    """US dollars per token of each kind; ``is_listed`` is false where only usual proportions are known."""

    fresh_input: float
    cached_input: float
    cache_write: float
    output: float
    is_listed: bool = True

    def per_call(self, tokens_in: float, cached: float, written: float, tokens_out: float) -> float:
        """What so many tokens cost; ``cached`` and ``written`` are shares of those of the input."""
        fresh = 1.0 - cached - written
        per_input = fresh * self.fresh_input + cached * self.cached_input + written * self.cache_write
        return tokens_in * per_input + tokens_out * self.output


# Counts tokens in the place of dollars.
ONE_EACH = TokenPrices(fresh_input=1.0, cached_input=1.0, cache_write=1.0, output=1.0)
# The proportions of most models of the price table: output costs four times the input, a cached token a tenth of a
# fresh one to a half.
USUAL = TokenPrices(fresh_input=1e-6, cached_input=2.5e-7, cache_write=1e-6, output=4e-6, is_listed=False)


@lru_cache(maxsize=4096)
def list_prices(provider: str, model: str) -> TokenPrices:
    """Return what tokens of a call of ordinary size cost by the tables' newest prices; else usual proportions."""
    fresh = _dollars(provider, model, Usage(input=_TOKENS, output=0))
    cached = _dollars(provider, model, Usage(input=_TOKENS, output=0, cached_input=_TOKENS))
    written = _dollars(provider, model, Usage(input=_TOKENS, output=0, cache_write=_TOKENS))
    output = _dollars(provider, model, Usage(input=0, output=_TOKENS))
    if fresh is None or cached is None or written is None or output is None:
        return USUAL
    return TokenPrices(
        fresh_input=fresh / _TOKENS,
        cached_input=cached / _TOKENS,
        cache_write=written / _TOKENS,
        output=output / _TOKENS,
    )


def _dollars(provider: str, model: str, usage: Usage) -> float | None:
    context = Context(time_ns=time.time_ns(), provider=provider, model=model)
    cost = _book().price(LlmCall(context=context, usage=usage)).cost
    return None if cost is None else float(cost.usd)


@cache
def _book() -> "PriceBook":
    # Not at the top: the command that explains is one of many, and the table takes as long to load as all of them.
    from watchkeeper.prices.book import PriceBook

    return PriceBook()
