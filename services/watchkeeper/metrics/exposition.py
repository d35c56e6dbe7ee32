"""The text that Prometheus scrapes: version 0.0.4, and OpenMetrics with created times and exemplars.

Whatever is text in it is ``Escaped``; tests/unit/metrics/test_only_escaped_text.py holds each f-string here to that.

Source: prometheus.io/docs/specs/om/open_metrics_spec. ``_created`` lines are what lets Prometheus see a counter's
first value (created-timestamp-zero-ingestion).
"""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

from watchkeeper.metrics.catalogue import MetricType
from watchkeeper.metrics.escaping import Escaped, escaped, exemplar_labels, metric_name
from watchkeeper.metrics.store import (
    Exemplar,
    Family,
    HistogramFamily,
    HistogramSeries,
    LabelValues,
    MetricStore,
    Series,
)

Drawn = TypeVar("Drawn", Series, HistogramSeries)

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

# Series per piece: between pieces the event loop takes in telemetry, so that a large scrape never holds it up for more
# than 2 ms (bench/scrape.py). A histogram takes as long as eight counters.
_PIECE = 1000
_PIECE_OF_HISTOGRAMS = 128
_NOTHING = Escaped("")


def render(store: MetricStore, *, openmetrics: bool) -> Iterator[str]:
    """Yield the exposition in pieces of bounded size, without OpenMetrics' final ``# EOF``."""
    for family in store.families.values():
        yield from _plain_pieces(family, openmetrics)
    for histogram in store.histograms.values():
        yield from _histogram_pieces(histogram, openmetrics)


def _plain_pieces(family: Family, openmetrics: bool) -> Iterator[str]:
    metric, name = family.metric, family.name
    if not openmetrics or metric.type != "counter":
        yield _head(name, metric.help, metric.type)
        for part in _parts(family.series, _PIECE):
            yield "".join([f"{name}{series.labels} {number(series.value)}\n" for series in part])
        return
    base = metric_name(name.removesuffix("_total"))
    yield _head(base, metric.help, metric.type)
    for part in _parts(family.series, _PIECE):
        yield "".join(
            [
                f"{name}{series.labels} {number(series.value)}{_exemplar(series.exemplar)}\n"
                f"{base}_created{series.labels} {number(series.created)}\n"
                for series in part
            ]
        )


def _histogram_pieces(family: HistogramFamily, openmetrics: bool) -> Iterator[str]:
    name = family.name
    bounds = [Escaped(f'le="{number(bound)}"') for bound in (*family.metric.buckets, math.inf)]
    yield _head(name, family.metric.help, "histogram")
    for part in _parts(family.series, _PIECE_OF_HISTOGRAMS):
        yield "".join([_one_histogram(name, bounds, series, openmetrics) for series in part])


def _parts(series: Mapping[LabelValues, Drawn], size: int) -> Iterator[list[Drawn]]:
    """The series in portions; those that ingest adds between two pieces come with the next scrape."""
    known = list(series.values())
    for start in range(0, len(known), size):
        yield known[start : start + size]


def _one_histogram(name: Escaped, bounds: list[Escaped], series: HistogramSeries, openmetrics: bool) -> str:
    opening = Escaped(f"{name}_bucket{series.labels[:-1]}," if series.labels else f"{name}_bucket{{")
    lines: list[str] = []
    total = 0
    for position, (bound, count) in enumerate(zip(bounds, series.counts, strict=True)):
        total += count
        exemplar = series.exemplars.get(position) if openmetrics else None
        lines.append(f"{opening}{bound}}} {total}{_exemplar(exemplar)}\n")
    lines.append(f"{name}_sum{series.labels} {number(series.sum)}\n{name}_count{series.labels} {total}\n")
    if openmetrics:
        lines.append(f"{name}_created{series.labels} {number(series.created)}\n")
    return "".join(lines)


def _head(name: Escaped, help_text: str, kind: MetricType) -> str:
    return f"# HELP {name} {escaped(help_text)}\n# TYPE {name} {kind}\n"


def _exemplar(exemplar: Exemplar | None) -> Escaped:
    if exemplar is None:
        return _NOTHING
    return Escaped(f" # {exemplar_labels(exemplar.trace_id)} {number(exemplar.value)} {number(exemplar.time)}")


def number(value: int | float | Decimal) -> Escaped:
    """A sample's value: shortest text that reads back the same, NaN and infinities in Prometheus' spelling."""
    # Naming the type would be a call for each sample, a sixth of the time (bench/scrape.py).
    if isinstance(value, int):
        return str(value)  # type: ignore[return-value]
    as_float = float(value)
    if math.isfinite(as_float):
        return repr(as_float)  # type: ignore[return-value]
    return Escaped("NaN" if math.isnan(as_float) else "+Inf" if as_float > 0 else "-Inf")
