"""Row 2: burn rates of error budgets."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.slos.filters import CHOSEN
from grafana.src.sources import instant, series
from grafana_foundation_sdk.builders import common
from grafana_foundation_sdk.models.common import ScaleDistribution

TITLE = "Burn rates of error budgets"
NO_DATA = "no SLO yet, or no events: docs/how-to/add-an-slo.md shows how to add one"

_LEFT = f"service_slo:llm_slo_budget_remaining:ratio_rate30d{{{CHOSEN}}}"
_WHICH = "{{slo}} of {{service}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        _burn("1h", "Burn rate, last hour", "14.4", "2 % of 30 days in an hour"),
        _burn("6h", "Burn rate, last six hours", "6", "5 % of 30 days in six hours"),
        _burn("3d", "Burn rate, last three days", "1", "a budget that will not last 30 days"),
        house.graph(
            "Remaining error budget over time",
            "Remaining share of the 30-day error budget of the eight with least, no lower than -100 %. It falls with "
            "bad events, and rises again when good ones outweigh them or bad ones are 30 days old.",
            house.RATIO,
            [series(f"clamp_min({_LEFT}, -1) and on (slo, service) bottomk(8, {_LEFT} @ end())", _WHICH)],
            lowest=True,
        ).span(12),
        house.ranking(
            "Where are most bad events?",
            "Bad events of the last day by SLO and service; the six with most.",
            house.COUNT,
            instant(f"topk(6, service_slo:llm_slo_bad_events:increase1d{{{CHOSEN}}} > 0)", _WHICH),
        ).span(12),
    )


def _burn(window: str, title: str, limit: str, meaning: str) -> PanelBuilder:
    burn = f"service_slo:llm_slo_budget_burn:ratio_rate{window}{{{CHOSEN}}}"
    panel = house.graph(
        title,
        f"Burn rate of the error budget, of the five that burn fastest now; 1 exhausts it in exactly 30 days. "
        f"Above the dashed line, {meaning}, an alert fires when a shorter window agrees. A gap is no events.",
        house.COUNT,
        [
            series(f"({burn}) and on (slo, service) topk(5, {burn} @ end())", _WHICH),
            series(f"0 * max({burn}) + {limit}", house.LIMIT),
        ],
    )
    # Burn rates of 0.1 and of 100 are both worth reading; below 1 the axis is linear, for zero has no logarithm.
    scale = common.ScaleDistributionConfig().type(ScaleDistribution.SYMLOG).log(10).linear_threshold(1)
    return panel.scale_distribution(scale)
