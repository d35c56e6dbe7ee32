"""The numbers: counters, gauges and histograms by label values.

Our own store beside prometheus_client because the exporter holds up to hundreds of thousands of series: a stock
scrape of 100k counters takes 1.7 s and holds up ingest with it, a stock increment ten times a dict entry
(docs/decisions). Label text is escaped once, when a series is created.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from watchkeeper.metrics.admission import DEFAULT_LIMITS, OTHER
from watchkeeper.metrics.catalogue import Metric
from watchkeeper.metrics.escaping import Escaped, label_text, metric_name
from watchkeeper.model.ids import NO_TRACE_ID, TraceId

LabelValues = tuple[str, ...]

# Samples of a scrape; below the sample_limit of prometheus.yml, which refuses a larger scrape whole.
DEFAULT_SERIES = 150_000
_OVERFLOW = "watchkeeper_series_overflow_total"


class Exemplar(msgspec.Struct, frozen=True, gc=False):
    """A trace that shows what a bucket means: ``value`` at ``time`` (Unix seconds)."""

    trace_id: TraceId
    value: float
    time: float


class Series(msgspec.Struct, gc=False):
    """One counter or gauge. ``labels`` is ready text like ``{a="b"}``; a counter of money is a Decimal."""

    labels: Escaped
    created: float
    value: int | float | Decimal = 0
    exemplar: Exemplar | None = None


class HistogramSeries(msgspec.Struct):
    """One histogram: ``counts`` per bucket, the last for +Inf, not cumulative."""

    labels: Escaped
    created: float
    counts: list[int]
    exemplars: dict[int, Exemplar]
    sum: float = 0.0

    def observe(self, bounds: Sequence[float], value: float, now: float, trace_id: TraceId) -> None:
        """Count one value in its bucket; the newest traced value is the bucket's exemplar."""
        bucket = bisect_left(bounds, value)
        self.counts[bucket] += 1
        self.sum += value
        if trace_id:
            self.exemplars[bucket] = Exemplar(trace_id, value, now)


class SeriesRoom:
    """How many samples a scrape may show, and how many it shows; ``overflows`` counts by metric what had no place."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self.overflows: dict[str, int] = {}

    def is_full_for(self, samples: int) -> bool:
        """Whether a series of so many samples has no place."""
        return self.used + samples > self.limit


class Family:
    """All series of one counter or gauge.

    Gauges are our own and few: they take room and are never refused it.
    """

    def __init__(self, metric: Metric, room: SeriesRoom) -> None:
        self.metric = metric
        self.name = metric_name(metric.name)
        self.series: dict[LabelValues, Series] = {}
        self._label_names = [metric_name(label) for label in metric.labels]
        self._room = room
        self._is_filled_by_senders = _filled_by_senders(metric)

    def add(self, values: LabelValues, amount: float | Decimal, now: float, trace_id: TraceId = NO_TRACE_ID) -> None:
        """Increase a counter; ``now`` is the time its first sample was zero, if this is the first."""
        series = self.series.get(values)
        if series is None:
            series = self._first(values, now)
        series.value += amount  # type: ignore[operator]  # one counter is Decimal throughout or never
        if trace_id:
            series.exemplar = Exemplar(trace_id, float(amount), now)

    def set(self, values: LabelValues, value: float) -> None:
        """Set a gauge."""
        series = self.series.get(values)
        if series is None:
            series = self.put(values, Series(self.labels_of(values), 0.0))
        series.value = value

    def labels_of(self, values: LabelValues) -> Escaped:
        """The text of label values."""
        return label_text(self._label_names, values)

    def put(self, values: LabelValues, series: Series) -> Series:
        """Take in a series, whether there is room or not."""
        self._room.used += values not in self.series
        self.series[values] = series
        return series

    def drop(self, values: LabelValues) -> None:
        """Forget a gauge."""
        if self.series.pop(values, None) is not None:
            self._room.used -= 1

    def _first(self, values: LabelValues, now: float) -> Series:
        """The series of new label values: one of their own, or the one that all others share when there is no room."""
        if self._room.is_full_for(1):
            values = _refused(values, self._is_filled_by_senders, self.metric.name, self._room)
            if (shared := self.series.get(values)) is not None:
                return shared
        return self.put(values, Series(self.labels_of(values), now))


class HistogramFamily:
    """All series of one histogram."""

    def __init__(self, metric: Metric, room: SeriesRoom) -> None:
        self.metric = metric
        self.name = metric_name(metric.name)
        self.series: dict[LabelValues, HistogramSeries] = {}
        self._label_names = [metric_name(label) for label in metric.labels]
        self._room = room
        self._samples = len(metric.buckets) + 3
        self._is_filled_by_senders = _filled_by_senders(metric)

    def observe(self, values: LabelValues, value: float, now: float, trace_id: TraceId = NO_TRACE_ID) -> None:
        """Count one value."""
        series = self.series.get(values)
        if series is None:
            series = self._first(values, now)
        series.observe(self.metric.buckets, value, now, trace_id)

    def labels_of(self, values: LabelValues) -> Escaped:
        """The text of label values."""
        return label_text(self._label_names, values)

    def put(self, values: LabelValues, series: HistogramSeries) -> HistogramSeries:
        """Take in a series, whether there is room or not."""
        self._room.used += self._samples if values not in self.series else 0
        self.series[values] = series
        return series

    def _first(self, values: LabelValues, now: float) -> HistogramSeries:
        if self._room.is_full_for(self._samples):
            values = _refused(values, self._is_filled_by_senders, self.metric.name, self._room)
            if (shared := self.series.get(values)) is not None:
                return shared
        empty = [0] * (len(self.metric.buckets) + 1)
        return self.put(values, HistogramSeries(self.labels_of(values), now, empty, {}))


class MetricStore:
    """Every family of the catalogue, by name; together they show at most ``limit`` samples and what is shared.

    Once that many are shown, new label values count in the series of their family where every label that senders
    fill is ``other``. Labels of closed sets keep their values, so that errors stay errors.
    """

    def __init__(self, metrics: Iterable[Metric], limit: int = DEFAULT_SERIES) -> None:
        metrics = tuple(metrics)
        self.room = SeriesRoom(limit)
        self.families = {m.name: Family(m, self.room) for m in metrics if m.type != "histogram"}
        self.histograms = {m.name: HistogramFamily(m, self.room) for m in metrics if m.type == "histogram"}

    def label_rows(self) -> Iterator[tuple[tuple[str, ...], LabelValues]]:
        """Label names and values of every series."""
        for family in self.families.values():
            yield from ((family.metric.labels, values) for values in family.series)
        for histogram in self.histograms.values():
            yield from ((histogram.metric.labels, values) for values in histogram.series)

    def series_count(self) -> int:
        """How many samples a scrape shows, each bucket counted."""
        return self.room.used

    def count_overflows(self, now: float) -> None:
        """Bring the counter of what had no place up to date; counting at once would cost a lookup at each."""
        family = self.families[_OVERFLOW]
        for metric, refused in self.room.overflows.items():
            family.add((metric,), refused, now)
        self.room.overflows.clear()


def _filled_by_senders(metric: Metric) -> tuple[bool, ...]:
    return tuple(label in DEFAULT_LIMITS for label in metric.labels)


def _refused(values: LabelValues, is_filled: tuple[bool, ...], metric: str, room: SeriesRoom) -> LabelValues:
    """The shared series' values; counted unless they are the values asked for."""
    shared = tuple(OTHER if filled else value for value, filled in zip(values, is_filled, strict=True))
    if shared != values:
        room.overflows[metric] = room.overflows.get(metric, 0) + 1
    return shared
