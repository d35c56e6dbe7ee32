"""Why a number moved between two windows: its parts, its movers, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from watchkeeper.explain.cells import Account, Part
from watchkeeper.explain.certainty import Certainty, Counted, certainty, doubts
from watchkeeper.explain.decompose import parts_of, totals
from watchkeeper.explain.measures import Measure
from watchkeeper.explain.mover import Mover
from watchkeeper.explain.movers import movers
from watchkeeper.explain.samples import Sample, Samples

# A cause that makes less than this share of a change is not named as its explanation.
_NAMED = 0.3


class Verdict(StrEnum):
    """What can be said."""

    EXPLAINED = "explained"
    UNEXPLAINED = "unexplained"
    STEADY = "steady"
    ONLY_BEFORE = "only before"
    ONLY_AFTER = "only after"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """How many hours each of the two windows has."""

    before_hours: float
    after_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The change of a number, taken apart; ``parts`` and ``movers`` both add up to it.

    ``before`` and ``after`` are None where a window has no calls. ``doubts`` are what makes it less than sure.
    """

    measure: Measure
    verdict: Verdict
    before: float | None
    after: float | None
    counted: Counted
    parts: Sequence[Part] = ()
    movers: Sequence[Mover] = ()
    certainty: Certainty = Certainty.LOW
    doubts: Sequence[str] = ()
    has_services: bool = False

    @property
    def change(self) -> float:
        """What the number changed by; what is not there is 0."""
        return (self.after or 0.0) - (self.before or 0.0)


def explain(measure: Measure, samples: Samples, windows: Windows) -> Explanation:
    """Return why the number moved; the same samples in any order give the same explanation."""
    samples = samples.countable()
    accounts = list(measure.accounts(samples))
    before, after = _total(accounts, 0), _total(accounts, 1)
    counted = Counted(
        before=_count(measure, samples.before) * windows.before_hours,
        after=_count(measure, samples.after) * windows.after_hours,
    )
    if before is None or after is None:
        verdict = _one_sided(before, after)
        return Explanation(measure=measure, verdict=verdict, before=before, after=after, counted=counted)
    parts = parts_of(accounts)
    change = after - before
    found = movers(accounts, parts, change)
    against = list(doubts(accounts, parts, found, change, counted))
    return Explanation(
        measure=measure,
        verdict=_verdict(change, found, measure.chance(before, after, counted)),
        before=before,
        after=after,
        parts=parts,
        movers=found,
        certainty=certainty(against),
        doubts=against,
        counted=counted,
        has_services=len(samples.services()) > 1,
    )


def _verdict(change: float, found: Sequence[Mover], chance: float) -> Verdict:
    if abs(change) <= chance or not found:
        return Verdict.STEADY
    return Verdict.EXPLAINED if found[0].amount / change >= _NAMED else Verdict.UNEXPLAINED


def _one_sided(before: float | None, after: float | None) -> Verdict:
    if before is None and after is None:
        return Verdict.NO_DATA
    return Verdict.ONLY_AFTER if before is None else Verdict.ONLY_BEFORE


def _total(accounts: Sequence[Account], place: int) -> float | None:
    """The sum over all services; a mean has one account for all of them."""
    known = [total for account in accounts if (total := totals(account)[place]) is not None]
    return sum(known) if known else None


def _count(measure: Measure, side: Sequence[Sample]) -> float:
    return sum(one.per_hour for one in side if one.amount == measure.counted)
