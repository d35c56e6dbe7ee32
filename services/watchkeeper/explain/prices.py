"""What a token of each kind costs by the price list: how the cost of a call is split between its tokens.

Only the proportions matter: what a call really cost over what its tokens cost by the list is a factor of its own,
"price", so that parts add up to the real cost whatever the list says.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Usage

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
    """Return what tokens of a call of ordinary size cost by the table's newest prices; else usual proportions."""
    # Not at the top: the command that explains is one of many, and the table takes as long to load as all of them.
    from genai_prices.types import Usage

    info = _model(provider, model)
    if info is None:
        return USUAL
    try:
        return TokenPrices(
            fresh_input=_dollars(info, Usage(input_tokens=_TOKENS)) / _TOKENS,
            cached_input=_dollars(info, Usage(input_tokens=_TOKENS, cache_read_tokens=_TOKENS)) / _TOKENS,
            cache_write=_dollars(info, Usage(input_tokens=_TOKENS, cache_write_tokens=_TOKENS)) / _TOKENS,
            output=_dollars(info, Usage(output_tokens=_TOKENS)) / _TOKENS,
        )
    except (LookupError, ValueError):
        return USUAL


def _model(provider: str, model: str) -> "ModelInfo | None":
    from genai_prices.data_snapshot import find_provider_by_id, get_snapshot

    snapshot, name = get_snapshot(), model.lower()
    by_name = find_provider_by_id(snapshot.providers, provider) if provider else None
    found = by_name or next(
        (one for one in snapshot.providers if one.model_match and one.model_match.is_match(name)), None
    )
    return found.find_model(model, all_providers=snapshot.providers) if found else None


def _dollars(info: "ModelInfo", usage: "Usage") -> float:
    return float(info.get_prices(datetime.now(UTC)).calc_price(usage)["total_price"])
