"""The numbers: counters, gauges and histograms by label values.

Our own store beside prometheus_client because the exporter holds up to hundreds of thousands of series: a stock
scrape of 100k counters takes 1.7 s and holds up ingest with it, a stock increment ten times a dict entry
(docs/decisions). Label text is escaped once, when a series is born.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from watchkeeper.metrics.catalogue import Metric

LabelValues = tuple[str, ...]


class Exemplar(msgspec.Struct, frozen=True, gc=False):
    """A trace that shows what a bucket means: ``value`` at ``time`` (Unix seconds)."""

    trace_id: str
    value: float
    time: float


class Series(msgspec.Struct, gc=False):
    """One counter or gauge. ``labels`` is ready text like ``{a="b"}``; a counter of money is a Decimal."""

    labels: str
    created: float
    value: int | float | Decimal = 0
    exemplar: Exemplar | None = None


class HistogramSeries(msgspec.Struct):
    """One histogram: ``counts`` per bucket, the last for +Inf, not cumulative."""

    labels: str
    created: float
    counts: list[int]
    exemplars: dict[int, Exemplar]
    sum: float = 0.0


class Family:
    """All series of one counter or gauge."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.series: dict[LabelValues, Series] = {}

    def add(self, values: LabelValues, amount: float | Decimal, now: float, trace_id: str = "") -> None:
        """Increase a counter; ``now`` is the time its first sample was zero, if this is the first."""
        series = self.series.get(values)
        if series is None:
            series = self.series[values] = Series(label_text(self.metric.labels, values), now)
        series.value += amount  # type: ignore[operator]  # one counter is Decimal throughout or never
        if trace_id:
            series.exemplar = Exemplar(trace_id, float(amount), now)

    def set(self, values: LabelValues, value: float) -> None:
        """Set a gauge."""
        series = self.series.get(values)
        if series is None:
            series = self.series[values] = Series(label_text(self.metric.labels, values), 0.0)
        series.value = value


class HistogramFamily:
    """All series of one histogram."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        self.series: dict[LabelValues, HistogramSeries] = {}

    def observe(self, values: LabelValues, value: float, now: float, trace_id: str = "") -> None:
        """Count one value in its bucket; the newest traced value is the bucket's exemplar."""
        series = self.series.get(values)
        if series is None:
            empty = [0] * (len(self.metric.buckets) + 1)
            series = HistogramSeries(label_text(self.metric.labels, values), now, empty, {})
            self.series[values] = series
        bucket = bisect_left(self.metric.buckets, value)
        series.counts[bucket] += 1
        series.sum += value
        if trace_id:
            series.exemplars[bucket] = Exemplar(trace_id, value, now)


class MetricStore:
    """Every family of the catalogue, by name."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        metrics = tuple(metrics)
        self.families = {m.name: Family(m) for m in metrics if m.type != "histogram"}
        self.histograms = {m.name: HistogramFamily(m) for m in metrics if m.type == "histogram"}

    def label_rows(self) -> Iterator[tuple[tuple[str, ...], LabelValues]]:
        """Label names and values of every series."""
        for family in self.families.values():
            yield from ((family.metric.labels, values) for values in family.series)
        for histogram in self.histograms.values():
            yield from ((histogram.metric.labels, values) for values in histogram.series)

    def series_count(self) -> int:
        """How many series a scrape shows, each bucket counted."""
        plain = sum(len(family.series) for family in self.families.values())
        return plain + sum(len(h.series) * (len(h.metric.buckets) + 3) for h in self.histograms.values())


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """``{a="b",c="d"}`` with values escaped; labels without a value are left out, as Prometheus takes them."""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True) if value)
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
