"""OTLP requests that bring metrics, put together for tests."""

from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

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
    for reported in points:
        fields = {key[1:]: value for key, value in reported.items() if key.startswith("_")}
        point = data.data_points.add(**{"time_unix_nano": NOW, "start_time_unix_nano": NOW - 60, **fields})
        for key, value in reported.items():
            if not key.startswith("_"):
                point.attributes.add(key=key).value.string_value = value
    return metric


def counter(*points: dict[str, Any], **options: Any) -> Any:
    """A counter of calls."""
    return metric_of("calls", "sum", *points, **options)


def points_of(body: bytes) -> list[Any]:
    """All points of a request."""
    return [
        point
        for holder in ExportMetricsServiceRequest.FromString(body).resource_metrics
        for scoped in holder.scope_metrics
        for metric in scoped.metrics
        for point in getattr(metric, str(metric.WhichOneof("data"))).data_points
    ]


def labels(point: Any) -> dict[str, str]:
    """A point's attributes."""
    return {attribute.key: attribute.value.string_value for attribute in point.attributes}
