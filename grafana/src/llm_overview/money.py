"""Row 3: cost of the calls, and calls without a price."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, OWNED
from grafana.src.sources import instant, rows, series
from grafana_foundation_sdk.builders import bargauge

TITLE = "Cost"

# `anchored` takes the counters' values at both ends: sums of money are exact, not extrapolated.
_SPENT = f"increase(llm_cost_dollars_total{{{CALLS}}}[$__range] anchored)"
_EXACT = "The total is exact: the sum over all calls. Calls without a price are not included."


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_sums(), *_over_time(), *_shares())


def _sums() -> Sequence[PanelBuilder]:
    calls = f"sum(increase(llm_requests_total{{{CALLS}}}[$__range] anchored))"
    return (
        house.number(
            "Cost today",
            f"US dollars since midnight in your time zone. {_EXACT}",
            house.DOLLARS,
            instant(f"sum({_SPENT})"),
        ).time_from("now/d"),
        house.number("Cost in the time shown", f"US dollars. {_EXACT}", house.DOLLARS, instant(f"sum({_SPENT})")),
        house.number(
            "Usual hour",
            "US dollars that are usual at this hour, by the same hours of the last days and weeks. All models of the "
            "selected services and teams are in it. LLMCostSpike compares the last hour with it. It needs 3 days of "
            "history.",
            house.DOLLARS,
            instant(f'sum(measure_window:llm_usage:usual{{measure="cost_dollars",window="1h",{OWNED}}})'),
        ),
        house.number(
            "Cost of 1000 calls",
            "US dollars per thousand model calls, on average over the time shown. "
            "A rise without more traffic means longer prompts, longer answers or a more expensive model.",
            house.DOLLARS,
            instant(f"1000 * sum({_SPENT}) / ({calls} > 0)"),
        ),
        house.number(
            "Saved by caches",
            "US dollars that cache hits saved in the time shown, as the applications report it. "
            '"no data" means that no application reports it.',
            house.DOLLARS,
            instant(f"sum(increase(llm_cache_saved_dollars_total{{{OWNED}}}[$__range] anchored))"),
        ),
        house.number(
            "Age of the price table",
            "Prices change: beyond a few months, update the exporter, or give prices of your own in watchkeeper.yml.",
            house.SECONDS,
            instant("time() - max(watchkeeper_price_table_timestamp_seconds)"),
        ),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Cost per hour",
            "US dollars over the last hour, by model, stacked. A step is a new model, a new prompt or more traffic.",
            house.DOLLARS,
            [series(f"sum by (model) (service_model:llm_cost_dollars:increase1h{{{CALLS}}})", "{{model}}")],
        ).span(12),
        house.listing(
            "Which models have no price?",
            "Their calls are missing from all cost totals. Give them a price in watchkeeper.yml under prices. "
            '"no data" means that every call had a price, or none arrived. It counts all services and teams.',
            rows(
                "sum by (provider, model, reason) "
                '(increase(llm_unpriced_requests_total{model=~"$model"}[$__range] anchored)) > 0'
            ),
            {"provider": "provider", "model": "model", "reason": "reason", "Value": "calls"},
        ).span(12),
    )


def _shares() -> Sequence[PanelBuilder]:
    return (
        _spenders("model", "Which models cost most?", "The ten most expensive models in the time shown."),
        _spenders("team", "Which teams cost most?", "The ten most expensive teams in the time shown."),
        _spenders(
            "prompt",
            "Which prompts cost most?",
            "The ten most expensive prompts in the time shown. A bar without a name is calls without a prompt name.",
        ),
        _spenders("tenant", "Which tenants cost most?", "The ten most expensive tenants in the time shown.").span(12),
        house.ranking(
            "Which users and sessions cost most?",
            "The top ten users and sessions of the last hour, by keyed hash, regardless of the filters. US dollars.",
            house.DOLLARS,
            instant("topk(10, sum by (kind, spender) (llm_top_spender_dollars))", "{{kind}} {{spender}}"),
        ).span(12),
    )


def _spenders(label: str, title: str, description: str) -> bargauge.Panel:
    query = instant(f"topk(10, sum by ({label}) ({_SPENT}))", f"{{{{{label}}}}}")
    return house.ranking(title, f"{description} US dollars.", house.DOLLARS, query)
