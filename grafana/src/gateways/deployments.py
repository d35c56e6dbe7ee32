"""Row 3: what the deployments behind the gateways answer, and which are taken out of service."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.gateways.words import NOT_REPORTED
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import series

TITLE = "Deployments"
NO_DATA = NOT_REPORTED

_COOLDOWNS = f"service_deployment:gateway_cooldowns:increase30m{{{SERVICE}}}"
_BY = "service, litellm_model_name, api_base"
_WHICH = "{{service}} {{litellm_model_name}} {{api_base}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        house.graph(
            "Cool-downs in 30 minutes",
            "Times that a gateway took a deployment out of service because it failed. "
            "From the dashed line on GatewayDeploymentCoolingDown fires after 2 minutes.",
            house.COUNT,
            [series(_COOLDOWNS, _WHICH), limit("GatewayDeploymentCoolingDown", _COOLDOWNS)],
        ).span(12),
        house.graph(
            "Cool-downs by status",
            "In 30 minutes, by the status that the deployment answered last: 401 is its key, 429 its rate limit, "
            "5xx its provider.",
            house.COUNT,
            [
                series(
                    "sum by (service, exception_status) "
                    f"(increase(litellm_deployment_cooled_down_total{{{SERVICE}}}[30m]))",
                    "{{service}} {{exception_status}}",
                )
            ],
        ).span(12),
        house.graph(
            "Answers of deployments in 10 minutes",
            "Calls of the gateways to each deployment that it answered.",
            house.COUNT,
            [_calls("success")],
        ).span(12),
        house.graph(
            "Failures of deployments in 10 minutes",
            "Calls of the gateways to each deployment that failed; a request may be several of them.",
            house.COUNT,
            [_calls("failure")],
        ).span(12),
    )


def _calls(ended: str) -> house.MetricQuery:
    name = f"litellm_deployment_{ended}_responses_total"
    chosen = f'{SERVICE}, litellm_model_name!=""'
    return series(f"sum by ({_BY}) (increase({name}{{{chosen}}}[10m]))", _WHICH)
