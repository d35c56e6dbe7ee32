"""docs/reference/metrics.md: every metric of the exporter."""

from collections.abc import Iterable

from docs.reference.markdown import code, page, table
from prometheus_client import CollectorRegistry

from watchkeeper.metrics.admission import DEFAULT_LIMITS
from watchkeeper.metrics.catalogue import METRICS, Metric
from watchkeeper.serving.middleware import HttpMetrics

_INTRODUCTION = """\
`llm_` is what applications do, `watchkeeper_` is the exporter's own state, `http_` is the exporter as a service.
Units are base units, counters end in `_total`.
A histogram has the series `_bucket`, `_sum` and `_count`.
The exporter also exposes the standard `process_` metrics of its process.

Recording rules precompute metrics from these: [alerts.md](alerts.md) lists them.
Renaming a metric or a label is a breaking change and is listed in the CHANGELOG."""

_LABELS = """\
Senders fill these labels, so each takes a limited number of different values.
A value beyond the limit is counted as `other`, \
and `watchkeeper_label_overflow_total` says so; log lines keep the value.
`limits.label_values` in `watchkeeper.yml` changes a limit.
What a client does not report is `unknown` for provider, model and service, \
`unassigned` for team and `default` for tenant; other labels are then absent.
User, session, trace, request and document ids are never labels."""

_BUCKETS = "Upper bounds of the buckets, without +Inf."


def render() -> str:
    """Return the page."""
    histograms = [metric for metric in METRICS if metric.buckets]
    return page(
        "Metrics",
        "services/watchkeeper/metrics/catalogue.py and services/watchkeeper/serving/middleware.py",
        _INTRODUCTION,
        "## What applications do",
        _metrics(metric for metric in METRICS if metric.name.startswith("llm_")),
        "## The exporter's own state",
        _metrics(metric for metric in METRICS if metric.name.startswith("watchkeeper_")),
        "## The exporter as a service",
        _http(),
        "## Labels",
        _LABELS,
        table(["label", "different values"], [[code(label), str(limit)] for label, limit in DEFAULT_LIMITS.items()]),
        "## Buckets",
        _BUCKETS,
        table(["metric", "buckets"], [[code(metric.name), _bounds(metric)] for metric in histograms]),
    )


def _metrics(metrics: Iterable[Metric]) -> str:
    rows = [[code(m.name), m.type, ", ".join(map(code, m.labels)), m.help] for m in metrics]
    return table(["metric", "type", "labels", "meaning"], rows)


def _http() -> str:
    """The HTTP metrics are made by prometheus_client: ask it, not the source text."""
    registry = CollectorRegistry()
    HttpMetrics(registry)
    rows = [
        [code(f"{family.name}_total" if family.type == "counter" else family.name), family.type, family.documentation]
        for family in registry.collect()
    ]
    return table(["metric", "type", "meaning"], rows)


def _bounds(metric: Metric) -> str:
    return ", ".join(f"{bound:g}" if bound < 1e6 else f"{bound:.0f}" for bound in metric.buckets)  # noqa: PLR2004
