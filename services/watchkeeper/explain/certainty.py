"""How sure an explanation is, and what speaks against it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from watchkeeper.explain.cells import Account, Part
from watchkeeper.explain.mover import Mover

# Names under which other labels are counted together (metrics/folding.py, metrics/admission.py).
FOLDED = frozenset({"other", "older"})
_FEW = 30.0
_MOST_OF_IT, _HALF = 0.75, 0.5
_CANCELLING = 3.0
_FOLDED_SHARE = 0.1


class Certainty(StrEnum):
    """How much the explanation can be relied on."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many calls, scores or runs each window had, not per hour."""

    before: float
    after: float


def chance_of_sizes(before: float, after: float, counted: Counted) -> float:
    """How far a sum or mean of sizes may move by chance.

    The band of `measure_window:llm_usage:usual_high`: sizes of calls have heavy tails, so a sum of n of them has a
    relative deviation of 1.6 / sqrt(n), and the edge is at two and a half of these.
    """
    fewest = max(min(counted.before, counted.after), 1.0)
    return min(abs(before), abs(after)) * 4.0 / sqrt(fewest)


def chance_of_shares(before: float, after: float, counted: Counted) -> float:
    """How far a share may move by chance: three standard errors of the difference of two.

    A score between 0 and 1 varies no more than a share does; one that goes beyond has no such bound and none here.
    """
    whole = (before * counted.before + after * counted.after) / (counted.before + counted.after)
    varies = max(whole * (1 - whole), 0.0)
    return 3.0 * sqrt(varies / max(counted.before, 1.0) + varies / max(counted.after, 1.0))


def doubts(
    accounts: Sequence[Account], parts: Sequence[Part], found: Sequence[Mover], change: float, counted: Counted
) -> Iterator[str]:
    """Yield a sentence for each thing that makes the explanation less sure."""
    fewest = min(counted.before, counted.after)
    if fewest < _FEW:
        yield f"one window has only {fewest:.0f} calls"
    share = found[0].amount / change if found and change else 0.0
    if share < _HALF:
        yield "no cause makes half of it"
    elif share < _MOST_OF_IT:
        yield "several causes"
    if change and sum(abs(part.amount) for part in parts) > _CANCELLING * abs(change):
        yield "large parts cancel each other"
    yield from sorted({note for account in accounts for note in account.notes})
    folded = _folded_share(accounts)
    if folded > _FOLDED_SHARE:
        yield f"{folded:.0%} of the calls have labels counted together as other or older"


def certainty(reasons: Sequence[str]) -> Certainty:
    """High without doubts, medium with one, low with more."""
    return (Certainty.HIGH, Certainty.MEDIUM, Certainty.LOW)[min(len(reasons), 2)]


def _folded_share(accounts: Sequence[Account]) -> float:
    sides = [
        (side.weight, bool(FOLDED & set(cell.labels)))
        for account in accounts
        for cell in account.cells
        for side in (cell.before, cell.after)
        if side
    ]
    whole = sum(weight for weight, _ in sides)
    return sum(weight for weight, is_folded in sides if is_folded) / whole if whole else 0.0
