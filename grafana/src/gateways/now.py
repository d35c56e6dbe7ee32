"""Row 1: whether the gateways answer, in six numbers."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE
from grafana.src.sources import instant

TITLE = "Now"
NO_DATA = house.NO_DATA


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_requests(), *_money())


def _requests() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Requests",
            "Of the last 10 minutes, at all chosen gateways, by their own count.",
            house.COUNT,
            instant(f"sum(service_requested:gateway_requests:increase10m{{{SERVICE}}})"),
        ),
        house.number_with_thresholds(
            "Exhausted",
            "Share of the requests of the last 10 minutes that failed after a fallback had failed too, of the model "
            "where most did. GatewayFallbacksExhausted fires above its threshold in watchkeeper.yml, 5 % by default.",
            house.RATIO,
            instant(f"max(service_requested:gateway_fallbacks_exhausted:ratio10m{{{SERVICE}}})"),
            attention=0.01,
            bad=0.05,
        ),
        house.number(
            "Cool-downs",
            "Times in the last 30 minutes that a gateway took a deployment out of service because it failed.",
            house.COUNT,
            instant(f"sum(service_deployment:gateway_cooldowns:increase30m{{{SERVICE}}})"),
        ),
    )


def _money() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Spend per hour",
            "US dollars of the last hour by the gateways' own count.",
            house.DOLLARS,
            instant(f"sum(service:gateway_spend_dollars:increase1h{{{SERVICE}}})"),
        ),
        house.number(
            "Counted here",
            "Share of the spend of the last hour that is counted here, of the gateway where it is least.",
            house.RATIO,
            instant(f"min(service:gateway_spend_captured:ratio1h{{{SERVICE}}})"),
        ),
        house.number(
            "Least left",
            "Of its budget, of the team or key with the smallest share. Without a limit there is no share.",
            house.RATIO,
            instant(f"min(service_account:gateway_budget_remaining:ratio{{{SERVICE}}})"),
        ),
    )
