"""What only the metrics of coding agents report: sessions, active time, lines of code, commits and pull requests.

A request of metrics becomes facts of what was not counted before: of each user, session, repository and model that its
points name. Requests and tokens are in these metrics too, and count by events and spans, which report more of them.
Sources: code.claude.com/docs/en/monitoring-usage; github.com/openai/codex, codex-rs/otel;
github.com/google-gemini/gemini-cli and github.com/QwenLM/qwen-code, docs on telemetry; github.com/microsoft/vscode,
extensions/copilot/docs/monitoring; and what each sent in tests/clients.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA

from watchkeeper.exporter.ingest.metric_attributes import value_text
from watchkeeper.exporter.normalise.context import read_attributes, read_resource
from watchkeeper.model import CodingActivity, Context

# By the name that an agent gives it, and the type of lines: the agent, as normalise/coding_agents.py names it, and what
# it is of an activity.
_NUMBERS = {
    ("claude_code.session.count", ""): ("claude_code", "sessions"),
    ("claude_code.active_time.total", ""): ("claude_code", "active_seconds"),
    ("claude_code.lines_of_code.count", "added"): ("claude_code", "lines_added"),
    ("claude_code.lines_of_code.count", "removed"): ("claude_code", "lines_removed"),
    ("claude_code.commit.count", ""): ("claude_code", "commits"),
    ("claude_code.pull_request.count", ""): ("claude_code", "pull_requests"),
    ("codex.thread.started", ""): ("codex", "sessions"),
    ("gemini_cli.session.count", ""): ("gemini_cli", "sessions"),
    ("gemini_cli.lines.changed", "added"): ("gemini_cli", "lines_added"),
    ("gemini_cli.lines.changed", "removed"): ("gemini_cli", "lines_removed"),
    ("qwen-code.session.count", ""): ("qwen_code", "sessions"),
    ("copilot_chat.session.count", ""): ("copilot_chat", "sessions"),
    ("copilot_chat.lines_of_code.count", "added"): ("copilot_chat", "lines_added"),
    ("copilot_chat.lines_of_code.count", "removed"): ("copilot_chat", "lines_removed"),
    ("copilot_chat.pull_request.count", ""): ("copilot_chat", "pull_requests"),
}
_NAMES = frozenset(name for name, _ in _NUMBERS)
_OF_LINES = frozenset(name for name, kind in _NUMBERS if kind)
# A series is one session's; at some 200 bytes each. An agent that works sends every minute.
_MOST_SERIES = 4_096
_KEY_BYTES = 16
# Far more than a session does between two exports: what is above is no count.
_MOST = 1e7


_KEPT = "agent_activity"


class _Counted(msgspec.Struct, frozen=True):
    """Since when (Unix nanoseconds) every series is known, and of each series, by its key, when and how far."""

    started_ns: int
    series: dict[bytes, tuple[int, float]]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Counted).decode


def activity_of(request: Any) -> bytes:
    """What an AgentActivity reads of an ExportMetricsServiceRequest, as a body of such a request; empty: nothing."""
    read = ExportMetricsServiceRequest()
    for holder in request.resource_metrics:
        metrics = [
            metric
            for scoped in holder.scope_metrics
            for metric in scoped.metrics
            if metric.name in _NAMES and metric.WhichOneof("data") == "sum"
        ]
        if metrics:
            read.resource_metrics.add(resource=holder.resource).scope_metrics.add(metrics=metrics)
    return read.SerializeToString()


class AgentActivity:
    """Reads requests of metrics; remembers of each series how far it was counted. ``started_ns`` is in Unix time.

    An amount of before it, of a series that accumulates, was counted by the process before, or by no one.
    """

    def __init__(self, started_ns: int) -> None:
        self._started_ns = started_ns
        self._counted: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    def saved(self) -> dict[str, bytes]:
        """All of it, to be saved with the counters."""
        return {_KEPT: _encode(_Counted(self._started_ns, self._counted))}

    def resume(self, saved: Mapping[str, bytes]) -> Iterator[str]:
        """Go on as the process that saved it; yield what cannot be read."""
        if not saved.get(_KEPT):
            return
        try:
            counted = _decode(saved[_KEPT])
        except msgspec.DecodeError as error:
            yield f"what coding agents did cannot be read: {error}"
            return
        self._started_ns, self._counted = counted.started_ns, OrderedDict(counted.series)

    def read(self, request: Any) -> Iterator[CodingActivity]:
        """Yield what is new in what ``activity_of`` left of a request whose resources have service and team."""
        for holder in request.resource_metrics:
            metrics = [metric for scoped in holder.scope_metrics for metric in scoped.metrics]
            resource = {attribute.key: value_text(attribute.value) for attribute in holder.resource.attributes}
            yield from self._of_resource(metrics, resource)

    def _of_resource(self, metrics: list[Any], resource: Mapping[str, str]) -> Iterator[CodingActivity]:
        """What is new under one resource, together for each context."""
        origin = read_resource(resource)
        found: dict[Context, dict[str, float]] = {}
        latest: dict[Context, int] = {}
        for metric in metrics:
            is_delta = metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA
            for point in metric.sum.data_points:
                attributes = {attribute.key: value_text(attribute.value) for attribute in point.attributes}
                kind = attributes.get("type", "") if metric.name in _OF_LINES else ""
                agent, what = _NUMBERS.get((metric.name, kind), ("", ""))
                series = (metric.name, *sorted(resource.items()), *sorted(attributes.items()))
                amount = self._new_of(series, point, is_delta=is_delta) if agent else None
                if amount is not None:
                    whose = read_attributes(origin, attributes)
                    whose = replace(whose, agent=agent, model=attributes.get("model", ""))
                    amounts = found.setdefault(whose, {})
                    amounts[what] = amounts.get(what, 0.0) + amount
                    latest[whose] = max(latest.get(whose, 0), point.time_unix_nano)
        for whose, amounts in found.items():
            yield CodingActivity(context=replace(whose, time_ns=latest[whose]), **amounts)

    def _new_of(self, series: Hashable, point: Any, *, is_delta: bool) -> float | None:
        """How much of a point was not counted before; None where it is no count, or sent again."""
        value = float(point.as_double if point.WhichOneof("value") == "as_double" else point.as_int)
        if not (math.isfinite(value) and 0 <= value <= _MOST):
            return None
        # What accumulates begins anew with its start.
        key = _key(series if is_delta else (series, point.start_time_unix_nano))
        time_ns, counted = self._counted.pop(key, (0, 0.0))
        is_first, is_again = not time_ns, point.time_unix_nano <= time_ns
        self._counted[key] = (time_ns, counted) if is_again else (point.time_unix_nano, value)
        if len(self._counted) > _MOST_SERIES:
            self._counted.popitem(last=False)
        if is_again:
            return None
        if is_delta:
            return value
        if is_first and point.start_time_unix_nano < self._started_ns:
            return None
        return max(0.0, value - counted)


def _key(series: Hashable) -> bytes:
    """As good as the series itself, and small; what it names stays in memory, and on disk, for no one to read."""
    return blake2b(repr(series).encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
