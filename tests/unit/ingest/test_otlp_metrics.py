"""Metrics on their way to Prometheus: no ids, few values, one sample a series; and the route that takes them."""

import gzip
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from tests.support.exporter import JSON, PROTOBUF, ExporterInTest, run_exporter

from watchkeeper.errors import DecodeError
from watchkeeper.ingest.metric_attributes import guarded_kind
from watchkeeper.ingest.otlp_metrics import Guarded, MetricsGuard, decode_metrics, enlist_services

NOW = 1_795_248_000_000_000_000
CUMULATIVE = 2
DELTA = 1


def request_of(*metrics: Any, scope: str = "lib", **resource: str) -> Any:
    """A request with one resource and one scope."""
    request = ExportMetricsServiceRequest()
    holder = request.resource_metrics.add()
    for key, text in {"service.name": "bot", **resource}.items():
        holder.resource.attributes.add(key=key).value.string_value = text
    scoped = holder.scope_metrics.add()
    scoped.scope.name = scope
    scoped.metrics.extend(metrics)
    return request


def metric_of(name: str, kind: str, *points: dict[str, Any], temporality: int = CUMULATIVE, unit: str = "") -> Any:
    """A metric whose points are given as attributes and fields; fields start with an underscore."""
    metric = ExportMetricsServiceRequest().resource_metrics.add().scope_metrics.add().metrics.add(name=name, unit=unit)
    data = getattr(metric, kind)
    data.SetInParent()
    if kind != "gauge":
        data.aggregation_temporality = temporality
    for told in points:
        fields = {key[1:]: value for key, value in told.items() if key.startswith("_")}
        point = data.data_points.add(**{"time_unix_nano": NOW, "start_time_unix_nano": NOW - 60, **fields})
        for key, value in told.items():
            if not key.startswith("_"):
                point.attributes.add(key=key).value.string_value = value
    return metric


def counter(*points: dict[str, Any], **options: Any) -> Any:
    """A counter of calls."""
    return metric_of("calls", "sum", *points, **options)


def guard(request: Any, max_values: int = 200) -> tuple[Guarded, list[Any]]:
    """What the guard says, and the points that may go on."""
    guarded = MetricsGuard(max_values).guard(request)
    return guarded, points_of(guarded.body)


def points_of(body: bytes) -> list[Any]:
    """All points of a request."""
    return [
        point
        for holder in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for scoped in holder.scope_metrics
        for metric in scoped.metrics
        for point in getattr(metric, metric.WhichOneof("data")).data_points
    ]


def labels(point: Any) -> dict[str, str]:
    """A point's attributes."""
    return {attribute.key: attribute.value.string_value for attribute in point.attributes}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("user", "user.id user_id userId enduser.id gen_ai.user gen_ai.request.user llm.user x.user_id user.email"),
        ("user", "traceloop.association.properties.user_id ai.telemetry.metadata.userId client.address user_agent"),
        ("session", "session.id session_id x.sessionId traceloop.association.properties.session_id"),
        ("conversation", "gen_ai.conversation.id thread_id thread.id threadId chat_id x.conversation_id"),
        ("trace", "trace_id trace.id traceId span.id parent.id traceparent"),
        ("request", "request.id requestId http.request_id gen_ai.tool.call.id run_id x.invocation_id correlation-id"),
        ("response", "gen_ai.response.id response_id completion_id gen_ai.batch.id"),
        ("message", "message.id message_id msg_id document.id chunk_id file_id"),
        ("url", "url.full url.query http.url http.target url.path"),
    ],
)  # fmt: skip
def test_names_of_people_and_single_calls_are_known(kind: str, names: str) -> None:
    """In every spelling: dots, underscores, dashes, camel case, and below any prefix."""
    assert {name: guarded_kind(name) for name in names.split()} == dict.fromkeys(names.split(), kind)


@pytest.mark.parametrize(
    "name",
    """
    gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model gen_ai.token.type error.type
    server.address server.port gen_ai.agent.name gen_ai.agent.id gen_ai.tool.name gen_ai.workflow.name stream
    gen_ai.data_source.id http.route http.request.method traceloop.association.properties.plan thread.name
    service.instance.id model_id deployment_id gen_ai.response.finish_reason openai.response.service_tier user_type
    """.split(),  # noqa: SIM905  # quotes would hide the names
)
def test_names_of_few_values_stay(name: str) -> None:
    """What tells kinds of things apart is what metrics are for."""
    assert guarded_kind(name) == ""


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
    told = {"_explicit_bounds": bounds, "_bucket_counts": counts, "_count": sum(counts)}
    return {"user.id": user, **told, **{f"_{key}": value for key, value in fields.items()}}


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


def test_what_only_one_histogram_tells_is_not_told_of_both() -> None:
    """A least value of some of the calls is not the least of all."""
    _, (point,) = guard(
        request_of(
            metric_of("d", "histogram", histogram("a", [1], [1, 0], sum=1, min=1), histogram("b", [1], [1, 0], sum=1))
        )
    )

    assert point.sum == 2.0
    assert not point.HasField("min")


def test_histograms_with_other_bounds_cannot_be_added_up() -> None:
    """The later one is dropped, counted and told to the sender: the series must have one sample."""
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
    told = {"_scale": scale, "_positive": {"offset": offset, "bucket_counts": counts}, "_count": sum(counts)}
    return {"user.id": user, **told, **{f"_{key}": value for key, value in fields.items()}}


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
    assert len(points) == 1000
    assert guarded.dropped == {"metric_names_full": 500}


def test_a_sum_without_temporality_is_refused() -> None:
    """Nobody knows whether it is the sum so far or since the last time."""
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
    told = [
        metric_of(name, "sum", unit=unit) for name, unit in (("gen_ai.x", "token"), ("gen_ai.y", "s"), ("z", "token"))
    ]

    guarded, _ = guard(request_of(*told))

    metrics = ExportMetricsServiceRequest.FromString(guarded.body).resource_metrics[0].scope_metrics[0].metrics
    assert [metric.unit for metric in metrics] == ["{token}", "s", "token"]


@pytest.mark.parametrize(("token", "tenant"), [("", "claimed!"), ("acme", "acme!")], ids=["no token", "a token"])
def test_who_sent_is_written_into_resources(token: str, tenant: str) -> None:
    """The labels are those that spans get; what a sender claims is replaced, and the token's tenant wins."""
    request = request_of(service="x", team="search", tenant="claimed")

    enlist_services(request, lambda service, team, told: (service.upper(), f"{team}!", f"{told}!"), token)

    (holder,) = request.resource_metrics
    told = {attribute.key: attribute.value.string_value for attribute in holder.resource.attributes}
    assert told == {"service.name": "bot", "service": "BOT", "team": "search!", "tenant": tenant}


def test_json_says_the_same_as_protobuf() -> None:
    """Hex ids of exemplars, 64-bit integers as text, unknown fields left out."""
    body = b"""{"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "calls", "futureField": 1, "sum": {
        "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [{"asInt": "9007199254740993",
        "timeUnixNano": "1795248000000000000", "attributes": [{"key": "m", "value": {"stringValue": "x"}}],
        "exemplars": [{"traceId": "0AF7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "asInt": "1"}]}]
    }}]}]}]}"""

    (point,) = points_of(decode_metrics(body, is_json=True).SerializeToString())

    assert (point.as_int, point.time_unix_nano, labels(point)) == (9007199254740993, NOW, {"m": "x"})
    assert point.exemplars[0].trace_id.hex() == "0af7651916cd43dd8448eb211c80319c"
    assert point.exemplars[0].span_id.hex() == "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        pytest.param(b"\xff\xff", False, id="no protobuf"),
        pytest.param(b"{", True, id="half of JSON"),
        pytest.param(b"[]", True, id="another JSON"),
        pytest.param(b"\xff", True, id="no text"),
        pytest.param(b'{"resourceMetrics": 5}', True, id="a number for a list"),
        pytest.param(b'{"resourceMetrics": ' + b"[" * 50_000, True, id="lists without end"),
    ],
)
def test_what_is_no_request_is_refused(body: bytes, is_json: bool) -> None:
    """The error names the spelling that was promised."""
    with pytest.raises(DecodeError, match="OTLP export request for metrics"):
        decode_metrics(body, is_json=is_json)


def post(exporter: ExporterInTest, request: Any, **headers: str) -> Any:
    """Send a request in protobuf."""
    return exporter.client.post("/v1/metrics", content=request.SerializeToString(), headers={**PROTOBUF, **headers})


def test_without_a_prometheus_metrics_are_accepted_and_counted_as_dropped(exporter: ExporterInTest) -> None:
    """An application with OpenTelemetry's defaults must not fail for want of a destination."""
    response = post(exporter, request_of(counter({"user.id": "a", "_as_int": 1}, {"model": "m", "_as_int": 1})))

    dropped = {sample.labels["reason"]: sample.value for sample in exporter.samples("watchkeeper_ingest_dropped_total")}
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == PROTOBUF["content-type"]
    assert dropped == {"attribute_user": 1, "no_destination": 2}


def test_json_and_gzip_are_taken_and_answered_in_json(exporter: ExporterInTest) -> None:
    """The reply has the request's encoding."""
    body = json_format.MessageToJson(request_of(counter({"_as_int": 1}))).encode()

    response = exporter.client.post(
        "/v1/metrics", content=gzip.compress(body), headers={**JSON, "content-encoding": "gzip"}
    )

    assert (response.status_code, response.json()) == (200, {})


def test_lost_points_are_told_as_a_partial_success(exporter: ExporterInTest) -> None:
    """The sender hears how many and why."""
    response = post(exporter, request_of(counter({"_as_int": 1}, {"_as_int": 2, "a": "b"}, temporality=0)))

    partial = ExportMetricsServiceResponse.FromString(response.content).partial_success
    assert partial.rejected_data_points == 2
    assert "no_temporality" in partial.error_message


@pytest.mark.parametrize("headers", [PROTOBUF, JSON], ids=["protobuf", "JSON"])
def test_a_broken_request_is_the_sender_s_mistake(exporter: ExporterInTest, headers: dict[str, str]) -> None:
    """400, so that it is not sent again."""
    response = exporter.client.post("/v1/metrics", content=b"\xff\xff", headers=headers)

    assert response.status_code == 400
    assert response.headers["content-type"] == headers["content-type"]


def test_other_types_are_refused(exporter: ExporterInTest) -> None:
    """Prometheus' own text format comes by scraping."""
    response = exporter.client.post("/v1/metrics", content=b"a 1", headers={"content-type": "text/plain"})

    assert response.status_code == 415


def test_a_service_that_sends_only_metrics_has_limits(exporter: ExporterInTest) -> None:
    """Rules join on the limit of each service: without one its alerts would never fire."""
    post(exporter, request_of(counter({"_as_int": 1})))

    assert exporter.value("llm_alert_threshold", alert="LLMErrorRateHigh", service="bot") == 0.05


def test_a_large_request_is_taken_too() -> None:
    """Above a size the work is done in a thread; nothing else changes."""
    points = [{"model": f"m{n % 7}", "user.id": str(n), "_as_int": 1} for n in range(5_000)]

    with run_exporter() as exporter:
        response = post(exporter, request_of(counter(*points)))

        assert response.status_code == 200
        assert exporter.value("watchkeeper_ingest_dropped_total", reason="attribute_user") == 5_000
        assert exporter.value("watchkeeper_ingest_dropped_total", reason="no_destination") == 7
