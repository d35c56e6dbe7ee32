"""Row 3: one line for each service."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.alerts.now import GROUPED
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, OWNED, ratio
from grafana.src.sources import rows
from grafana_foundation_sdk.builders import dashboard

TITLE = "Services"
NO_DATA = "no model calls in the last 5 minutes: docs/how-to/connect-an-app.md connects an application"

_BY = "sum by (service, team)"
_RATE = f"{_BY} (service_model:llm_requests:rate5m{{{CALLS}}})"
_FAILED = ratio(f"{_BY} (service_model:llm_request_errors:rate5m{{{CALLS}}})", _RATE)
_P95 = f"max by (service, team) (service_model:llm_request_duration_seconds:p95_rate5m{{{CALLS}}})"
_COST = f"{_BY} (service_model:llm_cost_dollars:increase1h{{{CALLS}}})"
_USUAL = f'{_BY} (measure_window:llm_usage:usual{{measure="cost_dollars",window="1h",{OWNED}}})'
_FIRING = f"count by (service, team) ({GROUPED})"


def panels() -> Sequence[PanelBuilder]:
    """Return the only panel."""
    table = house.overview(
        "Services",
        "Each service: calls per second, share that failed and p95 latency of 5 minutes, cost of the last hour and "
        "what is usual at this hour, and alerts that fire. A click on the service opens its pages.",
        {"service": "service", "team": "team"},
        [
            house.Column("calls", house.REQUESTS_PER_SECOND, rows(f"topk(50, {_RATE})")),
            house.Column("failed", house.RATIO, rows(f"{_FAILED} and topk(50, {_RATE})"), house.FAILING),
            house.Column("p95", house.SECONDS, rows(f"{_P95} and topk(50, {_RATE})")),
            house.Column("cost, last hour", house.DOLLARS, rows(f"{_COST} and topk(50, {_RATE})")),
            house.Column("cost, usual hour", house.DOLLARS, rows(f"{_USUAL} and topk(50, {_RATE})")),
            house.Column(
                "alerts", house.COUNT, rows(f"({_FIRING} and {_RATE}) or 0 * topk(50, {_RATE})"), house.ZERO_IS_GOOD
            ),
        ],
    )
    to = (
        ("Errors", links.ERRORS),
        ("Latency", links.LATENCY),
        ("Cost", links.COST),
        ("Quality", links.QUALITY),
        ("Traces", links.TRACES),
    )
    return (house.column_with_links(table.height(7), "service", [_this(name, uid) for name, uid in to]),)


def _this(what: str, uid: str) -> dashboard.DashboardLink:
    return links.to_page(f"{what} of this service", uid, carry=("team",), service=links.of_column("service"))
