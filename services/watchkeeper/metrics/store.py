"""The numbers: counters, gauges and histograms by label values.

Our own store beside prometheus_client because the exporter holds up to hundreds of thousands of series: a stock
scrape of 100k counters takes 1.7 s and holds up ingest with it, a stock increment ten times a dict entry
(docs/decisions). Label text is escaped once, when a series is created.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from watchkeeper.metrics.admission import DEFAULT_LIMITS
from watchkeeper.metrics.capacity import SeriesCapacity
from watchkeeper.metrics.catalogue import ENDS_WITH_SERVICE, Metric
from watchkeeper.metrics.escaping import Escaped, label_text, metric_name
from watchkeeper.metrics.folding import Ladder
from watchkeeper.metrics.lifetime import Lifetime
from watchkeeper.model.ids import NO_TRACE_ID, TraceId

LabelValues = tuple[str, ...]

# Samples of a scrape; below the sample_limit of prometheus.yml, which refuses a larger scrape whole.
DEFAULT_SERIES = 150_000


class Exemplar(msgspec.Struct, frozen=True, gc=False):
    """A trace that shows what a bucket means: ``value`` at ``time`` (Unix seconds)."""

    trace_id: TraceId
    value: float
    time: float


class Series(msgspec.Struct, gc=False):
    """One counter or gauge. ``labels`` is ready text like ``{a="b"}``; a counter of money is a Decimal.

    ``touched`` is when it last counted something, in seconds of the store's lifetime.
    """

    labels: Escaped
    created: float
    value: int | float | Decimal = 0
    exemplar: Exemplar | None = None
    touched: float = 0.0


class HistogramSeries(msgspec.Struct):
    """One histogram: ``counts`` per bucket, the last for +Inf, not cumulative; ``touched`` as for ``Series``."""

    labels: Escaped
    created: float
    counts: list[int]
    exemplars: dict[int, Exemplar]
    sum: float = 0.0
    touched: float = 0.0

    def observe(self, bounds: Sequence[float], value: float, now: float, trace_id: TraceId) -> None:
        """Count one value in its bucket; the newest traced value is the bucket's exemplar."""
        bucket = bisect_left(bounds, value)
        self.counts[bucket] += 1
        self.sum += value
        if trace_id:
            self.exemplars[bucket] = Exemplar(trace_id, value, now)


AnySeries = TypeVar("AnySeries", Series, HistogramSeries)


class _SeriesOf(Generic[AnySeries]):
    """The series of one metric: how they are created, what capacity they take, and when they end."""

    def __init__(self, metric: Metric, samples: int, capacity: SeriesCapacity, life: Lifetime) -> None:
        self.metric = metric
        self.name = metric_name(metric.name)
        self.series: dict[LabelValues, AnySeries] = {}
        self.life = life
        self.is_filled_by_senders = any(label in DEFAULT_LIMITS for label in metric.labels)
        self.ends = self.is_filled_by_senders and metric.type != "gauge" and metric.name not in ENDS_WITH_SERVICE
        self._label_names = [metric_name(label) for label in metric.labels]
        self._ladder = Ladder(metric.labels)
        self._samples = samples
        self._capacity = capacity

    def labels_of(self, values: LabelValues) -> Escaped:
        """The text of label values."""
        return label_text(self._label_names, values)

    def put(self, values: LabelValues, series: AnySeries) -> AnySeries:
        """Take in a series, whether there is capacity or not."""
        if values not in self.series:
            self._capacity.take(self._ladder.service_of(values), self._samples)
        self.series[values] = series
        return series

    def drop(self, values: LabelValues) -> None:
        """Forget a series."""
        if self.series.pop(values, None) is not None:
            self._capacity.take(self._ladder.service_of(values), -self._samples)

    def drop_if(self, is_gone: Callable[[LabelValues], bool]) -> None:
        """Forget the series whose label values are gone."""
        for values in [values for values in self.series if is_gone(values)]:
            self.drop(values)

    def end_untouched(self, since: float) -> int:
        """Forget the series that counted nothing since then, in seconds of the lifetime; return how many.

        Only those that senders fill end, and no gauge does: whoever sets one forgets it.
        """
        if not self.ends:
            return 0
        ended = [values for values, series in self.series.items() if series.touched < since]
        for values in ended:
            self.drop(values)
        return len(ended)

    def _fitted(self, values: LabelValues) -> LabelValues:
        """The label values with as much detail as there is capacity for; what no sender fills is bounded anyway."""
        if not self.is_filled_by_senders:
            return values
        return self._ladder.fit(values, self.series, self._capacity, self._samples)


class Family(_SeriesOf[Series]):
    """All series of one counter or gauge.

    Gauges are our own and few: they take capacity and are never refused it.
    """

    def __init__(self, metric: Metric, capacity: SeriesCapacity, life: Lifetime) -> None:
        super().__init__(metric, 1, capacity, life)

    def add(self, values: LabelValues, amount: float | Decimal, now: float, trace_id: TraceId = NO_TRACE_ID) -> None:
        """Increase a counter; ``now`` is the time its first sample was zero, if this is the first."""
        series = self.series.get(values)
        if series is None:
            fitted = self._fitted(values)
            series = self.series.get(fitted) or self.create(fitted, now)
        series.value += amount  # type: ignore[operator]  # one counter is Decimal throughout or never
        series.touched = self.life.seconds
        if trace_id:
            series.exemplar = Exemplar(trace_id, float(amount), now)

    def set(self, values: LabelValues, value: float) -> None:
        """Set a gauge."""
        series = self.series.get(values)
        if series is None:
            series = self.create(values, 0.0)
        series.value = value

    def create(self, values: LabelValues, now: float) -> Series:
        """A new series at zero, whether there is capacity or not."""
        return self.put(values, Series(self.labels_of(values), now))


class HistogramFamily(_SeriesOf[HistogramSeries]):
    """All series of one histogram."""

    def __init__(self, metric: Metric, capacity: SeriesCapacity, life: Lifetime) -> None:
        super().__init__(metric, len(metric.buckets) + 3, capacity, life)

    def observe(self, values: LabelValues, value: float, now: float, trace_id: TraceId = NO_TRACE_ID) -> None:
        """Count one value."""
        series = self.series.get(values)
        if series is None:
            fitted = self._fitted(values)
            series = self.series.get(fitted) or self.create(fitted, now)
        series.observe(self.metric.buckets, value, now, trace_id)
        series.touched = self.life.seconds

    def create(self, values: LabelValues, now: float) -> HistogramSeries:
        """A new series of no values, whether there is capacity or not."""
        empty = [0] * (len(self.metric.buckets) + 1)
        return self.put(values, HistogramSeries(self.labels_of(values), now, empty, {}))


class MetricStore:
    """Every family of the catalogue, by name; together they show about ``limit`` samples.

    New series lose detail where that many are shown (``folding``), and those that count nothing for long end.
    """

    def __init__(self, metrics: Iterable[Metric], limit: int = DEFAULT_SERIES, life: Lifetime | None = None) -> None:
        metrics = tuple(metrics)
        self.capacity = SeriesCapacity(limit)
        self.life = life or Lifetime()
        self.families = {m.name: Family(m, self.capacity, self.life) for m in metrics if m.type != "histogram"}
        self.histograms = {
            m.name: HistogramFamily(m, self.capacity, self.life) for m in metrics if m.type == "histogram"
        }

    def label_rows(self) -> Iterator[tuple[tuple[str, ...], LabelValues, float]]:
        """Label names and values of every series, and when it was last touched."""
        for family in self._all():
            for values, series in family.series.items():
                yield family.metric.labels, values, series.touched

    def series_count(self) -> int:
        """How many samples a scrape shows, each bucket counted."""
        return self.capacity.used

    def end_untouched(self, since: float) -> dict[str, int]:
        """Forget series that counted nothing since then, in seconds of the lifetime; return how many by metric."""
        ended = {family.metric.name: family.end_untouched(since) for family in self._all()}
        return {name: count for name, count in ended.items() if count}

    def _all(self) -> Iterator[Family | HistogramFamily]:
        yield from self.families.values()
        yield from self.histograms.values()
