"""What is said of one series: a verdict with its reason, and everything it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watchkeeper.analyzer.comparison.features import Topic
from watchkeeper.analyzer.comparison.windows import PAST, Sides, Windows
from watchkeeper.analyzer.drift.choice import Method
from watchkeeper.analyzer.drift.psi import LARGE_SHIFT, SHIFT


class Verdict(StrEnum):
    """LEARNING: not enough past to compare with. NO_DATA: not enough values now. The others are about drift."""

    LEARNING = "learning"
    NO_DATA = "no_data"
    STEADY = "steady"
    SHIFTING = "shifting"
    DRIFTED = "drifted"


class Reason(StrEnum):
    """Why a verdict is what it is; the values of the label ``reason``, each with its sentence."""

    SHORT_HISTORY = "short_history"
    NO_SAME_WEEKDAY = "no_same_weekday"
    ACCEPTED = "accepted"
    NO_VALUES = "no_values"
    FEW_VALUES = "few_values"
    CHANGED_BUCKETS = "changed_buckets"
    BELOW_LIMIT = "below_limit"
    WITHIN_CHANCE = "within_chance"
    WITHIN_SEASON = "within_season"
    WITHIN_OWN_HISTORY = "within_own_history"
    WITHIN_FALSE_DISCOVERIES = "within_false_discoveries"
    SHIFT = "shift"
    LARGE_SHIFT = "large_shift"

    @property
    def sentence(self) -> str:
        """The reason for a person."""
        return _SENTENCES[self]


_SENTENCES: Mapping[Reason, str] = {
    Reason.SHORT_HISTORY: "too few windows of the reference have values",
    Reason.NO_SAME_WEEKDAY: "the same hours a week ago have too few values",
    Reason.ACCEPTED: "a change was accepted, and what came after it is learnt",
    Reason.NO_VALUES: "no values in the current window",
    Reason.FEW_VALUES: "too few values in the current window",
    Reason.CHANGED_BUCKETS: "the windows have no bounds of buckets in common",
    Reason.BELOW_LIMIT: "the shift is below the limit",
    Reason.WITHIN_CHANCE: "samples of this size differ as much by chance",
    Reason.WITHIN_SEASON: "differs from the days before, but not from the same weekday",
    Reason.WITHIN_OWN_HISTORY: "the series has often shifted as much in its last 30 days",
    Reason.WITHIN_FALSE_DISCOVERIES: "among so many series some differ as much by chance",
    Reason.SHIFT: "the distribution has shifted",
    Reason.LARGE_SHIFT: "the distribution has shifted far",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """What the windows of a series gave.

    ``pvalue`` is by ``method``, of windows the larger of those against all of the reference and against the same
    weekday. The rest is of windows alone: ``distance`` is the smaller of the two, PSI or the shift of the centroid, and
    ``limits`` are from where it is a shift and a large one; ``dispersion`` is how many times as much as by chance the
    windows of the reference vary, ``chance_psi`` what chance exceeds once in a million times, and ``season_only`` says
    that the same weekday explains what the whole reference does not.
    """

    method: Method
    scores: Mapping[Method, float]
    pvalue: float
    distance: float = 0.0
    limits: tuple[float, float] = (SHIFT, LARGE_SHIFT)
    chance_psi: float = 0.0
    dispersion: float = 1.0
    season_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """The verdict on one series.

    ``qvalue`` is its p-value among all series of the cycle, ``own_limit`` the 95th percentile of its own history; None
    where there is none.
    """

    service: str
    feature: str
    topic: Topic
    verdict: Verdict
    reason: Reason
    current_size: float = 0.0
    reference_size: float = 0.0
    statistics: Statistics | None = None
    qvalue: float | None = None
    own_limit: float | None = None
    sides: Sides = PAST
    windows: Windows | None = field(default=None, repr=False)
