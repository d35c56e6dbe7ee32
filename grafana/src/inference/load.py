"""Row 1: what the servers work on, what waits, and what their memory for it holds."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE, limit
from grafana.src.sources import series

TITLE = "Requests and memory"
NO_DATA = "no inference server that reports it is scraped: docs/how-to/watch-inference-servers.md"

_WHICH = "{{service}} {{instance}}"
_KV_CACHE = f"instance_server:inference_kv_cache_used:ratio{{{SERVICE}}}"
_WAITING = f"instance_server:inference_waiting_per_running:ratio{{{SERVICE}}}"
_PREEMPTED = f"instance_server:inference_preemptions:increase10m{{{SERVICE}}}"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_requests(), *_memory())


def _requests() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Running and waiting requests",
            "Requests that the servers of each service work on, and those that wait for a place. "
            "Waiting ones beside few running ones are short of memory, not of time.",
            house.COUNT,
            [
                series(
                    f"sum by (service) (instance_server:inference_requests_running:sum{{{SERVICE}}})",
                    "{{service}} running",
                ),
                series(
                    f"sum by (service) (instance_server:inference_requests_waiting:sum{{{SERVICE}}})",
                    "{{service}} waiting",
                ),
            ],
        ).span(12),
        house.graph(
            "Waiting per running request",
            "Of each server. Above the dashed line InferenceQueueGrowing fires when it stays there for 5 minutes.",
            house.COUNT,
            [series(_WAITING, _WHICH), limit("InferenceQueueGrowing", _WAITING)],
        ).span(12),
        house.graph(
            "Own tokens per second",
            "Input and output tokens of each service, over 5 minutes; cached input is in it.",
            house.TOKENS_PER_SECOND,
            [
                series(
                    f"sum by (service) (instance_server:inference_input_tokens:rate5m{{{SERVICE}}})",
                    "{{service}} input",
                ),
                series(
                    f"sum by (service) (instance_server:inference_output_tokens:rate5m{{{SERVICE}}})",
                    "{{service}} output",
                ),
            ],
        ).span(12),
    )


def _memory() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "KV cache used",
            "Share of each server's KV cache in use. Above the dashed line InferenceKvCacheNearlyFull fires after "
            "5 minutes. TGI and llama.cpp do not report it.",
            house.RATIO,
            [series(_KV_CACHE, _WHICH), limit("InferenceKvCacheNearlyFull", _KV_CACHE)],
        ).span(12),
        house.graph(
            "Preempted requests in 10 minutes",
            "Requests that a server interrupted for want of memory and computes again; none is good. "
            "From the dashed line on InferencePreempting fires after 5 minutes.",
            house.COUNT,
            [series(_PREEMPTED, _WHICH), limit("InferencePreempting", _PREEMPTED)],
        ).span(12),
        house.graph(
            "Input found in the prefix cache",
            "Share of the input tokens of 30 minutes that were in the server's prefix cache, and in the day before. "
            "InferencePrefixCacheFell fires when it falls far below that day.",
            house.RATIO,
            [
                series(f"service_server:inference_prefix_hits:ratio30m{{{SERVICE}}}", "{{service}} {{model}}"),
                series(
                    f"service_server:inference_prefix_hits:ratio1d{{{SERVICE}}}", "{{service}} {{model}}, day before"
                ),
            ],
            lowest=True,
        ).span(12),
    )
