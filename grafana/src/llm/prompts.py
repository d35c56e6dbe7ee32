"""The page "Prompts and tenants": what each prompt version and each tenant costs, and how often it fails or is slow.

Calls, failures, tokens and dollars are recorded as fine as its filters are; only latency is asked of the exporter's
buckets, which are many times as many.
"""

from collections.abc import Sequence

from grafana.src import house, links, sources
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.queries import busiest, most_expensive, of_hour, recorded_rate
from grafana.src.llm_overview.filters import CALLS, ratio, ten_and_others, ten_of
from grafana.src.sources import instant, rows, series
from grafana_foundation_sdk.builders import dashboard

UID = links.PROMPTS
FOLDER = frame.FOLDER
QUESTION = "Which prompt version or tenant costs much, fails or is slow?"

# Latency has no tenant: a histogram for each of them would be most of all series.
_TIMED = f'{CALLS}, prompt=~"$prompt", prompt_version=~"$prompt_version"'
_CHOSEN = f'{_TIMED}, tenant=~"$tenant"'
_VERSION, _TENANT = "prompt, prompt_version", "tenant"
_BUSIEST, _MOST_EXPENSIVE = busiest(_CHOSEN), most_expensive(_CHOSEN)
_OF_VERSION = "{{prompt}} {{prompt_version}}"
_MOST_ROWS = 50


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now()),
        frame.Row("Prompt versions", (*_graphs(), _versions())),
        frame.Row("Tenants", _tenants()),
    )
    return frame.build(UID, "Prompts and tenants", QUESTION, page_rows, _narrower())


def _narrower() -> Sequence[dashboard.QueryVariable]:
    """What the reader chooses beside service, team and model; each narrows the ones after it."""
    prompts = f"llm_requests_total{{{CALLS}}}"
    versions = f'llm_requests_total{{{CALLS}, prompt=~"$prompt"}}'
    return (
        sources.metric_label_variable("prompt", "Prompt", prompts),
        sources.metric_label_variable("prompt_version", "Version", versions),
        sources.metric_label_variable("tenant", "Tenant", f"llm_requests_total{{{_TIMED}}}"),
    )


def _calls(by: str = "") -> str:
    return of_hour("llm_requests", by, _CHOSEN)


def _most_called(by: str) -> str:
    return f"topk({_MOST_ROWS}, round({_calls(by)}) > 0)"


def _failures(by: str = "") -> str:
    return ratio(of_hour("llm_request_errors", by, _CHOSEN), _calls(by))


def _cost(by: str = "") -> str:
    return of_hour("llm_cost_dollars", by, _CHOSEN)


def _tokens(by: str = "") -> str:
    return of_hour("llm_tokens", by, _CHOSEN)


def _per_call(amount: str, by: str = "") -> str:
    return f"{amount} / ({_calls(by)} > 0)"


def _p95(by: str = "") -> str:
    labels = f"{by}, le" if by else "le"
    buckets = f"sum by ({labels}) (increase(llm_request_duration_seconds_bucket{{{_TIMED}}}[1h]))"
    return f"histogram_quantile(0.95, {buckets}) >= 0"


def _now() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Calls",
            "Model calls of the last hour that match the choices at the top; none is no traffic.",
            house.COUNT,
            instant(_calls()),
        ),
        house.with_thresholds(
            house.number(
                "Error rate",
                "Share of the calls of the last hour that ended in an error, a rate limit or a timeout.",
                house.RATIO,
                instant(_failures()),
            ),
            house.FAILING,
        ),
        house.number(
            "Latency (p95)",
            "p95 latency of the calls of the last hour, of all tenants: latency is not known by tenant.",
            house.SECONDS,
            instant(_p95()),
        ),
        *_cost_now(),
    )


def _cost_now() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Cost",
            "US dollars of the last hour; calls without a price are not included.",
            house.DOLLARS,
            instant(_cost()),
        ),
        house.number(
            "Cost per call",
            "US dollars per call of the last hour; calls without a price cost nothing here.",
            house.DOLLARS,
            instant(_per_call(_cost())),
        ),
        house.number(
            "Tokens/call",
            "Input and output tokens per call of the last hour. More of them are longer prompts or longer answers.",
            house.COUNT,
            instant(_per_call(_tokens())),
        ),
    )


def _graphs() -> Sequence[PanelBuilder]:
    rate = f"sum by ({_VERSION}) ({recorded_rate('service_model_version_tenant:llm_requests', _CHOSEN)})"
    return (
        house.stacked_graph(
            "Calls by prompt version",
            "Model calls per second; the ten busiest of the time shown and the rest. A new version takes over here.",
            house.REQUESTS_PER_SECOND,
            [*ten_and_others(_VERSION, rate, _BUSIEST, _OF_VERSION)],
        ).interval(house.STEADY),
        house.graph(
            "Error rate by prompt version",
            "Share of the calls of an hour that ended in an error, a rate limit or a timeout, of the ten busiest.",
            house.RATIO,
            [series(ten_of(_VERSION, _failures(_VERSION), _BUSIEST), _OF_VERSION)],
        ).interval(house.STEADY),
        house.graph(
            "Cost per call by prompt version",
            "US dollars per call of an hour, of the ten versions that cost most in the time shown. "
            "LLMCostPerRequestUp fires when the cost per request rises.",
            house.DOLLARS,
            [series(ten_of(_VERSION, _per_call(_cost(_VERSION), _VERSION), _MOST_EXPENSIVE), _OF_VERSION)],
        ).interval(house.STEADY),
    )


def _versions() -> PanelBuilder:
    compared = links.to_page("Compare versions", links.COMPARISON, carry=links.OWNER, prompt=links.of_column("prompt"))
    return house.column_with_links(
        house.overview(
            "Prompt versions",
            "Each prompt version in the last hour, the fifty busiest. Latency is that of all tenants. A prompt leads "
            "to the comparison of two of its versions.",
            {"prompt": "prompt", "prompt_version": "version"},
            [
                house.Column("calls", house.COUNT, rows(_most_called(_VERSION))),
                house.Column("failed", house.RATIO, rows(_failures(_VERSION)), house.FAILING),
                house.Column("p95", house.SECONDS, rows(_p95(_VERSION))),
                house.Column("cost", house.DOLLARS, rows(_cost(_VERSION))),
                house.Column("cost per call", house.DOLLARS, rows(_per_call(_cost(_VERSION), _VERSION))),
                house.Column("tokens per call", house.COUNT, rows(_per_call(_tokens(_VERSION), _VERSION))),
            ],
        ).height(10),
        "prompt",
        [compared],
    )


def _tenants() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Cost by tenant",
            "US dollars over an hour; the ten tenants that cost most in the time shown and the rest.",
            house.DOLLARS,
            [*ten_and_others(_TENANT, _cost(_TENANT), _MOST_EXPENSIVE, "{{tenant}}")],
        )
        .interval(house.STEADY)
        .span(12),
        house.overview(
            "Tenants",
            "Each tenant in the last hour, the fifty with most calls. Calls without a tenant have an empty name.",
            {"tenant": "tenant"},
            [
                house.Column("calls", house.COUNT, rows(_most_called(_TENANT))),
                house.Column("failed", house.RATIO, rows(_failures(_TENANT)), house.FAILING),
                house.Column("cost", house.DOLLARS, rows(_cost(_TENANT))),
                house.Column("cost per call", house.DOLLARS, rows(_per_call(_cost(_TENANT), _TENANT))),
            ],
        ).span(12),
    )
