"""Metrics on their way to Prometheus: no ids, few values, one sample a series."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.support.metric_requests import DELTA, NOW, counter, labels, metric_of, points_of, request_of

from watchkeeper.errors import DecodeError
from watchkeeper.exporter.ingest.metric_places import MetricPlaces
from watchkeeper.exporter.ingest.otlp_metrics import Guarded, MetricsGuard, decode_metrics, enlist_services


def guard(request: Any, max_values: int = 200) -> tuple[Guarded, list[Any]]:
    """What the guard says, and the points that may go on."""
    guarded = MetricsGuard(max_values).guard(request)
    return guarded, points_of(guarded.body)


def test_users_are_taken_off_and_their_counts_added_up() -> None:
    """Two users of a model are one series with both their calls; each attribute is counted."""
    guarded, points = guard(
        request_of(
            counter(
                {"model": "m", "user.id": "anna", "session.id": "1", "_as_int": 3, "_start_time_unix_nano": 50},
                {"model": "m", "user.id": "ben", "_as_int": 4, "_start_time_unix_nano": 40},
                {"model": "m", "_as_int": 5, "_start_time_unix_nano": 60},
                {"model": "n", "user.id": "anna", "_as_int": 7},
            )
        )
    )

    assert [(labels(point), point.as_int) for point in points] == [({"model": "m"}, 12), ({"model": "n"}, 7)]
    assert points[0].start_time_unix_nano == 40
    assert guarded.dropped == {"attribute_user": 3, "attribute_session": 1}
    assert (guarded.accepted, guarded.rejected) == (2, 0)


def test_whole_and_broken_numbers_add_up() -> None:
    """A sum that outgrows 64 bits or has a fraction goes on as a float."""
    _, points = guard(
        request_of(
            counter({"a": "x", "user.id": "1", "_as_int": 1}, {"a": "x", "user.id": "2", "_as_double": 0.5}),
            metric_of("big", "sum", {"user.id": "1", "_as_int": 2**63 - 1}, {"user.id": "2", "_as_int": 1}),
        )
    )

    assert [point.as_double for point in points] == [1.5, 2.0**63]


def histogram(user: str, bounds: list[float], counts: list[int], **fields: Any) -> dict[str, Any]:
    """A point of an explicit-bucket histogram."""
    reported = {"_explicit_bounds": bounds, "_bucket_counts": counts, "_count": sum(counts)}
    return {"user.id": user, **reported, **{f"_{key}": value for key, value in fields.items()}}


def test_histograms_with_the_same_bounds_are_added_up() -> None:
    """Bucket by bucket, with sum, count, least and greatest."""
    _, (point,) = guard(
        request_of(
            metric_of(
                "duration",
                "histogram",
                histogram("a", [1, 2], [1, 0, 2], sum=9.5, min=0.5, max=6),
                histogram("b", [1, 2], [0, 3, 0], sum=4.5, min=1.2, max=1.9),
            )
        )
    )

    assert list(point.bucket_counts) == [1, 3, 2]
    assert (point.count, point.sum, point.min, point.max) == (6, 14.0, 0.5, 6.0)


def test_what_only_one_histogram_reports_is_not_reported_both() -> None:
    """A least value of some of the calls is not the least of all."""
    _, (point,) = guard(
        request_of(
            metric_of("d", "histogram", histogram("a", [1], [1, 0], sum=1, min=1), histogram("b", [1], [1, 0], sum=1))
        )
    )

    assert point.sum == 2.0
    assert not point.HasField("min")


def test_histograms_with_other_bounds_cannot_be_added_up() -> None:
    """The later one is dropped, counted and reported to the sender: the series must have one sample."""
    guarded, points = guard(
        request_of(
            metric_of("d", "histogram", histogram("a", [1, 2], [1, 0, 2]), histogram("b", [1, 5], [0, 3, 0])),
        )
    )

    assert [list(point.explicit_bounds) for point in points] == [[1, 2]]
    assert guarded.dropped == {"attribute_user": 2, "unmergeable_point": 1}
    assert (guarded.accepted, guarded.rejected) == (1, 1)


def exponential(user: str, scale: int, offset: int, counts: list[int], **fields: Any) -> dict[str, Any]:
    """A point of an exponential histogram."""
    reported = {"_scale": scale, "_positive": {"offset": offset, "bucket_counts": counts}, "_count": sum(counts)}
    return {"user.id": user, **reported, **{f"_{key}": value for key, value in fields.items()}}


@pytest.mark.parametrize(
    ("one", "two", "scale", "offset", "counts"),
    [
        pytest.param((3, 5, [1, 2]), (3, 6, [4, 8]), 3, 5, [1, 6, 8], id="the same scale"),
        pytest.param((3, 5, [1, 2]), (3, 9, [4]), 3, 5, [1, 2, 0, 0, 4], id="a gap between them"),
        pytest.param((3, 4, [1, 2, 4, 8]), (2, 2, [10, 20]), 2, 2, [13, 32], id="a finer and a coarser scale"),
        pytest.param((1, -3, [1, 2]), (0, -2, [4]), 0, -2, [5, 2], id="values below one"),
        pytest.param((3, 5, []), (3, 6, [4]), 3, 6, [4], id="one of them empty"),
    ],
)
def test_exponential_histograms_are_added_up(
    one: tuple[int, int, list[int]], two: tuple[int, int, list[int]], scale: int, offset: int, counts: list[int]
) -> None:
    """The result has the coarser scale; every value is in the bucket that holds it."""
    _, (point,) = guard(
        request_of(metric_of("d", "exponential_histogram", exponential("a", *one), exponential("b", *two)))
    )

    assert (point.scale, point.positive.offset, list(point.positive.bucket_counts)) == (scale, offset, counts)
    assert point.count == sum(counts)


def test_exponential_histograms_far_apart_stay_small() -> None:
    """Four thousand million buckets lie between these two; scales become coarser until few are needed."""
    _, (point,) = guard(
        request_of(
            metric_of(
                "d",
                "exponential_histogram",
                exponential("a", 20, -(2**31), [1]),
                exponential("b", 20, 2**31 - 1, [1]),
            )
        )
    )

    assert len(point.positive.bucket_counts) <= 320
    assert sum(point.positive.bucket_counts) == 2


def test_gauges_of_users_cannot_be_added_up() -> None:
    """Two temperatures are not their sum: the first stays."""
    guarded, points = guard(
        request_of(metric_of("t", "gauge", {"user.id": "a", "_as_int": 1}, {"user.id": "b", "_as_int": 2}))
    )

    assert [point.as_int for point in points] == [1]
    assert guarded.rejected == 1


def test_the_same_point_twice_is_one_and_no_sum() -> None:
    """Nothing was taken off these, so they are a repetition; another time is another sample."""
    guarded, points = guard(
        request_of(counter({"_as_int": 3}, {"_as_int": 3}, {"_as_int": 4, "_time_unix_nano": NOW + 1}))
    )

    assert [point.as_int for point in points] == [3, 4]
    assert guarded.dropped == {"repeated_point": 1}
    assert guarded.rejected == 0


def test_points_are_added_up_across_the_request_but_not_across_senders() -> None:
    """One resource in two parts of a request is one sender; another instance or library is another series."""
    request = request_of(counter({"user.id": "a", "_as_int": 1}))
    for more in (
        request_of(counter({"user.id": "b", "_as_int": 2})),
        request_of(counter({"user.id": "c", "_as_int": 10}), **{"service.instance.id": "2"}),
        request_of(counter({"user.id": "d", "_as_int": 20}), scope="other"),
    ):
        request.MergeFrom(more)

    _, points = guard(request)

    assert [point.as_int for point in points] == [3, 10, 20]


def test_examples_lose_their_users_too_and_stay_few() -> None:
    """An exemplar carries the attributes that its series lost, and merging brings many together."""
    metric = counter(*({"user.id": str(n), "_as_int": 1} for n in range(30)))
    for point in metric.sum.data_points:
        exemplar = point.exemplars.add(trace_id=b"t" * 16)
        exemplar.filtered_attributes.add(key="user.id").value.string_value = "secret-user"

    guarded, (point,) = guard(request_of(metric))

    assert b"secret-user" not in guarded.body
    assert len(point.exemplars) == 8
    assert point.exemplars[0].trace_id == b"t" * 16


def test_invented_values_are_folded_into_other() -> None:
    """Ten thousand models are three series: the first two and the rest, and nothing is lost of the sum."""
    guarded, points = guard(
        request_of(counter(*({"model": f"m{n}", "_as_int": 1} for n in range(10_000)))), max_values=2
    )

    assert {labels(point)["model"]: point.as_int for point in points} == {"m0": 1, "m1": 1, "other": 9_998}
    assert guarded.dropped == {"attribute_values_full": 9_998}


def test_values_that_are_sentences_are_folded() -> None:
    """A prompt as a label is a series for every prompt."""
    _, (point,) = guard(request_of(counter({"topic": "why " * 100, "_as_int": 1})))

    assert labels(point) == {"topic": "other"}


def test_invented_attributes_and_metrics_end_somewhere() -> None:
    """The number of names is bounded as well as that of values."""
    keys = {f"key{n}": "x" for n in range(1000)}
    names = [metric_of(f"metric{n}", "sum", {"_as_int": 1}) for n in range(1500)]

    _, (point,) = guard(request_of(counter({**keys, "_as_int": 1})))
    guarded, points = guard(request_of(*names))

    assert sum(value != "other" for value in labels(point).values()) == 300
    assert len(points) == 800  # the last fifth is for names that come often
    assert guarded.dropped == {"metric_names_full": 700}


def test_a_sum_without_temporality_is_refused() -> None:
    """No one knows whether it is the sum so far or since the last time."""
    guarded, points = guard(request_of(counter({"_as_int": 1}, temporality=0)))

    assert points == []
    assert (guarded.rejected, guarded.dropped) == (1, {"no_temporality": 1})


def test_deltas_go_on() -> None:
    """Prometheus makes them cumulative; those of several users are added up before."""
    _, (point,) = guard(
        request_of(counter({"user.id": "a", "_as_int": 1}, {"user.id": "b", "_as_int": 2}, temporality=DELTA))
    )

    assert point.as_int == 3


def test_a_unit_spelled_as_a_word_does_not_change_the_metric_s_name() -> None:
    """Prometheus appends units in words to names; the convention's spelling is in braces."""
    reported = [
        metric_of(name, "sum", unit=unit) for name, unit in (("gen_ai.x", "token"), ("gen_ai.y", "s"), ("z", "token"))
    ]

    guarded, _ = guard(request_of(*reported))

    metrics = ExportMetricsServiceRequest.FromString(guarded.body).resource_metrics[0].scope_metrics[0].metrics
    assert [metric.unit for metric in metrics] == ["{token}", "s", "token"]


@pytest.mark.parametrize(("token", "tenant"), [("", "claimed!"), ("acme", "acme!")], ids=["no token", "a token"])
async def test_who_sent_is_written_into_resources(token: str, tenant: str) -> None:
    """The labels are those that spans get; what a sender claims is replaced, and the token's tenant wins."""
    request = request_of(service="x", team="search", tenant="claimed")

    await enlist_services(request, lambda service, team, reported: (service.upper(), f"{team}!", f"{reported}!"), token)

    (holder,) = request.resource_metrics
    reported = {attribute.key: attribute.value.string_value for attribute in holder.resource.attributes}
    assert reported == {"service.name": "bot", "service": "BOT", "team": "search!", "tenant": tenant}


WRONG = [
    pytest.param({"name": 7, "sum": {"dataPoints": [{}, {}]}}, 2, id="a name that is a number"),
    pytest.param({"name": "m", "sum": {"dataPoints": [{"asInt": "x"}]}}, 1, id="a value that is none"),
    pytest.param({"name": "m", "gauge": [1]}, 1, id="a list in the place of an object"),
    pytest.param({"name": "m", "sum": {"aggregationTemporality": {}}}, 1, id="a temporality that is none"),
]


@pytest.mark.parametrize(("wrong", "points"), WRONG)
def test_one_wrong_metric_in_json_costs_no_other(wrong: dict[str, Any], points: int) -> None:
    """Its neighbours in the scope and those of other resources go on; what was left out is counted and reported."""
    right = {"name": "right", "gauge": {"dataPoints": [{"asInt": "3", "timeUnixNano": "1"}]}}
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    body = {"resourceMetrics": [{"resource": service, "scopeMetrics": [{"metrics": [right, wrong]}]}] * 2}

    request, malformed = decode_metrics(json.dumps(body).encode(), is_json=True)
    guarded = MetricsGuard().guard(request, malformed)

    assert [m.name for r in request.resource_metrics for s in r.scope_metrics for m in s.metrics] == ["right"] * 2
    assert [r.resource.attributes[0].value.string_value for r in request.resource_metrics] == ["shop"] * 2
    assert (guarded.rejected, guarded.dropped["malformed_metric"]) == (2 * points, 2 * points)


def test_a_wrong_resource_takes_its_metrics_along_and_no_others() -> None:
    """No one knows whose they are."""
    metrics = [{"metrics": [{"name": "m", "gauge": {"dataPoints": [{"asInt": "3"}]}}]}]
    body = {"resourceMetrics": [{"resource": 5, "scopeMetrics": metrics}, {"scopeMetrics": metrics}]}

    request, malformed = decode_metrics(json.dumps(body).encode(), is_json=True)

    assert (sum(len(r.scope_metrics[0].metrics) for r in request.resource_metrics), malformed) == (1, 1)


@pytest.mark.parametrize("body", [b'{"resourceMetrics": 5}', b"{", b'{"resourceMetrics": [{"scopeMetrics": 1}]}'])
def test_what_is_no_request_is_refused_whole(body: bytes) -> None:
    """There is nothing in it that could be taken."""
    with pytest.raises(DecodeError):
        decode_metrics(body, is_json=True)


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def test_invented_names_keep_out_neither_other_tenants_nor_real_ones() -> None:
    """A thousand made up once: another tenant's first one has a place, and so has one of the same that comes often."""
    places = MetricPlaces(1000)
    for number in range(2000):
        places.admits("acme", "__name__", f"made_up_{number}")

    assert places.admits("globex", "__name__", "real")
    assert [places.admits("acme", "__name__", "real") for _ in range(10)].index(True) == 9


def test_places_that_no_one_uses_are_free_after_a_day() -> None:
    """Names of yesterday's deployment make room for today's; what is in use keeps its place."""
    clock = Clock()
    places = MetricPlaces(20, clock)
    for number in range(20):
        places.admits("", "pod", f"pod-{number}")
    clock.now = 50_000
    places.admits("", "pod", "pod-0")
    clock.now = 100_000

    assert [places.admits("", "pod", f"new-{number}") for number in range(15)] == [True] * 15
    assert places.admits("", "pod", "pod-0")


def test_places_of_one_tenant_are_bounded_in_all() -> None:
    """Many attributes of many values each."""
    places = MetricPlaces(200)
    taken = sum(places.admits("acme", f"key{key}", f"value{value}") for key in range(300) for value in range(100))

    assert taken == 6000
    assert places.admits("acme", "key0", "value0")
    assert not places.admits("acme", "key0", "another")
