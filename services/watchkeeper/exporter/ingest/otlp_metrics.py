"""OTLP metrics on their way to Prometheus: decoded, freed of ids, and never two samples for one series.

What identifies a person, a conversation or a call is taken off the data points (``metric_attributes``); points that
became one series by that are added up (``metric_points``). Counts of what was taken off or left out are returned.
"""

import asyncio
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec
from google.protobuf import json_format
from google.protobuf.message import DecodeError as ProtobufDecodeError
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_UNSPECIFIED

from watchkeeper.errors import DecodeError, TooManyError
from watchkeeper.exporter.ingest.json_values import check_values
from watchkeeper.exporter.ingest.metric_attributes import cap_values, drop_guarded, value_text
from watchkeeper.exporter.ingest.metric_json import without_wrong_metrics
from watchkeeper.exporter.ingest.metric_places import MetricPlaces
from watchkeeper.exporter.ingest.metric_points import ADD
from watchkeeper.exporter.ingest.otlp_shapes import METRIC, request_of
from watchkeeper.exporter.ingest.pieces import SMALL_BYTES
from watchkeeper.exporter.ingest.wire import weigh
from watchkeeper.exporter.normalise.context import TEAM

# Who sends: Prometheus makes the labels job and instance of these, and the exporter adds service and team.
_IDENTITY = (
    "service.namespace",
    "service.name",
    "service.instance.id",
    "service",
    "team",
    "tenant",
    "deployment.environment.name",
)
_TENANT = _IDENTITY.index("tenant")
# What the exporter writes into every resource.
_OWNER = ("service", "team", "tenant")
_TENANT_NAMES = ("tenant", "tenant.id", "watchkeeper.tenant")
_NAME = "__name__"
# Some libraries spell the unit as a word, which Prometheus would append to the metric's name; the standard's
# spelling in braces is a remark.
_UNITS = {"token": "{token}", "tokens": "{token}"}
_MAX_ATTRIBUTE_VALUES = 200
_MAX_METRIC_NAMES = 1000
# By the weight of wire.py: 8192 histograms, the collector's batch, with ten attributes each.
_MOST_FIELDS = 1_000_000
# The collector's batch in JSON has half of it; protobuf's own reader of JSON, written in Python, takes 2 s for it.
_MOST_VALUES = 300_000
# Each takes 10 us.
_ENLISTED_AT_ONCE = 256

# (service.name, the team and the tenant the resource names) -> the labels service, team and tenant
Enlist = Callable[[str, str, str], tuple[str, str, str]]


class Guarded(msgspec.Struct, frozen=True, kw_only=True):
    """A request that may go on: its bytes, how many points it has, and what was left out by reason.

    ``rejected`` points are reported to the sender; merged points and dropped attributes are not losses of numbers.
    """

    body: bytes
    accepted: int
    rejected: int
    dropped: Mapping[str, int]


def decode_metrics(body: bytes, *, is_json: bool) -> tuple[Any, int]:
    """Return the ExportMetricsServiceRequest, and how many points of metrics that are none it is without.

    Raises: DecodeError when the body is not one; TooManyError.
    """
    if is_json:
        check_values(body, _MOST_VALUES)
    try:
        return _from_json(body) if is_json else (_from_protobuf(body), 0)
    except TooManyError as error:
        raise TooManyError(f"body: {error}; send smaller batches") from error
    except (ProtobufDecodeError, json_format.ParseError, ValueError, RecursionError) as error:
        spelling = "JSON" if is_json else "protobuf"
        raise DecodeError(f"body: must be a {spelling} OTLP export request for metrics") from error


async def enlist_services(request: Any, enlist: Enlist, tenant: str = "") -> None:
    """Write into every resource the service, team and tenant under which spans of it are counted.

    ``tenant`` is the token's, and wins over what the resource says.
    """
    for number, holder in enumerate(request.resource_metrics, 1):
        if not number % _ENLISTED_AT_ONCE:
            await asyncio.sleep(0)
        reported = {attribute.key: value_text(attribute.value) for attribute in holder.resource.attributes}
        team = next((reported[name] for name in TEAM if reported.get(name)), "")
        reported_tenant = next((reported[name] for name in _TENANT_NAMES if reported.get(name)), "")
        owner = enlist(reported.get("service.name", ""), team, tenant or reported_tenant)
        kept = [a for a in holder.resource.attributes if a.key not in _OWNER]
        del holder.resource.attributes[:]
        holder.resource.attributes.extend(kept)
        for key, text in zip(_OWNER, owner, strict=True):
            holder.resource.attributes.add(key=key).value.string_value = text


class MetricsGuard:
    """Frees requests of ids and of more values than a metric should have; remembers only which values have places."""

    def __init__(self, max_values: int = _MAX_ATTRIBUTE_VALUES, clock: Callable[[], float] = time.monotonic) -> None:
        self._values = MetricPlaces(max_values, clock)
        self._names = MetricPlaces(_MAX_METRIC_NAMES, clock)

    def guard(self, request: Any, malformed: int = 0) -> Guarded:
        """Change the request in place and return what may go on of it; ``malformed`` points were left out before."""
        dropped: Counter[str] = Counter({"malformed_metric": malformed} if malformed else ())
        series: dict[Hashable, tuple[Any, bool]] = {}
        accepted, rejected = 0, malformed
        for owner, metric in _metrics(request, dropped):
            kind = metric.WhichOneof("data")
            if kind is None:
                continue
            points = getattr(metric, kind).data_points
            tenant = owner[0][_TENANT]
            reason = self._refusal(tenant, metric, kind)
            if reason:
                dropped[reason] += len(points)
                rejected += len(points)
                del points[:]
                continue
            lost = self._guard_points((owner, metric.name), kind, points, series, dropped)
            accepted += len(points)
            rejected += lost
        return Guarded(body=request.SerializeToString(), accepted=accepted, rejected=rejected, dropped=dropped)

    def _refusal(self, tenant: str, metric: Any, kind: str) -> str:
        """Why a whole metric cannot go on, or nothing."""
        if kind in ADD and getattr(metric, kind).aggregation_temporality == AGGREGATION_TEMPORALITY_UNSPECIFIED:
            return "no_temporality"
        return "" if self._names.admits(tenant, _NAME, metric.name) else "metric_names_full"

    def _guard_points(
        self,
        owner: tuple[Any, str],
        kind: str,
        points: Any,
        series: dict[Hashable, tuple[Any, bool]],
        dropped: Counter[str],
    ) -> int:
        """Clean the points and add up those that became one; return how many were lost."""
        gone: list[int] = []
        lost = 0
        admits = partial(self._values.admits, owner[0][0][_TENANT])
        for position, point in enumerate(points):
            changed = self._clean(point, admits, dropped)
            key = (owner, _labels(point), point.time_unix_nano)
            first, first_changed = series.setdefault(key, (point, changed))
            if first is point:
                continue
            gone.append(position)
            if not (changed or first_changed):
                dropped["repeated_point"] += 1
            elif not (kind in ADD and ADD[kind](first, point)):
                dropped["unmergeable_point"] += 1
                lost += 1
        if gone:
            left_out = set(gone)
            kept = [point for position, point in enumerate(points) if position not in left_out]
            del points[:]  # one by one, each would move all behind it
            points.extend(kept)
        return lost

    def _clean(self, point: Any, admits: Callable[[str, str], bool], dropped: Counter[str]) -> bool:
        """Take the ids off a point and its exemplars; return whether its labels changed."""
        kinds = [f"attribute_{kind}" for kind in drop_guarded(point.attributes)]
        replaced = cap_values(point.attributes, admits)
        dropped.update(kinds)
        if replaced:
            dropped["attribute_values_full"] += replaced
        for exemplar in getattr(point, "exemplars", ()):
            for _ in drop_guarded(exemplar.filtered_attributes):
                pass
        return bool(kinds) or replaced > 0


def _metrics(request: Any, dropped: Counter[str]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every metric with the part of its series' identity that it shares with others: resource and scope."""
    for holder in request.resource_metrics:
        dropped.update(f"attribute_{kind}" for kind in drop_guarded(holder.resource.attributes))
        reported = {a.key: value_text(a.value) for a in holder.resource.attributes if a.key in _IDENTITY}
        resource = tuple(reported.get(name, "") for name in _IDENTITY)
        for scoped in holder.scope_metrics:
            dropped.update(f"attribute_{kind}" for kind in drop_guarded(scoped.scope.attributes))
            for metric in scoped.metrics:
                if metric.unit in _UNITS and metric.name.startswith("gen_ai."):
                    metric.unit = _UNITS[metric.unit]
                yield (resource, scoped.scope.name, scoped.scope.version, scoped.schema_url), metric


def _labels(point: Any) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((attribute.key, value_text(attribute.value)) for attribute in point.attributes))


def _from_protobuf(body: bytes) -> Any:
    if len(body) > SMALL_BYTES:
        weigh(body, request_of(METRIC), _MOST_FIELDS)
    return ExportMetricsServiceRequest.FromString(body)


def _from_json(body: bytes) -> tuple[Any, int]:
    if not body.lstrip().startswith(b"{"):
        raise ValueError("the parser would take an empty list for an empty request")
    request, lost = ExportMetricsServiceRequest(), 0
    try:
        json_format.Parse(body, request, ignore_unknown_fields=True)
    except json_format.ParseError:
        right, lost = without_wrong_metrics(body)
        request.Clear()
        json_format.ParseDict(right, request, ignore_unknown_fields=True)
    for point in _points(request):
        for exemplar in getattr(point, "exemplars", ()):
            exemplar.trace_id = _from_hex(exemplar.trace_id)
            exemplar.span_id = _from_hex(exemplar.span_id)
    return request, lost


def _points(request: Any) -> Iterator[Any]:
    for holder in request.resource_metrics:
        for scoped in holder.scope_metrics:
            for metric in scoped.metrics:
                kind = metric.WhichOneof("data")
                yield from getattr(metric, kind).data_points if kind else ()


def _from_hex(raw: bytes) -> bytes:
    """OTLP's JSON has ids in hex where protobuf's has base64, so the parser took one for the other: undo it."""
    try:
        return bytes.fromhex(b64encode(raw).decode())
    except ValueError:
        return b""
