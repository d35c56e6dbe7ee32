"""The page "Latency": how long calls, first tokens, tools and searches take, and which of them got slower."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.queries import (
    BUSIEST,
    BUSIEST_VERSIONS,
    DURATION,
    FIRST_TOKEN,
    quantile,
    recent_quantile,
    recorded_quantile,
    recorded_rate,
)
from grafana.src.llm_overview.filters import CALLS, OWNED, limit, over_range, ten_of
from grafana.src.sources import buckets, instant, series, series_with_traces, traces
from grafana_foundation_sdk.builders import dashboard

UID = links.LATENCY
FOLDER = frame.FOLDER
QUESTION = "How long do model calls take, which model or prompt is slow, and since when?"

_NOT_STREAMED = "no streamed calls in the time shown: only those have a first token"
_P95_OF_MODEL = f"service_model:llm_request_duration_seconds:p95_rate5m{{{CALLS}}}"
_FIRST_OF_MODEL = f"service_model:llm_time_to_first_token_seconds:p95_rate5m{{{CALLS}}}"
_P95_OF_VERSION = f"service_model_version:llm_request_duration_seconds:p95_rate15m{{{CALLS}}}"
# Recorded for LLMToolSlow.
_P95_OF_TOOL = f"service_tool:llm_tool_duration_seconds:p95_rate15m{{{OWNED}}}"
_VERSION = "prompt, prompt_version"
_PER_TOKEN = "llm_time_per_output_token_seconds"  # noqa: S105 - a metric, no secret


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now()),
        frame.Row("Calls", _calls()),
        frame.Row("First token and speed", _first_token(), _NOT_STREAMED),
        frame.Row("Steps around the calls", _steps(), "no tools, searches or traces reported in the time shown"),
    )
    return frame.build(UID, "Latency", QUESTION, page_rows)


def _now() -> Sequence[PanelBuilder]:
    of_calls = "of the model calls of the last 5 minutes; good or bad depends on the application."
    return (
        *(
            house.number(
                f"Latency p{100 * part:g}",
                f"p{100 * part:g} latency {of_calls}",
                house.SECONDS,
                instant(recent_quantile(part, DURATION)),
            )
            for part in (0.5, 0.95, 0.99)
        ),
        *(
            house.number(
                f"1st token p{100 * part:g}",
                f"p{100 * part:g} time to the first token {of_calls} Only streamed calls have one. "
                "Above 2 seconds a chat feels slow.",
                house.SECONDS,
                instant(recent_quantile(part, FIRST_TOKEN)),
            )
            for part in (0.5, 0.95)
        ),
        house.number(
            "Tokens/s (p50)",
            "Output tokens per second of a streamed call after its first token, median of the last 5 minutes. "
            "Slower than people read is about 10.",
            house.TOKENS_PER_SECOND,
            instant(f"1 / ({_recent(0.5, _PER_TOKEN)} > 0)"),
        ),
    )


def _recent(part: float, metric: str) -> str:
    return f"histogram_quantile({part:g}, sum by (le) (rate({metric}_bucket{{{CALLS}}}[5m]))) >= 0"


def _calls() -> Sequence[PanelBuilder]:
    p95 = recorded_quantile(0.95, DURATION)
    return (
        house.graph(
            "Latency (p50, p95, p99)",
            "Latency percentiles of the model calls. The dashed line is the lowest threshold of LLMLatencyHigh "
            "in watchkeeper.yml, drawn when the data comes near it.",
            house.SECONDS,
            [
                series(recorded_quantile(0.5, DURATION), "p50"),
                series(p95, "p95"),
                series(recorded_quantile(0.99, DURATION), "p99"),
                limit("LLMLatencyHigh", f"max({_P95_OF_MODEL})"),
            ],
        ).interval(house.STEADY),
        house.graph(
            "Latency by model (p95)",
            "p95 latency over 5 minutes of the ten busiest models; of the slowest service if several use one. "
            "A rise of a single model points to its provider; LLMLatencyUp compares with the usual.",
            house.SECONDS,
            [series(ten_of("model", f"max by (model) ({_P95_OF_MODEL})", BUSIEST), "{{model}}")],
        ).data_links([_of_model()]),
        house.heat_map(
            "Distribution of latency",
            "How many calls per second took how long: the darker, the more. Two bands are two kinds of calls; a band "
            "that wanders up is a slowdown of all of them.",
            house.SECONDS,
            buckets(f"sum by (le) ({recorded_rate(f'service_model:{DURATION}_bucket')})"),
        ),
        *_who_is_slow(),
    )


def _who_is_slow() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Latency by prompt version (p95)",
            "p95 latency over 15 minutes of the ten busiest prompt versions; of the slowest service and model if "
            "several use one. A dot is one call and links to the logs of its trace. A version that is slower than the "
            "one before has a longer prompt or longer answers.",
            house.SECONDS,
            [
                traces(f"{DURATION}_bucket{{{CALLS}}}"),
                series(
                    ten_of(_VERSION, f"max by ({_VERSION}) ({_P95_OF_VERSION})", BUSIEST_VERSIONS),
                    "{{prompt}} {{prompt_version}}",
                ),
            ],
        )
        .interval(house.STEADY)
        .span(12),
        house.graph(
            "Latency by service (p95)",
            "p95 latency over 5 minutes of the ten busiest services; of the slowest model if a service uses several.",
            house.SECONDS,
            [series(ten_of("service", f"max by (service) ({_P95_OF_MODEL})", BUSIEST), "{{service}}")],
        ).span(12),
    )


def _of_model() -> dashboard.DashboardLink:
    return links.to_page("Latency of this model", UID, carry=links.OWNER, model=links.of_label("model"))


def _first_token() -> Sequence[PanelBuilder]:
    p95 = recorded_quantile(0.95, FIRST_TOKEN)
    return (
        house.graph(
            "Time to first token",
            "Only streamed calls have a first token. Users notice it: above 2 seconds a chat feels slow. "
            "The dashed line is the lowest threshold of LLMFirstTokenSlow, drawn when the data comes near it.",
            house.SECONDS,
            [
                series(recorded_quantile(0.5, FIRST_TOKEN), "p50"),
                series(p95, "p95"),
                series(recorded_quantile(0.99, FIRST_TOKEN), "p99"),
                limit("LLMFirstTokenSlow", f"max({_FIRST_OF_MODEL})"),
            ],
        ).interval(house.STEADY),
        house.graph(
            "First token by model (p95)",
            "p95 time to the first token over 5 minutes of the ten busiest models.",
            house.SECONDS,
            [series(ten_of("model", f"max by (model) ({_FIRST_OF_MODEL})", BUSIEST), "{{model}}")],
        ).data_links([_of_model()]),
        house.graph(
            "Output speed by model",
            "Output tokens per second of a streamed call after its first token, median, of the ten busiest models. "
            "A drop at one provider is a provider under load.",
            house.TOKENS_PER_SECOND,
            [series(ten_of("model", f"1 / ({quantile(0.5, _PER_TOKEN, by='model')} > 0)", BUSIEST), "{{model}}")],
        ),
    )


def _steps() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Duration of traces",
            "From the first span of a trace to the end of its last: what a user waits for when an agent works. "
            "A dot is one trace and links to its logs.",
            house.SECONDS,
            [
                series_with_traces(quantile(0.95, "llm_trace_duration_seconds", OWNED), "p95"),
                series(quantile(0.5, "llm_trace_duration_seconds", OWNED), "p50"),
            ],
        ).interval(house.SLOW),
        house.graph(
            "Tools by latency (p95)",
            "p95 latency over 15 minutes of the ten busiest tools; of the slowest service if several use one. The page "
            "about agents has more of them.",
            house.SECONDS,
            [
                series(
                    ten_of(
                        "tool",
                        f"max by (tool) ({_P95_OF_TOOL})",
                        over_range("increase", f"llm_tool_calls_total{{{OWNED}}}"),
                    ),
                    "{{tool}}",
                )
            ],
        ).data_links([links.to_page("Agents and tools", links.AGENTS, carry=links.OWNER)]),
        house.graph(
            "Searches by latency (p95)",
            "p95 latency by retriever. The page about retrieval has more of them.",
            house.SECONDS,
            [series(quantile(0.95, "llm_retrieval_duration_seconds", OWNED, "retriever"), "{{retriever}}")],
        )
        .interval(house.SLOW)
        .data_links([links.to_page("Retrieval and cache", links.RETRIEVAL, carry=links.OWNER)]),
    )
