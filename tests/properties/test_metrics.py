"""Whatever metrics are sent: a request or a refusal, one sample a series, and no count lost or made."""

from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.metric_attributes import guarded_kind
from watchkeeper.exporter.ingest.metric_points import add_exponential
from watchkeeper.exporter.ingest.otlp_metrics import MetricsGuard, decode_metrics

ATTRIBUTES = st.dictionaries(
    st.sampled_from(["model", "user.id", "session_id", "gen_ai.conversation.id", "tool"]),
    st.sampled_from(["a", "b", "c"]),
    max_size=4,
)
CALLS = st.lists(
    st.tuples(ATTRIBUTES, st.integers(0, 1000)), max_size=20, unique_by=lambda call: str(sorted(call[0].items()))
)
BUCKETS = st.tuples(st.integers(-10, 20), st.integers(-(2**31), 2**31 - 200), st.lists(st.integers(0, 9), max_size=160))


def counter_of(calls: list[tuple[dict[str, str], int]]) -> Any:
    """A request with one counter."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="calls")
    metric.sum.aggregation_temporality = 2
    for attributes, count in calls:
        point = metric.sum.data_points.add(as_int=count, time_unix_nano=1)
        for key, text in attributes.items():
            point.attributes.add(key=key).value.string_value = text
    return request


@given(body=st.binary(max_size=400), is_json=st.booleans())
def test_any_bytes_are_a_request_or_a_refusal(body: bytes, is_json: bool) -> None:
    """Nothing else comes out of them."""
    try:
        request, _ = decode_metrics(body, is_json=is_json)
    except DecodeError:
        return

    MetricsGuard().guard(request)


@given(calls=CALLS)
def test_counts_survive_and_series_are_unique(calls: list[tuple[dict[str, str], int]]) -> None:
    """For each model and tool the sum is what it was before users and sessions were taken off."""
    expected: Counter[str] = Counter()
    for attributes, count in calls:
        expected[str(sorted((k, v) for k, v in attributes.items() if not guarded_kind(k)))] += count

    guarded = MetricsGuard().guard(counter_of(calls))

    (holder,) = ExportMetricsServiceRequest.FromString(guarded.body).resource_metrics
    points = holder.scope_metrics[0].metrics[0].sum.data_points
    found = [(str(sorted((a.key, a.value.string_value) for a in p.attributes)), p.as_int) for p in points]
    assert dict(found) == dict(expected)
    assert len(found) == len(expected)


@given(one=BUCKETS, two=BUCKETS)
def test_adding_exponential_histograms_keeps_every_value(
    one: tuple[int, int, list[int]], two: tuple[int, int, list[int]]
) -> None:
    """As many values as before, in few buckets, whatever the scales and offsets."""
    points = []
    for scale, offset, counts in (one, two):
        data = ExportMetricsServiceRequest().resource_metrics.add().scope_metrics.add().metrics.add()
        positive = {"offset": offset, "bucket_counts": counts}
        points.append(data.exponential_histogram.data_points.add(scale=scale, count=sum(counts), positive=positive))

    assert add_exponential(*points)

    assert sum(points[0].positive.bucket_counts) == points[0].count == sum(one[2]) + sum(two[2])
    assert len(points[0].positive.bucket_counts) <= 320
    assert points[0].scale <= min(one[0], two[0])
