"""The row "Prices, bills and retirements" of the page "Cost": what the numbers above rest on."""

from collections.abc import Sequence

from grafana.src import house, palette
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, part_or_zero
from grafana.src.sources import instant, rows
from grafana_foundation_sdk.builders import table

# The days at which LLMModelRetiring fires.
_RETIRING: house.Steps = ((None, palette.BAD), (14, palette.ATTENTION), (60, palette.GOOD))
_DISPUTED = 'increase(llm_cost_disputed_dollars_total{model=~"$model"}[$__range] anchored)'
_UNPRICED = 'increase(llm_unpriced_requests_total{model=~"$model"}[$__range] anchored)'
_BILLED, _ESTIMATED = (
    f"sum by (provider, period, model) ({metric})" for metric in ("llm_billed_dollars", "llm_billed_estimate_dollars")
)


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_prices(), _bills(), _retiring())


def _bills() -> table.Panel:
    panel = house.overview(
        "Bill and estimate",
        "US dollars that providers billed for their last final day of UTC (day) and for the final days of its month "
        "(month), beside what calls of the same days were estimated to cost, by model. LLMCostEstimateOff fires when "
        "all models of a provider together differ by more than its threshold. It counts all services and teams.",
        {"provider": "provider", "period": "period", "model": "model"},
        [
            house.Column("difference", house.DOLLARS, rows(f"{_BILLED} - {_ESTIMATED}")),
            house.Column("billed", house.DOLLARS, rows(_BILLED)),
            house.Column("estimated", house.DOLLARS, rows(_ESTIMATED)),
        ],
    )
    return panel.no_value("no bill of a provider is read: provider_bills in watchkeeper.yml names those that are")


def _prices() -> Sequence[PanelBuilder]:
    unpriced = part_or_zero(
        f"sum({_UNPRICED})", 'sum(increase(llm_requests_total{model=~"$model"}[$__range] anchored))'
    )
    return (
        house.wanted_zero(
            "Unpriced calls",
            "Calls in the time shown without a known price: they are missing from all cost totals; 0 is good, and "
            "LLMUnpricedModel fires above. The table names the models. It counts all services and teams.",
            house.COUNT,
            instant(unpriced),
        ).height(8),
        house.number(
            "Price table",
            "Age of the older price table. Prices change: beyond a few months, when WatchkeeperPriceTableOld fires, "
            "run make prices, or give prices of your own in watchkeeper.yml.",
            house.AGE,
            instant("time() - max(watchkeeper_price_table_timestamp_seconds)"),
        )
        .height(8)
        .unit(house.SECONDS),
        _missing(),
    )


def _missing() -> table.Panel:
    return (
        house.overview(
            "Prices missing or in dispute",
            "Calls without a price, which are missing from all cost totals, until watchkeeper.yml names one under "
            "prices; and the cost of calls that the two price tables put at more than 1 % apart, by the price that "
            "counts: `watchkeeper price` shows both. It counts all services and teams.",
            {"model": "model", "provider": "provider", "reason": "reason"},
            [
                house.Column(
                    "unpriced calls", house.COUNT, rows(f"sum by (provider, model, reason) ({_UNPRICED}) > 0")
                ),
                house.Column("in dispute", house.DOLLARS, rows(f"sum by (provider, model) ({_DISPUTED}) > 0")),
            ],
        )
        .no_value("every call in the time shown had a price that both tables agree about, or there was none")
        .span(16)
    )


def _retiring() -> table.Panel:
    calls = f"avg_over_time(service_model:llm_requests:rate5m{{{CALLS}}}[1d])"
    days = "(min by (provider, model) (llm_model_retirement_timestamp_seconds) - time()) / 86400"
    panel = house.listing(
        "Models that are retired",
        "Whole days until the provider retires a model that was called in the last day, as watchkeeper.yml or the "
        "table of the release says; LLMModelRetiring fires at 60 and at 14 days. Below zero that day is over. "
        "`watchkeeper models` has price, context window and successor.",
        rows(f"sort(floor({days}) + on (provider, model) group_right () 0 * ({calls} > 0))"),
        {"model": "model", "Value": "days left", "provider": "provider", "service": "service"},
    )
    panel = house.with_widths(house.column_with_thresholds(panel, "days left", _RETIRING), {"provider": 130})
    return panel.no_value("no model that was called in the last day has a known day").span(24)
