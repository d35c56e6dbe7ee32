"""What a change is taken apart into: cells of calls with the same labels, before and after."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.explain.shapley import Factors

Value = Callable[[Factors], float]


class Factor(StrEnum):
    """What can move a number."""

    VOLUME = "volume"
    CALLS_PER_RUN = "calls per run"
    RETRIES = "retries"
    MIX = "mix"
    TOKENS_IN = "tokens in"
    CACHED_SHARE = "cached share"
    CACHE_WRITES = "cache writes"
    TOKENS_OUT = "tokens out"
    PRICE = "price"
    FEES = "cost without tokens"
    SECONDS_PER_TOKEN = "seconds per token"  # noqa: S105  # no password
    SECONDS = "seconds"
    ERRORS = "errors"
    RATE_LIMITS = "rate limits"
    TIMEOUTS = "timeouts"
    SCORE = "score"
    DECISIONS = "decisions"
    BRANCH_SHARE = "branch share"
    REVIEWS = "reviews"
    REVIEWS_PER_RUN = "reviews per run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One cell in one window: ``weight`` calls per hour, and the factors of the value of one call."""

    weight: float
    factors: Factors


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Calls with the same labels; a side on which there were none is None.

    ``labels`` has one value for each level of its measure, and last the one whose values are compared with the group
    they belong to (the prompt's version): a new version takes the place of an old one.
    ``value`` gives the value of one call from its factors; it is the same for all cells of a group.
    """

    labels: tuple[str, ...]
    before: Side | None
    after: Side | None
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How many calls a service made per hour: the product of runs, calls per run and billed attempts per call."""

    runs: float
    calls_per_run: float = 1.0
    attempts: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything known of one service, or of all together where a mean is taken over them.

    ``levels`` names the labels of the cells. ``calls`` are given where the number is a sum per hour; without them it is
    the mean of a call. ``notes`` say what is not known of it, a sentence each.
    """

    service: str
    levels: tuple[str, ...]
    factors: tuple[Factor, ...]
    merge: Callable[[Value, Sequence[Side]], Side]
    cells: tuple[Cell, ...]
    calls: tuple[Calls, Calls] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One addend of a change: what moved (``factor``), for whom (``level`` and ``label``), by how much.

    ``before`` and ``after`` are the factor's own values: a share of calls for mix, tokens per call for tokens.
    ``row`` are the labels of the cell, where it is one, ``weights`` its calls in both windows, and ``size`` what it has
    of the number on average, which says how large the amount is in proportion.
    """

    service: str
    factor: Factor
    amount: float
    level: str = ""
    label: str = ""
    row: Mapping[str, str] = field(default_factory=dict)
    before: float | None = None
    after: float | None = None
    weights: tuple[float, float] = (0.0, 0.0)
    size: float = 0.0
