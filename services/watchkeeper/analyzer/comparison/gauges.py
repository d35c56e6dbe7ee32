"""The conclusions of a cycle as metrics; what a cycle does not find any more has no sample any more."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple
from math import isfinite

from watchkeeper.analyzer.accepted.change import Accepted
from watchkeeper.analyzer.comparison.verdict import Conclusion, Verdict
from watchkeeper.analyzer.comparison.windows import PAST, Windows
from watchkeeper.analyzer.drift.choice import Method
from watchkeeper.analyzer.drift.histogram import together
from watchkeeper.analyzer.drift.shares import shares
from watchkeeper.metrics.store import LabelValues, MetricStore

_METRICS = (
    "llm_drift_score",
    "llm_drift_pvalue",
    "llm_drift_sample_size",
    "llm_drift_limit",
    "llm_drift_bin_ratio",
    "llm_drift_verdict",
    "llm_drift_window_seconds",
)
Samples = dict[tuple[str, LabelValues], float]


class DriftGauges:
    """Sets what a cycle found, and takes away what the one before did and this one does not."""

    def __init__(self, store: MetricStore) -> None:
        self._families = {name: store.families[name] for name in _METRICS}
        self._accepted_at = store.families["llm_drift_accepted_timestamp_seconds"]
        self._compared_at = store.families["watchkeeper_drift_timestamp_seconds"]

    def show(self, conclusions: Sequence[Conclusion]) -> None:
        """Replace all samples by those of these conclusions."""
        samples: Samples = {}
        for conclusion in conclusions:
            samples.update(_samples(conclusion))
        for name, family in self._families.items():
            for values in [values for values in family.series if (name, values) not in samples]:
                family.drop(values)
        for (name, values), value in samples.items():
            self._families[name].set(values, value)

    def accepted(self, changes: Accepted) -> None:
        """Show the changes that are accepted, and no others."""
        since = {(one.service, one.feature): one.since for one in changes}
        self._accepted_at.drop_if(lambda series: series not in since)
        for series, time in since.items():
            self._accepted_at.set(series, time)

    def compared(self, now: float) -> None:
        """Say that a cycle compared features at ``now`` (Unix seconds)."""
        self._compared_at.set((), now)


def _samples(one: Conclusion) -> Iterator[tuple[tuple[str, LabelValues], float]]:
    series, sides = (one.service, one.feature), astuple(one.sides)
    yield ("llm_drift_verdict", (*series, one.topic.value, one.verdict.value, one.reason.value, *sides)), 1.0
    yield ("llm_drift_sample_size", (*series, "current", *sides)), one.current_size
    yield ("llm_drift_sample_size", (*series, "reference", *sides)), one.reference_size
    if one.windows is not None and one.sides == PAST:
        yield ("llm_drift_window_seconds", series), one.windows.settings.window_seconds
    is_of_past = one.windows is not None and one.sides == PAST and not one.windows.slices
    if one.windows and is_of_past and one.verdict in (Verdict.SHIFTING, Verdict.DRIFTED):
        yield from _shares(series, one.windows)
    if one.statistics is None:
        return
    for method, score in one.statistics.scores.items():
        if isfinite(score):
            yield ("llm_drift_score", (*series, method.value, *sides)), score
    yield ("llm_drift_pvalue", (*series, one.statistics.method.value, *sides)), one.statistics.pvalue
    if Method.PSI in one.statistics.scores:
        yield ("llm_drift_limit", (*series, "chance", *sides)), one.statistics.chance_psi
        if one.own_limit is not None:
            yield ("llm_drift_limit", (*series, "own_history", *sides)), one.own_limit


def _shares(series: tuple[str, str], windows: Windows) -> Iterator[tuple[tuple[str, LabelValues], float]]:
    """Both distributions on the same bins; their names begin with a number, which is their order."""
    reference = together(list(windows.reference.values()))
    for window, histogram in (("current", windows.current), ("reference", reference)):
        for place, (name, share) in enumerate(zip(windows.bins, shares(histogram.counts), strict=True)):
            yield ("llm_drift_bin_ratio", (*series, window, f"{place:02} {name}")), share
