"""Series over time: a value for each hour beside the same hours of the weeks before, by EWMA chart and z-score."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite, log
from statistics import NormalDist, median

from watchkeeper.analyzer.comparison.features import Topic
from watchkeeper.analyzer.comparison.verdict import Conclusion, Reason, Statistics, Verdict
from watchkeeper.analyzer.drift.choice import Method
from watchkeeper.analyzer.drift.ewma import L, ewma_deviation
from watchkeeper.analyzer.drift.zscore import LIMIT, WINDOW, baseline, zscore

HOUR = 3600.0
_WEEK = 168 * HOUR
# The median of three weeks: an unusual hour does not make the same hour a week later unusual.
_WEEKS = 3
_LEAST_WEEKS = 2
# The hours that the chart averages.
_CHARTED = 6
# Hours behind the first one that has a baseline of its own.
RANGE_SECONDS = _WEEKS * _WEEK + (WINDOW + _CHARTED) * HOUR
# Where an hour is not only unusual but far off: twice the usual limit of control charts, three standard deviations.
FAR = 6.0
_NORMAL = NormalDist()

_NO_DRILL = 'service!~"drill-.*"'
_BUSY = ">= 20"
# Of twenty events a share of a twentieth is five times as large by chance once in four hundred hours
# (bench/drift_measured.py).
_MANY = ">= 100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One value for each hour and service.

    ``least_change`` is the smallest standard deviation that is assumed: of the logarithm of what ``is_ratio_scale``,
    as dollars are, else of the value itself.
    """

    name: str
    query: str
    least_change: float
    is_ratio_scale: bool = False
    topic: Topic = Topic.SERIES


def _ratio(name: str, part: str, whole: str, *, topic: Topic = Topic.SERIES) -> Series:
    """A share of a service's events in busy hours; 0 where none of them is of the part."""
    all_of_them = f"sum by (service) ({whole})"
    query = f"(sum by (service) ({part}) or {all_of_them} * 0) / ({all_of_them} {_MANY})"
    return Series(name=name, query=query, least_change=0.02, topic=topic)


def _golden(name: str, measure: str) -> Series:
    """A measure over the golden queries of a search, which stands in the place of the service."""
    scores = f'avg_over_time(llm_retrieval_golden_score{{difficulty="all", measure="{measure}"}}[1h])'
    query = f'label_replace(avg by (canary) ({scores}), "service", "$1", "canary", "(.*)")'
    return Series(name=name, query=query, least_change=0.02, topic=Topic.RETRIEVAL)


_REQUESTS = f"service:llm_requests:increase1h{{{_NO_DRILL}}}"
_TOOLS = "service_tool_status:llm_tool_calls:increase1h"
_FAILED = 'status=~"error|rate_limited|timeout"'
_CACHE = "llm_cache_operations_total"
_DOCUMENTS = "llm_retrieval_documents"
_GATES = f"service_gate_result:llm_quality_gate:increase1h{{{_NO_DRILL}}}"

SERIES: tuple[Series, ...] = (
    Series(
        name="cost_per_hour",
        query=(
            f"sum by (service) (service:llm_cost_dollars:increase1h) and on (service) "
            f"sum by (service) ({_REQUESTS}) {_BUSY}"
        ),
        least_change=0.1,
        is_ratio_scale=True,
    ),
    Series(
        name="tokens_per_request",
        query=(
            "sum by (service) (service_version:llm_tokens:increase1h) / "
            f"(sum by (service) (service_version:llm_requests:increase1h{{{_NO_DRILL}}}) {_BUSY})"
        ),
        least_change=0.05,
        is_ratio_scale=True,
    ),
    _ratio("error_ratio", f"service:llm_request_errors:increase1h{{{_NO_DRILL}}}", _REQUESTS),
    _ratio(
        "tool_failure_ratio",
        f'{_TOOLS}{{status=~"error|rate_limited|timeout", {_NO_DRILL}}}',
        f"{_TOOLS}{{{_NO_DRILL}}}",
    ),
    _ratio(
        "cache_hit_ratio",
        f'increase({_CACHE}{{result="hit", {_NO_DRILL}}}[1h])',
        f'increase({_CACHE}{{result=~"hit|miss", {_NO_DRILL}}}[1h])',
    ),
    _ratio(
        "retrieval_empty_ratio",
        f'increase({_DOCUMENTS}_bucket{{le="0.0", {_NO_DRILL}}}[1h])',
        f"increase({_DOCUMENTS}_count{{{_NO_DRILL}}}[1h])",
        topic=Topic.RETRIEVAL,
    ),
    _ratio(
        "gate_pass_ratio", f'service_gate_result:llm_quality_gate:increase1h{{result="passed", {_NO_DRILL}}}', _GATES
    ),
    _golden("golden_recall", "recall"),
    _golden("golden_hit_rate", "hit_rate"),
)

# Where what was recorded of an hour is far below what the counters say of it now: their past came later, as when
# `make demo-history` writes one. A fifth less is two standard deviations of what is at least assumed of dollars.
WRONGLY_RECORDED = (
    f"sum by (service) ({_REQUESTS}) < 0.8 * sum by (service) (increase(llm_requests_total{{{_NO_DRILL}}}[1h]))"
)
CHARTED_SECONDS = (_CHARTED - 1) * HOUR

# The hours of each service of which nothing can be said, in Unix seconds.
WrongHours = Mapping[str, frozenset[float]]


def conclude_hours(
    series: Series, service: str, values: Mapping[float, float], hour: float, *, since: float | None = None
) -> Conclusion:
    """The verdict on the hour that ended at ``hour``, of a service with values by time; in Unix seconds.

    What was before ``since``, when a change was accepted, is no past.
    """
    begin = float("-inf") if since is None else since
    scaled = {at: _scaled(series, value) for at, value in values.items() if isfinite(value) and at > begin}
    differences = list(_differences(scaled, hour))
    before, charted = differences[:-_CHARTED], differences[-_CHARTED:]
    base = baseline(before, series.least_change)
    size = float(len(before))
    if hour not in scaled:
        return _conclusion(series, service, (Verdict.NO_DATA, Reason.NO_VALUES), size)
    if base is None:
        reason = Reason.SHORT_HISTORY if since is None else Reason.ACCEPTED
        return _conclusion(series, service, (Verdict.LEARNING, reason), size)
    score = zscore(charted[-1], differences[:-1], series.least_change) or 0.0
    average = ewma_deviation(charted, *base)
    statistics = Statistics(
        method=Method.ZSCORE,
        scores={Method.ZSCORE: score, Method.EWMA: average},
        pvalue=2 * _NORMAL.cdf(-max(abs(score), abs(average))),
    )
    return _conclusion(series, service, _verdict(score, average), size, statistics)


def _verdict(score: float, average: float) -> tuple[Verdict, Reason]:
    if abs(score) >= FAR or abs(average) >= FAR:
        return Verdict.DRIFTED, Reason.LARGE_SHIFT
    if abs(score) > LIMIT or abs(average) > L:
        return Verdict.SHIFTING, Reason.SHIFT
    return Verdict.STEADY, Reason.BELOW_LIMIT


def _scaled(series: Series, value: float) -> float:
    """What differences are taken of; a tenth of a thousandth of a dollar in the place of none."""
    return log(max(value, 1e-4)) if series.is_ratio_scale else value


def _differences(scaled: Mapping[float, float], hour: float) -> Iterator[float]:
    """Each of the last hours less what is usual in it, in order of time; an hour without a past is left out."""
    for back in range(WINDOW + _CHARTED - 1, -1, -1):
        at = hour - back * HOUR
        usual = [scaled[at - _WEEK * week] for week in range(1, _WEEKS + 1) if at - _WEEK * week in scaled]
        if at in scaled and len(usual) >= _LEAST_WEEKS:
            yield scaled[at] - median(usual)


def _conclusion(
    series: Series,
    service: str,
    verdict: tuple[Verdict, Reason],
    size: float,
    statistics: Statistics | None = None,
) -> Conclusion:
    return Conclusion(
        service=service,
        feature=series.name,
        topic=series.topic,
        verdict=verdict[0],
        reason=verdict[1],
        current_size=1.0 if verdict[0] is not Verdict.NO_DATA else 0.0,
        reference_size=size,
        statistics=statistics,
    )
