"""The conclusions of a cycle as metrics; what a cycle does not find any more has no sample any more."""

from collections.abc import Iterator, Sequence
from math import isfinite

from watchkeeper.analyzer.comparison.verdict import Conclusion, Verdict
from watchkeeper.analyzer.comparison.windows import Windows
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
)
Samples = dict[tuple[str, LabelValues], float]
# Series are of services; versions of prompts and models are compared side by side elsewhere.
_UNVERSIONED = ("", "", "")


class DriftGauges:
    """Sets what a cycle found, and takes away what the one before did and this one does not."""

    def __init__(self, store: MetricStore) -> None:
        self._families = {name: store.families[name] for name in _METRICS}
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

    def compared(self, now: float) -> None:
        """Say that a cycle compared features at ``now`` (Unix seconds)."""
        self._compared_at.set((), now)


def _samples(one: Conclusion) -> Iterator[tuple[tuple[str, LabelValues], float]]:
    series = one.service, one.feature
    yield ("llm_drift_verdict", (*series, one.topic.value, one.verdict.value, one.reason.value, *_UNVERSIONED)), 1.0
    yield ("llm_drift_sample_size", (*series, "current", *_UNVERSIONED)), one.current_size
    yield ("llm_drift_sample_size", (*series, "reference", *_UNVERSIONED)), one.reference_size
    if one.windows is not None and not one.windows.slices and one.verdict in (Verdict.SHIFTING, Verdict.DRIFTED):
        yield from _shares(series, one.windows)
    if one.statistics is None:
        return
    for method, score in one.statistics.scores.items():
        if isfinite(score):
            yield ("llm_drift_score", (*series, method.value, *_UNVERSIONED)), score
    yield ("llm_drift_pvalue", (*series, one.statistics.method.value, *_UNVERSIONED)), one.statistics.pvalue
    if Method.PSI in one.statistics.scores:
        yield ("llm_drift_limit", (*series, "chance", *_UNVERSIONED)), one.statistics.chance_psi
        if one.own_limit is not None:
            yield ("llm_drift_limit", (*series, "own_history", *_UNVERSIONED)), one.own_limit


def _shares(series: tuple[str, str], windows: Windows) -> Iterator[tuple[tuple[str, LabelValues], float]]:
    """Both distributions on the same bins; their names begin with a number, which is their order."""
    reference = together(list(windows.reference.values()))
    for window, histogram in (("current", windows.current), ("reference", reference)):
        for place, (name, share) in enumerate(zip(windows.bins, shares(histogram.counts), strict=True)):
            yield ("llm_drift_bin_ratio", (*series, window, f"{place:02} {name}", *_UNVERSIONED)), share
