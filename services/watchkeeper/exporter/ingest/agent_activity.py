"""What only the metrics of coding agents report: sessions, active time, lines of code, commits and pull requests.

A request of metrics becomes amounts that were not counted before. Requests and tokens are in these metrics too, and
count by events and spans, which report more of them.
Sources: code.claude.com/docs/en/monitoring-usage; github.com/openai/codex, codex-rs/otel;
github.com/google-gemini/gemini-cli and github.com/QwenLM/qwen-code, docs on telemetry; github.com/microsoft/vscode,
extensions/copilot/docs/monitoring; and what each sent in tests/clients.
"""

import math
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Any

import msgspec
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA

from watchkeeper.exporter.ingest.metric_attributes import value_text

# By the name that an agent gives it: the agent, as normalise/coding_agents.py names it, and our number.
_NUMBERS = {
    "claude_code.session.count": ("claude_code", "llm_coding_agent_sessions_total"),
    "claude_code.active_time.total": ("claude_code", "llm_coding_agent_active_seconds_total"),
    "claude_code.lines_of_code.count": ("claude_code", "llm_coding_agent_lines_total"),
    "claude_code.commit.count": ("claude_code", "llm_coding_agent_commits_total"),
    "claude_code.pull_request.count": ("claude_code", "llm_coding_agent_pull_requests_total"),
    "codex.thread.started": ("codex", "llm_coding_agent_sessions_total"),
    "gemini_cli.session.count": ("gemini_cli", "llm_coding_agent_sessions_total"),
    "gemini_cli.lines.changed": ("gemini_cli", "llm_coding_agent_lines_total"),
    "qwen-code.session.count": ("qwen_code", "llm_coding_agent_sessions_total"),
    "copilot_chat.session.count": ("copilot_chat", "llm_coding_agent_sessions_total"),
    "copilot_chat.lines_of_code.count": ("copilot_chat", "llm_coding_agent_lines_total"),
    "copilot_chat.pull_request.count": ("copilot_chat", "llm_coding_agent_pull_requests_total"),
}
LINES = "llm_coding_agent_lines_total"
_LINE_TYPES = ("added", "removed")
# A series is one session's; at some 300 bytes each. An agent that works sends every minute.
_MOST_SERIES = 4_096
# Far more than a session does between two exports: what is above is no count.
_MOST = 1e7


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to add to ``metric``; ``type`` is of lines alone."""

    metric: str
    agent: str
    service: str
    team: str
    type: str
    amount: float


class AgentActivity:
    """Reads requests of metrics; remembers of each series how far it was counted. ``started_ns`` is in Unix time.

    An amount of before it, of a series that accumulates, was counted by the process before, or by no one.
    """

    def __init__(self, started_ns: int) -> None:
        self._started_ns = started_ns
        self._counted: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def read(self, request: Any) -> Iterator[Activity]:
        """Yield what is new in an ExportMetricsServiceRequest whose resources have service and team."""
        for holder in request.resource_metrics:
            metrics = [
                metric
                for scoped in holder.scope_metrics
                for metric in scoped.metrics
                if metric.name in _NUMBERS and metric.WhichOneof("data") == "sum"
            ]
            described = holder.resource.attributes if metrics else ()
            resource = {attribute.key: value_text(attribute.value) for attribute in described}
            for metric in metrics:
                yield from self._of_metric(metric, resource)

    def _of_metric(self, metric: Any, resource: dict[str, str]) -> Iterator[Activity]:
        agent, name = _NUMBERS[metric.name]
        is_delta = metric.sum.aggregation_temporality == AGGREGATION_TEMPORALITY_DELTA
        for point in metric.sum.data_points:
            attributes = {attribute.key: value_text(attribute.value) for attribute in point.attributes}
            kind = attributes.get("type", "") if name == LINES else ""
            if name == LINES and kind not in _LINE_TYPES:
                continue
            series = (metric.name, *sorted(resource.items()), *sorted(attributes.items()))
            amount = self._new_of(series, point, is_delta=is_delta)
            if amount is not None:
                yield Activity(
                    metric=name,
                    agent=agent,
                    service=resource.get("service", ""),
                    team=resource.get("team", ""),
                    type=kind,
                    amount=amount,
                )

    def _new_of(self, series: Hashable, point: Any, *, is_delta: bool) -> float | None:
        """How much of a point was not counted before; None where it is no count, or sent again."""
        value = float(point.as_double if point.WhichOneof("value") == "as_double" else point.as_int)
        if not (math.isfinite(value) and 0 <= value <= _MOST):
            return None
        # What accumulates begins anew with its start.
        key = series if is_delta else (series, point.start_time_unix_nano)
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
