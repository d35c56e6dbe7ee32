"""The alerts whose change is explained, and the windows that are compared for each."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.engines.windows import Window
from watchkeeper.explain.measures import MEASURES, Measure

_HOUR = 3_600.0
_DAY = 24 * _HOUR
# Prometheus keeps 30 days.
_MOST_DAYS = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What an alert is about: the measure, the last seconds it looks at, and those before that it compares with.

    ``has_seasons`` says that the number follows the hours of a day: it is compared with the same hours first.
    """

    measure: Measure
    last: float = _HOUR
    past: float = _DAY
    has_seasons: bool = False


def _of(measure: str, *, last: float = _HOUR, past: float = _DAY, has_seasons: bool = False) -> Explained:
    return Explained(measure=MEASURES[measure], last=last, past=past, has_seasons=has_seasons)


# The windows of their rules; with each a line in docs/how-to/find-out-why-the-cost-moved.md.
EXPLAINED: Mapping[str, Explained] = {
    "LLMCostSpike": _of("cost", has_seasons=True),
    "LLMDailyCostHigh": _of("cost", last=_DAY, has_seasons=True),
    "LLMCostPerRequestUp": _of("cost-per-call"),
    "LLMTokensPerRequestUp": _of("tokens-per-call"),
    "LLMLatencyHigh": _of("latency"),
    "LLMLatencyUp": _of("latency"),
    "LLMErrorRateHigh": _of("errors"),
    "LLMScoreDropped": _of("quality", last=6 * _HOUR, past=7 * _DAY),
    "LLMHumanReviewShifted": _of("review"),
}


def windows_of(explained: Explained, since: float, now: float) -> Iterator[tuple[Window, Window]]:
    """Yield what to compare, best first: a window before and the last one.

    The window before ends before the alert's condition became true (``since``, in Unix seconds), by as much as the
    alert looks back: a change that has lasted for days is not compared with itself.
    """
    last = Window(start=now - explained.last, end=now)
    if explained.has_seasons:
        days = min(math.ceil((now - since + explained.last) / _DAY), _MOST_DAYS)
        yield Window(start=last.start - days * _DAY, end=last.end - days * _DAY), last
    end = max(min(last.start, since - explained.last), now - _MOST_DAYS * _DAY)
    yield Window(start=end - explained.past, end=end), last
