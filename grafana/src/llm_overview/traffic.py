"""Row 2: rate, errors and duration of the calls."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, SERVICE, ratio
from grafana.src.sources import series, series_with_traces

TITLE = "Traffic and health"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_traffic(), *_latency())


def _traffic() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Call rate",
            "Model calls per second, over 5 minutes, by service. A line that ends is a service "
            "without telemetry: idle, or no longer connected.",
            house.REQUESTS_PER_SECOND,
            [series(f"sum by (service) (service_model:llm_requests:rate5m{{{CALLS}}})", "{{service}}")],
        ),
        house.graph(
            "Error rate by service",
            "Share of calls that ended in an error, a rate limit or a timeout, over 5 minutes, by service. "
            "0 is good. A gap means no calls. The dashed line is the lowest threshold in watchkeeper.yml.",
            house.RATIO,
            [
                series(_error_ratio("service"), "{{service}}"),
                series(f'min(llm_alert_threshold{{alert="LLMErrorRateHigh", {SERVICE}}})', house.LIMIT),
            ],
        ),
        house.stacked_graph(
            "Why do calls fail?",
            "Failed calls per second by kind of error and provider. A rise of one kind at one provider points there; "
            'a rise everywhere points to the application. "no data" means that no call failed, or none arrived.',
            house.PER_SECOND,
            [
                series(
                    f"sum by (provider, error_type) (rate(llm_errors_total{{{CALLS}}}[$__rate_interval]))",
                    "{{provider}} {{error_type}}",
                )
            ],
        ),
    )


def _latency() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Latency (p50, p95, p99)",
            "Latency percentiles of the model calls. "
            "A dot is one call and links to the logs of its trace. "
            "The dashed line is the lowest threshold in watchkeeper.yml.",
            house.SECONDS,
            [
                series(_quantile("0.5", _DURATION), "p50"),
                series_with_traces(_quantile("0.95", _DURATION), "p95"),
                series(_quantile("0.99", _DURATION), "p99"),
                series(f'min(llm_alert_threshold{{alert="LLMLatencyHigh", {SERVICE}}})', house.LIMIT),
            ],
        ),
        house.graph(
            "Time to first token",
            "Only streamed calls have a first token. Users notice it: above 2 seconds a chat feels slow. "
            "A dot is one call and links to the logs of its trace.",
            house.SECONDS,
            [
                series(_quantile("0.5", _FIRST_TOKEN), "p50"),
                series_with_traces(_quantile("0.95", _FIRST_TOKEN), "p95"),
                series(_quantile("0.99", _FIRST_TOKEN), "p99"),
            ],
        ),
        house.graph(
            "Latency by model (p95)",
            "p95 latency over 5 minutes, by model; of the slowest service if several use it. "
            "A rise of a single model points to its provider.",
            house.SECONDS,
            [
                series(
                    f"max by (provider, model) (service_model:llm_request_duration_seconds:p95_rate5m{{{CALLS}}})",
                    "{{provider}} {{model}}",
                )
            ],
        ),
    )


_DURATION = "llm_request_duration_seconds"
_FIRST_TOKEN = "llm_time_to_first_token_seconds"  # noqa: S105 - a metric, no secret


def _quantile(quantile: str, metric: str) -> str:
    buckets = f"sum by (le) (rate({metric}_bucket{{{CALLS}}}[$__rate_interval]))"
    return f"histogram_quantile({quantile}, {buckets}) >= 0"


def _error_ratio(label: str) -> str:
    failed = f"sum by ({label}) (service_model:llm_request_errors:rate5m{{{CALLS}}})"
    return ratio(failed, f"sum by ({label}) (service_model:llm_requests:rate5m{{{CALLS}}})")
