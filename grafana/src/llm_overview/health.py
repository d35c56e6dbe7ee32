"""Row 2: traffic, errors and latency over time."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm.queries import BUSIEST, DURATION, error_ratio, recorded_quantile
from grafana.src.llm_overview.filters import CALLS, limit, ten_and_others, ten_of
from grafana.src.sources import series
from grafana_foundation_sdk.builders import dashboard

TITLE = "Traffic, errors and latency"
NO_DATA = "no model calls in the time shown: docs/how-to/connect-an-app.md connects an application"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    rates = f"sum by (service) (service_model:llm_requests:rate5m{{{CALLS}}})"
    errors = error_ratio("service")
    return (
        house.stacked_graph(
            "Call rate by service",
            "Model calls per second, over 5 minutes, stacked; the ten busiest services of the time shown and the rest. "
            "A band that ends is a service without telemetry: idle, or no longer connected.",
            house.REQUESTS_PER_SECOND,
            [*ten_and_others("service", rates, BUSIEST, "{{service}}")],
        ).data_links([_this("Usage", links.TOKENS)]),
        house.graph(
            "Error rate by service",
            "Share of calls that ended in an error, a rate limit or a timeout, over 5 minutes, of the ten busiest "
            "services. 0 is good; a gap is no calls. The dashed line is the lowest threshold of LLMErrorRateHigh, "
            "drawn when near.",
            house.RATIO,
            [series(ten_of("service", errors, BUSIEST), "{{service}}"), limit("LLMErrorRateHigh", errors)],
        ).data_links([_this("Errors", links.ERRORS)]),
        house.graph(
            "Latency (p50, p95, p99)",
            "Latency percentiles of the model calls. Latency has dots that lead to the lines of single calls. "
            "The dashed line is the lowest threshold of LLMLatencyHigh, drawn when near.",
            house.SECONDS,
            [
                series(recorded_quantile(0.5, DURATION), "p50"),
                series(recorded_quantile(0.95, DURATION), "p95"),
                series(recorded_quantile(0.99, DURATION), "p99"),
                limit("LLMLatencyHigh", f"max(service_model:{DURATION}:p95_rate5m{{{CALLS}}})"),
            ],
        )
        .interval(house.STEADY)
        .data_links([links.to_page("Latency", links.LATENCY, carry=links.CHOSEN)]),
    )


def _this(what: str, uid: str) -> dashboard.DashboardLink:
    return links.to_page(f"{what} of this service", uid, carry=("team", "model"), service=links.of_label("service"))
