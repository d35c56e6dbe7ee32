"""Row 4: what the calls consume."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import CALLS, ratio
from grafana.src.sources import series

TITLE = "Tokens"

_OF_TYPE = 'sum by (model) (service_model_type:llm_tokens:rate5m{{{calls}, type="{type}"}})'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (
        house.graph(
            "How many tokens flow?",
            "Tokens per second, over 5 minutes. cached_input and cache_write are parts of input, "
            "reasoning is part of output: do not add them up.",
            house.PER_SECOND,
            [series(f"sum by (type) (service_model_type:llm_tokens:rate5m{{{CALLS}}})", "{{type}}")],
        ),
        house.graph(
            "How much of the input is cached?",
            "Share of input tokens that the provider read from its cache, by model; they cost less. "
            "A fall means that prompts changed at their beginning. A gap means no input.",
            house.RATIO,
            [series(ratio(_of_type("cached_input"), _of_type("input")), "{{model}}")],
        ),
        house.graph(
            "How large is a call?",
            "Tokens of a call: half of the calls are smaller than p50, 95 of 100 smaller than p95. "
            "Input that grows for days is a conversation or a context that nobody cuts.",
            house.COUNT,
            [
                series(_size("0.5", "input"), "input p50"),
                series(_size("0.95", "input"), "input p95"),
                series(_size("0.5", "output"), "output p50"),
                series(_size("0.95", "output"), "output p95"),
            ],
        ),
    )


def _of_type(kind: str) -> str:
    return _OF_TYPE.format(calls=CALLS, type=kind)


def _size(quantile: str, kind: str) -> str:
    buckets = f'sum by (le) (rate(llm_request_tokens_bucket{{{CALLS}, type="{kind}"}}[$__rate_interval]))'
    return f"histogram_quantile({quantile}, {buckets}) >= 0"
