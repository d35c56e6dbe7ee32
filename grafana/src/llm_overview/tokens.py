"""Row 4: token usage of the calls."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, OWNED, SERVICE, ratio
from grafana.src.sources import series

TITLE = "Tokens"

_OF_TYPE = 'sum by (model) (service_model_type:llm_tokens:rate5m{{{calls}, type="{type}"}})'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_flow(), *_room())


def _flow() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Token rate",
            "Tokens per second, over 5 minutes. cached_input and cache_write are parts of input, "
            "reasoning is part of output: do not add them up.",
            house.PER_SECOND,
            [series(f"sum by (type) (service_model_type:llm_tokens:rate5m{{{CALLS}}})", "{{type}}")],
        ),
        house.graph(
            "Cached share of the input",
            "Share of input tokens that the provider read from its cache, by model; they cost less. "
            "A drop means that prompts changed at their beginning. A gap means no input.",
            house.RATIO,
            [series(ratio(_of_type("cached_input"), _of_type("input")), "{{model}}")],
        ),
        house.graph(
            "Tokens per call",
            "p50 and p95 of the tokens per call. "
            "Input that grows for days is a conversation or a context that is never truncated.",
            house.COUNT,
            [
                series(_size("0.5", "input"), "input p50"),
                series(_size("0.95", "input"), "input p95"),
                series(_size("0.5", "output"), "output p50"),
                series(_size("0.95", "output"), "output p95"),
            ],
        ),
    )


def _room() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Context window usage (p95)",
            "p95 of the input tokens over the model's context window, over an hour, by model. "
            "Near 1 calls fail or lose the beginning. A gap means no calls, or a model whose window is not known.",
            house.RATIO,
            [
                series(_fullness(), "{{model}}"),
                series(f'min(llm_alert_threshold{{alert="LLMContextWindowNearlyFull", {SERVICE}}})', house.LIMIT),
            ],
        ),
        house.stacked_graph(
            "Why do models stop?",
            "Answers of the last hour by finish reason: length is truncated at the output token limit, "
            "content_filter is blocked by the provider. A gap means that no client reports reasons.",
            house.COUNT,
            [series(f"sum by (reason) (increase(llm_finish_reasons_total{{{CALLS}}}[1h]))", "{{reason}}")],
        ),
        house.graph(
            "Tokens per call by prompt version",
            "Average over an hour, by prompt and version; calls without a named prompt share a "
            "line. LLMTokensPerRequestUp compares it with the day before. A gap means no calls.",
            house.COUNT,
            [
                series(
                    f"service_version:llm_request_tokens:avg1h{{{OWNED}}}", "{{service}} {{prompt}} {{prompt_version}}"
                )
            ],
        ),
    )


def _fullness() -> str:
    buckets = f"sum by (model, le) (increase(llm_context_window_ratio_bucket{{{CALLS}}}[1h]))"
    return f"histogram_quantile(0.95, {buckets}) >= 0"


def _of_type(kind: str) -> str:
    return _OF_TYPE.format(calls=CALLS, type=kind)


def _size(quantile: str, kind: str) -> str:
    buckets = f'sum by (le) (rate(llm_request_tokens_bucket{{{CALLS}, type="{kind}"}}[$__rate_interval]))'
    return f"histogram_quantile({quantile}, {buckets}) >= 0"
