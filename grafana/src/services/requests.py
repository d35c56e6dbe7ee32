"""Row 1: rate, errors and duration of requests."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import rows, series

TITLE = "Requests"
NO_DATA = "no service of yours is scraped: docs/how-to/scrape-a-service.md"

_WHICH = "{{service}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_details())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Request rate",
            "Requests per second, over 5 minutes, of every service whose metrics have one of the common names; "
            "docs/how-to/scrape-a-service.md lists them.",
            house.REQUESTS_PER_SECOND,
            [series(f"service:http_requests:rate5m{{{SERVICE}}}", _WHICH)],
        ),
        house.graph(
            "5xx rate",
            "Share of requests answered with 5xx. Above the dashed line ServiceErrorRateHigh fires when it stays "
            "there for 5 minutes and at least five requests failed. A gap means no requests.",
            house.RATIO,
            [
                series(f"service:http_request_errors:ratio_rate5m{{{SERVICE}}}", _WHICH),
                limit("ServiceErrorRateHigh", f"service:http_request_errors:ratio_rate5m{{{SERVICE}}}"),
            ],
        ),
        house.graph(
            "Request latency (p95)",
            "p95 latency. Above the dashed line ServiceLatencyHigh fires when it stays "
            "there for 5 minutes. No value exceeds the largest bucket of the service's histogram.",
            house.SECONDS,
            [
                series(f"service:http_request_duration_seconds:p95_rate5m{{{SERVICE}}}", _WHICH),
                limit("ServiceLatencyHigh", f"service:http_request_duration_seconds:p95_rate5m{{{SERVICE}}}"),
            ],
        ),
    )


def _details() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Requests by status code",
            "Requests per second by status code. A rise of 429 or 503 is a service that sheds load; "
            "4xx are client errors and do not alert.",
            house.REQUESTS_PER_SECOND,
            [
                series(
                    f"sum by (service, code) (service_code:http_requests:rate5m{{{SERVICE}}})", "{{service}} {{code}}"
                )
            ],
        ).span(16),
        house.listing(
            "Targets down",
            "Prometheus cannot scrape them, and TargetDown fires after 3 minutes.",
            rows(f"max by (job, instance, service) (up{{{SERVICE}}}) == 0"),
            {"service": "service", "instance": "address", "job": "job"},
        ).no_value("no target is down; good only while one is scraped: see Request rate"),
    )
