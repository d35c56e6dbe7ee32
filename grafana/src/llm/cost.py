"""The page "Cost": what calls cost, who and what spends most, and which calls have no price."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame, prices
from grafana.src.llm.queries import MOST_EXPENSIVE, REQUESTS, SPENT, most_expensive, of_hour
from grafana.src.llm_overview.filters import CALLS, OWNED, named, ten_and_others, ten_of
from grafana.src.sources import instant, series
from grafana_foundation_sdk.builders import dashboard, prometheus, table

UID = links.COST
FOLDER = frame.FOLDER
QUESTION = "What do model calls cost, what makes the cost, and is it more than usual?"

_EXACT = "The total is exact: the sum over all calls. Calls without a price are not included."
_HOUR = f"service_model:llm_cost_dollars:increase1h{{{CALLS}}}"
_USUAL = f'sum(measure_window:llm_usage:usual{{measure="cost_dollars",window="1h",{OWNED}}})'
# What was recorded at full ten minutes: over the raw counters of a month this would take seconds.
_HOURLY = f"sum({_HOUR})"
_MONTH = (
    f"sum_over_time({_HOURLY}[$__range:10m]) / 6 "
    f"+ avg_over_time({_HOURLY}[7d:10m]) * (24 * days_in_month() - $__range_s / 3600)"
)
# Of the grid: the title, the heading and ten rows.
_TEN_ROWS = 12
_NO_COST = "no calls with a price in the time shown; those without are in the row Prices, bills and retirements"
_NOT_REPORTED = "no calls in the time shown whose client reports cached tokens"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Totals", _totals(), _NO_COST),
        frame.Row("Over time", _over_time(), _NO_COST),
        frame.Row("What costs most?", (*_models(), *_others()), _NO_COST),
        frame.Row("Prompt caches", _prompt_caches(), _NOT_REPORTED),
        frame.Row("Prices, bills and retirements", prices.panels(), _NO_COST),
    )
    return frame.build(UID, "Cost", QUESTION, page_rows)


def _totals() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Today",
            f"US dollars since midnight in your time zone. {_EXACT} LLMDailyCostHigh fires at its threshold.",
            house.DOLLARS,
            instant(f"sum({SPENT})"),
        )
        .time_from("now/d")
        .hide_time_override(hide_time_override=True),
        house.number("Time shown", f"US dollars in the time shown. {_EXACT}", house.DOLLARS, instant(f"sum({SPENT})")),
        house.number(
            "Last hour",
            "US dollars in the last hour. LLMCostSpike compares it with what is usual, as the graph below does. "
            "Calls without a price are not included.",
            house.DOLLARS,
            instant(f"sum({_HOUR})"),
        ),
        house.number(
            "Month forecast",
            "US dollars at the end of this month: what was spent since it began, and for its remaining hours the mean "
            "of the last 7 days. Budgets have forecasts of their own on SLOs and budgets.",
            house.DOLLARS,
            instant(_MONTH),
        )
        .time_from("now/M")
        .hide_time_override(hide_time_override=True)
        .data_links([links.to_page("Budgets", links.SLOS)]),
        *_relative(),
    )


def _relative() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Per 1000 calls",
            "US dollars per thousand model calls, over the time shown. "
            "A rise without more traffic means longer prompts, longer answers or a more expensive model.",
            house.DOLLARS,
            instant(f"1000 * sum({SPENT}) / (sum({REQUESTS}) > 0)"),
        ),
        house.number(
            "Cache savings",
            "US dollars that hits of answer caches saved in the time shown, as the applications report it.",
            house.DOLLARS,
            instant(f"sum(increase(llm_cache_saved_dollars_total{{{OWNED}}}[$__range] anchored))"),
        ).data_links([links.to_page("Retrieval and cache", links.RETRIEVAL, carry=links.OWNER)]),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Cost per hour by model",
            "US dollars over the last hour, by model, stacked; the ten most expensive of the time shown and the rest. "
            "A step is a new model, a new prompt or more traffic.",
            house.DOLLARS,
            [*ten_and_others("model", f"sum by (model) ({_HOUR})", MOST_EXPENSIVE, "{{model}}")],
        ).span(12),
        house.graph(
            "Cost of the last hour and usual",
            "US dollars of the last hour, and what is usual at this hour for all models of the selected services. "
            "A hill that its shadow lacks is a change; the graph beside shows of which model.",
            house.DOLLARS,
            [
                series(f"sum(service:llm_cost_dollars:increase1h{{{OWNED}}})", "last hour"),
                series(_USUAL, "usual"),
            ],
        ).span(12),
        *_parts(),
    )


def _parts() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Cost per hour by service",
            "US dollars over the last hour, by service; the ten most expensive of the time shown and the rest.",
            house.DOLLARS,
            [*ten_and_others("service", f"sum by (service) ({_HOUR})", MOST_EXPENSIVE, "{{service}}")],
        )
        .span(12)
        .data_links([_cost_of("service")]),
        house.graph(
            "Cost per call by prompt version",
            "US dollars per call of the last hour, for the ten prompt versions that cost most in the time shown. "
            "LLMCostPerRequestUp fires when the cost per request rises.",
            house.DOLLARS,
            [_of_ten_versions(_per_call())],
        )
        .interval(house.SLOW)
        .span(12),
    )


def _per_call() -> str:
    version = "prompt, prompt_version"
    return f"{of_hour('llm_cost_dollars', version)} / ({of_hour('llm_requests', version)} > 0)"


def _cost_of(label: str) -> dashboard.DashboardLink:
    kept = tuple(name for name in links.CHOSEN if name != label)
    return links.to_page(f"Cost of this {label}", UID, carry=kept, **{label: links.of_label(label)})


def _models() -> Sequence[PanelBuilder]:
    return (
        _spenders("model", "Models", "The ten most expensive models in the time shown.", links.LATENCY),
        _spenders("team", "Teams", "The ten most expensive teams in the time shown.", links.OVERVIEW),
        _spenders("service", "Services", "The ten most expensive services in the time shown.", links.OVERVIEW),
    )


def _others() -> Sequence[PanelBuilder]:
    return (
        _spenders("prompt", "Prompts", "The ten most expensive prompts in the time shown.", links.PROMPTS),
        _spenders("tenant", "Tenants", "The ten most expensive tenants in the time shown.", links.PROMPTS),
        house.ranking(
            "Users and sessions",
            "The most expensive users and sessions of the last hour, by keyed hash, regardless of the filters. "
            "LLMSpenderOutOfLine fires when one of them spends more than its share.",
            house.DOLLARS,
            instant("topk(10, sum by (kind, spender) (llm_top_spender_dollars))", "{{kind}} {{spender}}"),
        ).height(_TEN_ROWS),
    )


def _spenders(label: str, title: str, description: str, leads_to: str = "") -> table.Panel:
    query = instant(f"topk(10, {named(label, f'sum by ({label}) ({SPENT})')})", f"{{{{{label}}}}}")
    panel = house.ranking(title, f"{description} US dollars. {_EXACT}", house.DOLLARS, query).height(_TEN_ROWS)
    if not leads_to:
        return panel
    kept = tuple(name for name in links.CHOSEN if name != label)
    link = links.to_page(f"Open this {label}", leads_to, carry=kept, **{label: links.of_column("name")})
    return house.column_with_links(panel, "name", [link])


def _of_ten_versions(expr: str) -> prometheus.Dataquery:
    """The lines of the ten prompt versions that cost most in the time shown."""
    ten = f"topk(10, sum by (prompt, prompt_version) ({most_expensive()}))"
    return series(named("prompt", f"({expr}) and on (prompt, prompt_version) {ten}"), "{{prompt}} {{prompt_version}}")


def _prompt_caches() -> Sequence[PanelBuilder]:
    read, whole = _recent("cached_input"), _recent("input")
    usual = f"sum(service_model:llm_prompt_cache_hit:usual{{{CALLS}}} * ignoring (type) {whole})"
    return (
        house.graph(
            "Read from prompt caches and usual",
            "Share of the input tokens of the last 30 minutes that providers read from their caches, and what is usual "
            "at this hour. LLMPromptCacheCollapsed fires for a model whose share falls.",
            house.RATIO,
            [
                series(f"sum({read}) / (sum({whole}) > 0)", "last 30 minutes"),
                series(f"{usual} / (sum({whole}) > 0)", "usual"),
            ],
            lowest=True,
        ).span(12),
        house.graph(
            "Read from prompt caches by prompt version",
            "The same over an hour, for the ten prompt versions that cost most in the time shown. "
            "A version far below the others begins with something that changes from call to call.",
            house.RATIO,
            [_of_ten_versions(f"{_of_hour('cached_input')} / ({_of_hour('input')} > 0)")],
            lowest=True,
        )
        .interval(house.SLOW)
        .span(12),
        house.graph(
            "Saved by prompt caches",
            "US dollars of the last hour: what input would have cost without the providers' caches, less what it cost "
            "with the surcharge for writes; of the ten most expensive models. Below zero a cache costs more than it "
            "saves: what is written is not read before it expires. By the price tables, at the time of the calls.",
            house.DOLLARS,
            [series(ten_of("model", _net_saving(), MOST_EXPENSIVE), "{{model}}")],
        )
        .interval(house.SLOW)
        .span(24),
    )


def _net_saving() -> str:
    saved, lost = (
        f"sum by (model) (increase({metric}{{{CALLS}}}[1h]))"
        for metric in ("llm_prompt_cache_saved_dollars_total", "llm_prompt_cache_lost_dollars_total")
    )
    return f"({saved} or 0 * {lost}) - ({lost} or 0 * {saved})"


def _of_hour(kind: str) -> str:
    return f'sum by (prompt, prompt_version) (increase(llm_tokens_total{{{CALLS}, type="{kind}"}}[1h]))'


def _recent(kind: str) -> str:
    return f'service_model_type:llm_tokens:increase30m{{{CALLS}, type="{kind}"}}'
