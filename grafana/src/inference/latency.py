"""Row 2: how long requests take, by the servers' clocks and by those of the applications that made them."""

from collections.abc import Iterator, Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import series
from grafana_foundation_sdk.builders import prometheus

TITLE = "Latency"
NO_DATA = "no inference server that reports it is scraped: docs/how-to/watch-inference-servers.md"

_PERCENTILES = (50, 95, 99)
_FIRST_TOKEN = f"service_server:inference_first_token_seconds:p95_rate5m{{{SERVICE}}}"
_QUEUE = f"service_server:inference_queue_seconds:p95_rate5m{{{SERVICE}}}"
# Calls of the models that the chosen servers serve, whichever application makes them.
_CALLS = f"max by (model) (service_model:llm_request_duration_seconds:p95_rate5m) and on (model) {_QUEUE}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (
        house.graph(
            "Time to first token (p50, p95, p99)",
            "From the arrival of a request at a server on, of all chosen servers together.",
            house.SECONDS,
            [*_percentiles("first_token")],
        ),
        house.graph(
            "Time between tokens (p50, p95, p99)",
            "After the first token; TGI observes the mean of each request. "
            "A rise means larger batches or longer contexts.",
            house.SECONDS,
            [*_percentiles("between_tokens")],
        ),
        house.graph(
            "Time to first token by model (p95)",
            "Of each model. Above the dashed line InferenceFirstTokenSlow fires after 5 minutes.",
            house.SECONDS,
            [series(_FIRST_TOKEN, "{{service}} {{model}}"), limit("InferenceFirstTokenSlow", _FIRST_TOKEN)],
        ),
        house.graph(
            "Queue time of servers and latency of calls (p95)",
            "What requests wait at the servers, and how long calls of the same model take in the applications that "
            "make them. Both rise together: more servers. Calls alone: the network, retries or a gateway in between. "
            "A server without a model in its metrics needs the label model in its target.",
            house.SECONDS,
            [
                series(f"max by (model) ({_QUEUE})", "{{model}} waits at the server"),
                series(_CALLS, "{{model}} as its callers see it"),
            ],
        ).span(24),
    )


def _percentiles(what: str) -> Iterator[prometheus.Dataquery]:
    buckets = f"sum by (le) (service_server:inference_{what}_seconds_bucket:rate5m{{{SERVICE}}})"
    for percentile in _PERCENTILES:
        yield series(f"histogram_quantile({percentile / 100}, {buckets}) >= 0", f"p{percentile}")
