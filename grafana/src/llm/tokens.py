"""The page "Tokens and usage": how much is sent and answered, what the cache saves, and who uses which model."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.queries import BUSIEST, BUSIEST_VERSIONS, recorded_rate
from grafana.src.llm_overview.filters import CALLS, OWNED, limit, ratio, ten_and_others, ten_of
from grafana.src.sources import instant, series
from grafana_foundation_sdk.builders import dashboard, timeseries

UID = links.TOKENS
FOLDER = frame.FOLDER
QUESTION = "How many tokens go in and out, do they fit, and who uses which model and prompt version?"

_VERSION = "prompt, prompt_version"
_TYPED = "service_model_type:llm_tokens:rate5m"
_IN_AND_OUT = f'{CALLS}, type=~"input|output"'


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("In the time shown", _totals()),
        frame.Row("Tokens", _flow()),
        frame.Row("Sizes and the context window", _sizes()),
        frame.Row("Who uses what?", _adoption()),
    )
    return frame.build(UID, "Tokens and usage", QUESTION, page_rows)


def _totals() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Calls",
            "Model calls in the time shown, exactly; calls that failed are in it.",
            house.COUNT,
            instant(f"sum(increase(llm_requests_total{{{CALLS}}}[$__range] anchored))"),
        ),
        *(
            house.number(
                title,
                f"{what} tokens in the time shown, as providers report them.{more}",
                house.COUNT,
                instant(_total(kind)),
            ).no_value("none")
            for title, kind, what, more in (
                ("Input tokens", "input", "Input", ""),
                ("Cached input", "cached_input", "Cached input", " They are a part of the input, and cost less."),
                ("Output tokens", "output", "Output", ""),
                ("Reasoning", "reasoning", "Reasoning", " They are a part of the output."),
            )
        ),
        house.number(
            "Estimated",
            "Calls in the time shown whose tokens a client library estimated; their cost is an estimate too.",
            house.COUNT,
            instant(f"sum(increase(llm_estimated_usage_total{{{CALLS}}}[$__range] anchored))"),
        ).no_value("none"),
    )


def _total(kind: str) -> str:
    return f'sum(increase(llm_tokens_total{{{CALLS}, type="{kind}"}}[$__range] anchored))'


def _flow() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Token rate by type",
            "Tokens per second, over 5 minutes. cached_input and cache_write are parts of input, "
            "reasoning is part of output: do not add them up.",
            house.TOKENS_PER_SECOND,
            [series(f"sum by (type) ({_TYPED}{{{CALLS}}})", "{{type}}")],
        ),
        house.stacked_graph(
            "Token rate by model",
            "Input and output tokens per second, over 5 minutes; the ten models with most calls and the rest.",
            house.TOKENS_PER_SECOND,
            [*ten_and_others("model", f"sum by (model) ({_TYPED}{{{_IN_AND_OUT}}})", BUSIEST, "{{model}}")],
        ).data_links([links.to_page("Usage of this model", UID, carry=links.OWNER, model=links.of_label("model"))]),
        house.graph(
            "Cached share of the input",
            "Share of input tokens that the provider read from its cache, of the ten busiest models; they cost less. "
            "A drop means that prompts changed at their beginning. A gap means no input.",
            house.RATIO,
            [series(ten_of("model", ratio(_of_type("cached_input"), _of_type("input")), BUSIEST), "{{model}}")],
        ),
        house.graph(
            "Written for each token read",
            "Tokens written to prompt caches over those read from them, in the last 30 minutes, of the ten models with "
            "most calls. Above 1 the surcharge for writes costs more than reads save, at most providers.",
            house.COUNT,
            [series(ten_of("model", ratio(_recent("cache_write"), _recent("cached_input")), BUSIEST), "{{model}}")],
        ).span(24),
    )


def _recent(kind: str) -> str:
    return f'sum by (model) (service_model_type:llm_tokens:increase30m{{{CALLS}, type="{kind}"}})'


def _of_type(kind: str) -> str:
    return f'sum by (model) ({_TYPED}{{{CALLS}, type="{kind}"}})'


def _sizes() -> Sequence[PanelBuilder]:
    return (
        _per_call("input", "What grows for days is a conversation or a context that is never truncated."),
        _per_call("output", "What grows takes longer, and costs most."),
        *_beside_versions_and_windows(),
    )


def _per_call(kind: str, meaning: str) -> PanelBuilder:
    return (
        house.graph(
            f"{kind.capitalize()} tokens per call",
            f"p50 and p95 of the {kind} tokens per call. {meaning}",
            house.COUNT,
            [series(_size(part, kind), f"p{100 * part:g}") for part in (0.5, 0.95)],
        )
        .interval(house.SLOW)
        .span(12)
    )


def _beside_versions_and_windows() -> Sequence[PanelBuilder]:
    fullness = (
        f"histogram_quantile(0.95, sum by (model, le) (increase(llm_context_window_ratio_bucket{{{CALLS}}}[1h]))) >= 0"
    )
    return (
        house.graph(
            "Tokens per call by prompt version",
            "Average over an hour, of the ten busiest prompt versions; calls without a named prompt share a line. "
            "LLMTokensPerRequestUp compares it with the day before. A gap means no calls.",
            house.COUNT,
            [
                series(
                    f"service_version:llm_request_tokens:avg1h{{{OWNED}}} and on (service, prompt, prompt_version) "
                    f"topk(10, sum by (service, prompt, prompt_version) ({BUSIEST_VERSIONS}))",
                    "{{service}} {{prompt}} {{prompt_version}}",
                )
            ],
        ).span(12),
        house.graph(
            "Context window usage (p95)",
            "p95 of the input tokens over the model's context window, over an hour, of the ten busiest models. Near "
            "100 % calls fail or lose the beginning, and LLMContextWindowNearlyFull fires at the dashed line.",
            house.RATIO,
            [
                series(ten_of("model", fullness, BUSIEST), "{{model}}"),
                limit("LLMContextWindowNearlyFull", fullness),
            ],
        )
        .interval(house.SLOW)
        .span(12)
        .no_value("no calls in the time shown to a model whose context window the price table knows"),
    )


def _size(part: float, kind: str) -> str:
    rates = recorded_rate("service_model_type:llm_request_tokens_bucket", f'{CALLS}, type="{kind}"')
    return f"histogram_quantile({part:g}, sum by (le) ({rates})) >= 0"


def _adoption() -> Sequence[PanelBuilder]:
    return (
        _calls_by("model", "Calls by model", "A model that takes over is a change of someone's configuration."),
        _calls_by(
            _VERSION,
            "Calls by prompt version",
            "A version that never reaches all calls is a roll-out that got stuck.",
        ),
        _calls_by(
            "service",
            "Calls by service",
            "A service that ends is idle, or no longer connected; LLMTrafficStopped covers it.",
        ),
    )


def _calls_by(labels: str, title: str, meaning: str) -> timeseries.Panel:
    level, busiest = ("service_model_version", BUSIEST_VERSIONS) if labels == _VERSION else ("service_model", BUSIEST)
    rates = recorded_rate(f"{level}:llm_requests")
    legend = " ".join(f"{{{{{label}}}}}" for label in labels.split(", "))
    return house.stacked_graph(
        title,
        f"Model calls per second, stacked; the ten busiest of the time shown and the rest. {meaning}",
        house.REQUESTS_PER_SECOND,
        [*ten_and_others(labels, f"sum by ({labels}) ({rates})", busiest, legend)],
    ).interval(house.STEADY)
