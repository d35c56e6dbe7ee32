"""Row 2: what clients ask for, and what fallbacks make of what fails."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.gateways.words import NOT_REPORTED
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import series

TITLE = "Requests and fallbacks"
NO_DATA = NOT_REPORTED

_WHICH = "{{service}} {{requested_model}}"
_EXHAUSTED = f"service_requested:gateway_fallbacks_exhausted:ratio10m{{{SERVICE}}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_requests(), *_fallbacks())


def _requests() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Requests in 10 minutes",
            "By the name of the model that clients ask for; those that a fallback answered are in it.",
            house.COUNT,
            [series(f"service_requested:gateway_requests:increase10m{{{SERVICE}}}", _WHICH)],
        ).span(12),
        house.graph(
            "Failed requests in 10 minutes",
            "Those that the client got no answer to, whatever was tried: errors of providers, and what the gateway "
            "refuses itself.",
            house.COUNT,
            [series(f"service_requested:gateway_requests_failed:increase10m{{{SERVICE}}}", _WHICH)],
        ).span(12),
    )


def _fallbacks() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Requests with exhausted fallbacks",
            "Share of the requests of 10 minutes that failed after a fallback had failed too. "
            "Above the dashed line GatewayFallbacksExhausted fires after 2 minutes, from five such requests on.",
            house.RATIO,
            [series(_EXHAUSTED, _WHICH), limit("GatewayFallbacksExhausted", _EXHAUSTED)],
        ).span(12),
        house.graph(
            "Fallbacks in 10 minutes",
            "From the model that clients ask for to another one, by how they ended. "
            "Many that succeed cost time, and often another price.",
            house.COUNT,
            [_ended("successful", "succeeded"), _ended("failed", "failed")],
        ).span(12),
    )


def _ended(metric: str, legend: str) -> house.MetricQuery:
    name = f"litellm_deployment_{metric}_fallbacks_total"
    grown = f"sum by (service, requested_model, fallback_model) (increase({name}{{{SERVICE}}}[10m]))"
    return series(grown, f"{{{{service}}}} {{{{requested_model}}}} to {{{{fallback_model}}}} {legend}")
