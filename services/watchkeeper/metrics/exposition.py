"""The text that Prometheus scrapes: version 0.0.4, and OpenMetrics with created times and exemplars.

Source: prometheus.io/docs/specs/om/open_metrics_spec. ``_created`` lines are what lets Prometheus see a counter's
first value (created-timestamp-zero-ingestion).
"""

import math
from collections.abc import Iterator
from decimal import Decimal

from watchkeeper.metrics.store import Exemplar, Family, HistogramFamily, HistogramSeries, MetricStore

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

# Series per piece: between pieces the event loop takes in telemetry, so that a large scrape never holds it up for more
# than 2 ms (bench/scrape.py). A histogram takes as long as sixteen counters.
_PIECE = 2000
_PIECE_OF_HISTOGRAMS = 128


def render(store: MetricStore, *, openmetrics: bool) -> Iterator[str]:
    """Yield the exposition in pieces of bounded size, without OpenMetrics' final ``# EOF``."""
    for family in store.families.values():
        yield from _pieces(_plain_lines(family, openmetrics), _PIECE)
    for histogram in store.histograms.values():
        yield from _pieces(_histogram_lines(histogram, openmetrics), _PIECE_OF_HISTOGRAMS)


def _pieces(lines: Iterator[str], size: int) -> Iterator[str]:
    piece: list[str] = []
    for line in lines:
        piece.append(line)
        if len(piece) >= size:
            yield "".join(piece)
            piece.clear()
    if piece:
        yield "".join(piece)


def _plain_lines(family: Family, openmetrics: bool) -> Iterator[str]:
    metric = family.metric
    is_created = openmetrics and metric.type == "counter"
    base = metric.name.removesuffix("_total") if is_created else metric.name
    yield _head(base, metric.help, metric.type)
    for series in list(family.series.values()):  # a copy: ingest may add series between two pieces
        exemplar = _exemplar(series.exemplar) if openmetrics and series.exemplar else ""
        yield f"{metric.name}{series.labels} {number(series.value)}{exemplar}\n"
        if is_created:
            yield f"{base}_created{series.labels} {number(series.created)}\n"


def _histogram_lines(family: HistogramFamily, openmetrics: bool) -> Iterator[str]:
    name = family.metric.name
    bounds = [f'le="{number(bound)}"' for bound in family.metric.buckets] + ['le="+Inf"']
    yield _head(name, family.metric.help, "histogram")
    for series in list(family.series.values()):
        yield _one_histogram(name, bounds, series, openmetrics)


def _one_histogram(name: str, bounds: list[str], series: HistogramSeries, openmetrics: bool) -> str:
    opening = f"{name}_bucket{series.labels[:-1]}," if series.labels else f"{name}_bucket{{"
    lines: list[str] = []
    total = 0
    for position, (bound, count) in enumerate(zip(bounds, series.counts, strict=True)):
        total += count
        exemplar = series.exemplars.get(position) if openmetrics else None
        lines.append(f"{opening}{bound}}} {total}{_exemplar(exemplar) if exemplar else ''}\n")
    lines.append(f"{name}_sum{series.labels} {number(series.sum)}\n{name}_count{series.labels} {total}\n")
    if openmetrics:
        lines.append(f"{name}_created{series.labels} {number(series.created)}\n")
    return "".join(lines)


def _head(name: str, help_text: str, kind: str) -> str:
    return f"# HELP {name} {help_text}\n# TYPE {name} {kind}\n"


def _exemplar(exemplar: Exemplar) -> str:
    return f' # {{trace_id="{exemplar.trace_id}"}} {number(exemplar.value)} {number(exemplar.time)}'


def number(value: int | float | Decimal) -> str:
    """A sample's value: shortest text that reads back the same, NaN and infinities in Prometheus' spelling."""
    if isinstance(value, int):
        return str(value)
    as_float = float(value)
    if math.isfinite(as_float):
        return repr(as_float)
    return "NaN" if math.isnan(as_float) else "+Inf" if as_float > 0 else "-Inf"
