"""The numbers whose change can be explained, by name: what each is called, and in which unit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.explain.cells import Account
from watchkeeper.explain.certainty import Counted, chance_of_shares, chance_of_sizes
from watchkeeper.explain.prices import list_prices
from watchkeeper.explain.rates import error_accounts, latency_accounts, score_accounts
from watchkeeper.explain.reviews import review_accounts
from watchkeeper.explain.samples import Samples
from watchkeeper.explain.usage import cost_accounts, per_call, token_accounts
from watchkeeper.explain.words import dollars, number, percent, points, seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """``accounts`` takes it apart; ``amounts`` are the samples it needs, ``unit`` follows its value.

    ``counted`` is the amount that says how many calls, scores or runs it was taken from.
    ``chance`` is how far it may move by itself; ``changes`` writes a change where that is not written as
    a value.
    """

    name: str
    title: str
    amounts: tuple[str, ...]
    counted: str
    accounts: Callable[[Samples], Iterator[Account]]
    value: Callable[[float], str]
    unit: str
    chance: Callable[[float, float, Counted], float] = chance_of_sizes
    changes: Callable[[float], str] | None = None

    def written(self, value: float) -> str:
        """A value with its unit."""
        return f"{self.value(value)}{self.unit}"

    def change(self, change: float) -> str:
        """A change with its sign and unit."""
        sign = "-" if change < 0 else "+"
        return f"{sign}{(self.changes or self.value)(abs(change))}{self.unit}"


_USAGE = ("requests", "tokens", "billed", "runs")
_ALL = (
    Measure(
        name="cost", title="cost", amounts=(*_USAGE, "cost"), counted="requests",
        accounts=lambda samples: cost_accounts(samples, list_prices), value=dollars, unit="/h",
    ),
    Measure(
        name="cost-per-call", title="cost per call", amounts=(*_USAGE, "cost"), counted="requests",
        accounts=lambda samples: per_call(cost_accounts(samples, list_prices)), value=dollars, unit="",
    ),
    Measure(
        name="tokens", title="tokens", amounts=_USAGE, counted="requests",
        accounts=token_accounts, value=number, unit=" tokens/h",
    ),
    Measure(
        name="tokens-per-call", title="tokens per call", amounts=_USAGE, counted="requests",
        accounts=lambda samples: per_call(token_accounts(samples)), value=number, unit=" tokens",
    ),
    Measure(
        name="latency", title="seconds per call", amounts=("timed", "seconds", "requests", "tokens_out"),
        counted="timed", accounts=latency_accounts, value=seconds, unit="",
    ),
    Measure(
        name="errors", title="error rate", amounts=("requests",), counted="requests",
        accounts=error_accounts, value=percent, unit="", changes=points, chance=chance_of_shares,
    ),
    Measure(
        name="quality", title="mean score", amounts=("scores", "score_sum"), counted="scores",
        accounts=score_accounts, value=number, unit="", chance=chance_of_shares,
    ),
    Measure(
        name="review", title="share of runs reviewed", amounts=("reviews", "decisions", "runs", "requests"),
        counted="requests", accounts=review_accounts, value=percent, unit="", changes=points, chance=chance_of_shares,
    ),
)  # fmt: skip
MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}
