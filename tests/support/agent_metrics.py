"""Metrics as coding agents send them."""

from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

DELTA, CUMULATIVE = 1, 2
NOW = 1_796_021_000_000_000_000
# What an hour of work leaves behind, by the names of Claude Code.
AN_HOUR: dict[tuple[str, str], float] = {
    ("claude_code.session.count", ""): 1,
    ("claude_code.active_time.total", "user"): 240.5,
    ("claude_code.active_time.total", "cli"): 1800,
    ("claude_code.lines_of_code.count", "added"): 120,
    ("claude_code.lines_of_code.count", "removed"): 30,
    ("claude_code.commit.count", ""): 2,
    ("claude_code.pull_request.count", ""): 1,
}


def agent_metrics(
    of: dict[tuple[str, str], float] | None = None,
    *,
    temporality: int = DELTA,
    at: int = NOW,
    start: int = NOW - 1,
    resource: dict[str, str] | None = None,
) -> bytes:
    """The body of a request: amounts by metric and type."""
    request = ExportMetricsServiceRequest()
    holder = request.resource_metrics.add()
    for key, text in (resource or {"service.name": "claude-code", "team.id": "search"}).items():
        holder.resource.attributes.add(key=key).value.string_value = text
    metrics: dict[str, Any] = {}
    scope = holder.scope_metrics.add()
    for (name, kind), amount in (AN_HOUR if of is None else of).items():
        if name not in metrics:
            metrics[name] = scope.metrics.add(name=name)
            metrics[name].sum.aggregation_temporality = temporality
        point = metrics[name].sum.data_points.add(as_double=amount, time_unix_nano=at, start_time_unix_nano=start)
        point.attributes.add(key="session.id").value.string_value = "s-1"
        if kind:
            point.attributes.add(key="type").value.string_value = kind
    return request.SerializeToString()
