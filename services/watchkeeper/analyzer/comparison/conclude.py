"""From statistics to verdicts: of all series of a cycle together, because some of many differ by chance."""

from collections.abc import Iterable, Mapping, Sequence

from watchkeeper.analyzer.comparison.assess import assess, missing
from watchkeeper.analyzer.comparison.features import Topic
from watchkeeper.analyzer.comparison.significance import ALPHA
from watchkeeper.analyzer.comparison.verdict import Conclusion, Reason, Statistics, Verdict
from watchkeeper.analyzer.comparison.windows import Windows
from watchkeeper.analyzer.drift.false_discovery import Q, adjusted

# By service and feature.
OwnLimits = Mapping[tuple[str, str], float]


def conclude(series: Iterable[Windows], own_limits: OwnLimits) -> list[Conclusion]:
    """The verdict on every series, in the order given."""
    every = list(series)
    found = [(windows, missing(windows)) for windows in every]
    compared = [(windows, assess(windows)) for windows, lack in found if lack is None]
    qvalues = adjusted([statistics.pvalue for _, statistics in compared])
    rest = iter(zip(compared, qvalues, strict=True))
    conclusions = []
    for windows, lack in found:
        if lack is not None:
            conclusions.append(_conclusion(windows, lack))
            continue
        (_, statistics), qvalue = next(rest)
        own = own_limits.get((windows.service, windows.title))
        verdict = decide(statistics, qvalue, own)
        conclusions.append(_conclusion(windows, verdict, statistics=statistics, qvalue=qvalue, own_limit=own))
    return conclusions


def decide(statistics: Statistics, qvalue: float, own_limit: float | None) -> tuple[Verdict, Reason]:
    """The verdict on a series that was compared: drift is what exceeds every limit."""
    shift, (small, large) = statistics.distance, statistics.limits
    if statistics.season_only:
        return Verdict.STEADY, Reason.WITHIN_SEASON
    if shift < small:
        return Verdict.STEADY, Reason.BELOW_LIMIT
    if statistics.pvalue > ALPHA:
        return Verdict.STEADY, Reason.WITHIN_CHANCE
    if own_limit is not None and shift < own_limit:
        return Verdict.STEADY, Reason.WITHIN_OWN_HISTORY
    if qvalue > Q:
        return Verdict.STEADY, Reason.WITHIN_FALSE_DISCOVERIES
    return (Verdict.DRIFTED, Reason.LARGE_SHIFT) if shift >= large else (Verdict.SHIFTING, Reason.SHIFT)


def drifting(conclusions: Sequence[Conclusion]) -> list[Conclusion]:
    """Those that moved."""
    return [one for one in conclusions if one.verdict in (Verdict.SHIFTING, Verdict.DRIFTED)]


def _conclusion(
    windows: Windows,
    verdict: tuple[Verdict, Reason],
    *,
    statistics: Statistics | None = None,
    qvalue: float | None = None,
    own_limit: float | None = None,
) -> Conclusion:
    return Conclusion(
        service=windows.service,
        feature=windows.title,
        topic=Topic.SIDES if windows.sides.against else windows.feature.topic,
        verdict=verdict[0],
        reason=verdict[1],
        current_size=windows.current.total,
        reference_size=sum(one.total for one in windows.reference.values()),
        statistics=statistics,
        qvalue=qvalue,
        own_limit=own_limit,
        sides=windows.sides,
        windows=windows,
    )
