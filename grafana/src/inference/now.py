"""Row 5, the first in sight: whether the servers keep up, in six numbers."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.services.filters import SERVICE
from grafana.src.sources import instant

TITLE = "Now"
NO_DATA = house.NO_DATA


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right."""
    return (*_requests(), *_machines())


def _requests() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Running",
            "Requests that all chosen servers work on.",
            house.COUNT,
            instant(f"sum(instance_server:inference_requests_running:sum{{{SERVICE}}})"),
        ),
        house.number_with_thresholds(
            "Waiting/running",
            "Waiting requests for each running one, of the server where most wait; InferenceQueueGrowing fires above "
            "its threshold in watchkeeper.yml, 1 by default.",
            house.COUNT,
            instant(f"max(instance_server:inference_waiting_per_running:ratio{{{SERVICE}}})"),
            attention=0.5,
            bad=1,
        ),
        house.number_with_thresholds(
            "Fullest KV cache",
            "Of the server with the fullest one; InferenceKvCacheNearlyFull fires above its threshold in "
            "watchkeeper.yml, 90 % by default. TGI and llama.cpp do not report it.",
            house.RATIO,
            instant(f"max(instance_server:inference_kv_cache_used:ratio{{{SERVICE}}})"),
            attention=0.8,
            bad=0.9,
        ),
    )


def _machines() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "1st token p95",
            "p95 time to the first token by the servers' clocks, of the slowest model, over 5 minutes.",
            house.SECONDS,
            instant(f"max(service_server:inference_first_token_seconds:p95_rate5m{{{SERVICE}}})"),
        ),
        house.number(
            "GPUs busy",
            "Share of the time in which the GPUs worked, on average; from DCGM's exporter.",
            house.RATIO,
            instant(f"avg(instance_gpu:gpu_busy:ratio{{{SERVICE}}})"),
        ),
        house.number(
            "Per M tokens",
            "US dollars paid for a million own tokens of the last hour, of the service where they cost most. "
            "A service has them with a price_per_gpu_hour in watchkeeper.yml.",
            house.DOLLARS,
            instant(f"max(service:inference_allocated_dollars_per_million_tokens:ratio1h{{{SERVICE}}})"),
        ),
    )
