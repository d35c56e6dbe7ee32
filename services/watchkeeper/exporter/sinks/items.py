"""One span, log record or data point of a request that can be looked for at a destination later. Pure.

Which one is decided by a hash of its ids, so that it rests neither on the order nor on what happened in it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import chain
from typing import Any

import msgspec
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from watchkeeper.config.forward import Signal
from watchkeeper.exporter.ingest.otlp_shapes import LOG_RECORD, METRIC, SPAN, request_of
from watchkeeper.exporter.sinks.without_content import parsed
from watchkeeper.model.ids import are_valid_ids

# What is older, as of an import, or of the future may be refused by backends that take everything else.
_RECENT_NS = 3600 * 10**9
# Prometheus moves these words to the end of a name, where it would not be known again.
_METRIC = re.compile(r"(?!.*(?:^|[^A-Za-z0-9])(?:total|ratio)[^A-Za-z0-9])[A-Za-z][A-Za-z0-9_./-]{0,199}\Z")
# As it is in data points that say only that nothing was recorded.
_NO_VALUE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is known again: ids in lowercase hex, or the name of a metric, and its own time in Unix nanoseconds."""

    trace_id: str = ""
    span_id: str = ""
    metric: str = ""
    time_ns: int


def pick_item(signal: Signal, body: bytes, is_json: bool, now_ns: int) -> Item | None:
    """Return one recent item of a request that can be known again; None where there is none.

    Raises: ValueError when the body cannot be read.
    """
    if signal == "metrics":
        items = _points(parsed(ExportMetricsServiceRequest, body, request_of(METRIC)))
    elif is_json:
        items = _json_items(body, signal)
    elif signal == "traces":
        items = _spans(parsed(ExportTraceServiceRequest, body, request_of(SPAN)))
    else:
        items = _records(parsed(ExportLogsServiceRequest, body, request_of(LOG_RECORD)))
    return min((item for item in items if _is_known_again(item, now_ns)), key=_place, default=None)


def _is_known_again(item: Item, now_ns: int) -> bool:
    if abs(now_ns - item.time_ns) > _RECENT_NS:
        return False
    return bool(_METRIC.match(item.metric) or are_valid_ids(item.trace_id, item.span_id))


def _place(item: Item) -> bytes:
    return hashlib.blake2b(repr(astuple(item)).encode(), digest_size=8).digest()


def _spans(request: Any) -> Iterator[Item]:
    for scoped in chain.from_iterable(holder.scope_spans for holder in request.resource_spans):
        for span in scoped.spans:
            yield Item(trace_id=span.trace_id.hex(), span_id=span.span_id.hex(), time_ns=span.start_time_unix_nano)


def _records(request: Any) -> Iterator[Item]:
    for scoped in chain.from_iterable(holder.scope_logs for holder in request.resource_logs):
        for one in scoped.log_records:
            time_ns = one.time_unix_nano or one.observed_time_unix_nano
            yield Item(trace_id=one.trace_id.hex(), span_id=one.span_id.hex(), time_ns=time_ns)


def _points(request: Any) -> Iterator[Item]:
    for scoped in chain.from_iterable(holder.scope_metrics for holder in request.resource_metrics):
        for metric in scoped.metrics:
            kind = metric.WhichOneof("data")
            for point in getattr(metric, kind).data_points if kind else ():
                if not point.flags & _NO_VALUE:
                    yield Item(metric=metric.name, time_ns=point.time_unix_nano)


def _json_items(body: bytes, signal: Signal) -> Iterator[Item]:
    """The same of JSON. Raises: ValueError when it is not built like a request."""
    resources, scopes, items = _JSON_LISTS[signal]
    try:
        tree = msgspec.json.decode(body)
        for scoped in chain.from_iterable(holder.get(scopes) or () for holder in tree.get(resources) or ()):
            for one in scoped.get(items) or ():
                time_ns = next((int(one[name]) for name in _JSON_TIMES if one.get(name)), 0)
                ids = (str(one.get(name, "")).lower() for name in ("traceId", "spanId"))
                yield Item(trace_id=next(ids), span_id=next(ids), time_ns=time_ns)
    except (ValueError, RecursionError, AttributeError, TypeError, OverflowError) as error:
        raise ValueError("the body is not what its signal says") from error


_JSON_LISTS = {
    "traces": ("resourceSpans", "scopeSpans", "spans"),
    "logs": ("resourceLogs", "scopeLogs", "logRecords"),
}
_JSON_TIMES = ("startTimeUnixNano", "timeUnixNano", "observedTimeUnixNano")
