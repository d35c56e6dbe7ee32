"""What goes wrong in a service, as factors and shares that differ while it does."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from alerts_measured.shapes import DAYS_A_WEEK, MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of fault, by what differs from an ordinary service; ``finds`` are the alerts that are about it."""

    title: str
    finds: frozenset[str]
    hours: int = 24
    failing: float = 0.0
    slower: float = 1.0
    tokens: float = 1.0
    cost: float = 1.0
    traffic: float = 1.0
    reviews: float = 0.0
    scores: float = 1.0
    branches: float = 0.0
    tools: float = 0.0


_ERRORS = frozenset({"LLMErrorRateHigh", "LLMProviderOutage"})
_SLOW = frozenset({"LLMLatencyHigh", "LLMLatencyUp"})
_COST = frozenset({"LLMCostSpike", "LLMCostPerRequestUp", "LLMSpenderOutOfLine", "LLMDailyCostHigh"})
_TOKENS = frozenset({"LLMTokensPerRequestUp"}) | _COST
_TRAFFIC = frozenset({"LLMTrafficUp"}) | _COST
_REVIEWS = frozenset({"LLMHumanReviewShifted"})
_SCORES = frozenset({"LLMScoreDropped", "LLMDrift"})

FAULTS = (
    Fault(title="every call fails", finds=_ERRORS, failing=1.0, hours=24),
    Fault(title="cost per call 3 times", finds=_COST, cost=3.0),
    Fault(title="latency 3 times", finds=_SLOW, slower=3.0),
    Fault(title="errors +10 points", finds=_ERRORS, failing=0.1),
    Fault(title="silence", finds=frozenset({"LLMTrafficStopped"}), traffic=0.0),
    Fault(title="tokens per call 3 times", finds=_TOKENS, tokens=3.0),
    Fault(title="errors +50 points", finds=_ERRORS, failing=0.5),
    Fault(title="latency 1.5 times", finds=_SLOW, slower=1.5),
    Fault(title="traffic 3 times", finds=_TRAFFIC, traffic=3.0),
    Fault(title="reviews +15 points", finds=_REVIEWS, reviews=0.15),
    Fault(title="cost per call 1.5 times", finds=_COST, cost=1.5),
    Fault(title="errors +2 points", finds=_ERRORS, failing=0.02),
    Fault(title="scores 20 % lower", finds=_SCORES, scores=0.8),
    Fault(title="tokens per call 1.5 times", finds=_TOKENS, tokens=1.5),
    Fault(title="a branch moved by 30 points", finds=frozenset({"LLMBranchShareShifted"}), branches=0.3),
    Fault(title="cost per call 1.2 times", finds=_COST, cost=1.2),
    Fault(title="a tool fails in half of its runs", finds=frozenset({"LLMToolFailuresUp"}), tools=0.5),
    Fault(title="reviews +5 points", finds=_REVIEWS, reviews=0.05),
    Fault(title="scores 5 % lower", finds=_SCORES, scores=0.95),
    Fault(title="tokens per call 1.2 times", finds=_TOKENS, tokens=1.2),
    # Input is half of the cost; where four fifths of it were read from the provider's cache at a tenth of the price,
    # calls without it cost 2.4 times as much.
    Fault(title="prompt cache collapses", finds=_COST, cost=2.4),
)  # fmt: skip

# Two weeks of past; then one fault on each Monday and each Wednesday: the one before it has ended.
_FIRST_DAY = 14
_FAULTY_WEEKDAYS = (0, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A fault and the minutes in which it lasts, counted from the first of the simulation."""

    fault: Fault
    begins: int
    ends: int


def planted(faults: Iterable[Fault], hour: int) -> Iterator[Planted]:
    """One fault after the other."""
    days = (day for day in count(_FIRST_DAY) if day % DAYS_A_WEEK in _FAULTY_WEEKDAYS)
    for fault, day in zip(faults, days, strict=False):
        begins = day * MINUTES_A_DAY + hour * 60
        yield Planted(fault=fault, begins=begins, ends=begins + fault.hours * 60)
