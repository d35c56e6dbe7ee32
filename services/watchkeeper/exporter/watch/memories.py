"""All that is remembered so that what is reported twice counts once, and what belongs together is put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from watchkeeper.exporter.watch.logged_calls import LoggedCalls
from watchkeeper.exporter.watch.mcp_runs import McpRuns
from watchkeeper.exporter.watch.repeats import Repeats
from watchkeeper.exporter.watch.same_call import SameCall
from watchkeeper.exporter.watch.same_tool import SameTool
from watchkeeper.exporter.watch.signals import ReportedSignals
from watchkeeper.exporter.watch.token_baseline import TokenBaselines
from watchkeeper.exporter.watch.traces import Traces

# A retried export comes within minutes: 64k spans, half of this, are minutes of a busy app; 20 MB at most.
_SPANS = 131_072
# All spans of a run leave an application in one or two exports: of two places each, ten seconds of 1600 spans a second.
# 3 MB at most.
_TOOL_PLACES = 32_768
_INCIDENTS = 4_096
# At most 1 KB each; of an app that never ends its traces, five minutes of 200 a second.
_TRACES = 65_536
# Spans of one call leave an application in one or two exports: a doubtful one waits this long for the other.
_LINGER_NS = 2_000_000_000
# OpenTelemetry exports spans every 5 s and log records every second; one failed attempt is waited for.
_LOG_LINGER_NS = 12_000_000_000


# Each side exports spans every 5 s; less than a trace is waited for, which these runs are part of.
_MCP_LINGER_NS = 7_000_000_000
# Of 2 KB each without content: a thousand runs a second for as long as they wait.
_MCP_RUNS = 8_192


class Memory(Protocol):
    """Something that remembers up to ``capacity`` entries; ``forgotten`` counts those that had to go for new ones."""

    @property
    def capacity(self) -> int:
        """How many entries are remembered at most."""
        ...

    @property
    def forgotten(self) -> int:
        """How many entries had to go."""
        ...

    def __len__(self) -> int:
        """How many entries are remembered."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """The memories of one exporter; all are bounded."""

    spans: Repeats
    same_call: SameCall
    same_tool: SameTool
    mcp_runs: McpRuns
    tool_ids: Repeats
    logged_calls: LoggedCalls
    scores: Repeats
    incidents: Repeats
    traces: Traces
    signals: ReportedSignals
    baselines: TokenBaselines

    def by_name(self) -> Mapping[str, Memory]:
        """Each part that forgets, by the name it has in metrics."""
        return {
            "spans": self.spans,
            "response_ids": self.same_call.response_ids,
            "short_response_ids": self.same_call.short_ids,
            "short_response_times": self.same_call.short_times,
            "counted_spans": self.same_call.counted_spans,
            "parents": self.same_call.parents,
            "waiting_calls": self.same_call.waiting,
            "tool_runs": self.same_tool,
            "waiting_mcp_runs": self.mcp_runs,
            "tool_call_ids": self.tool_ids,
            "log_events": self.logged_calls.events,
            "waiting_log_events": self.logged_calls.waiting,
            "scores": self.scores,
            "incidents": self.incidents,
            "open_traces": self.traces,
            "evaluated_traces": self.traces.closed,
            "reported_signals": self.signals,
            "token_baselines": self.baselines,
        }


def empty_memories(*, idle_seconds: float, is_by_tenant: bool) -> Memories:
    """Memories of nothing yet; ``Traces`` says what the settings mean."""
    spans, same_call = Repeats(_SPANS), SameCall(linger_ns=_LINGER_NS, capacity=_SPANS)
    same_tool = SameTool(_TOOL_PLACES)
    return Memories(
        spans=spans,
        same_call=same_call,
        same_tool=same_tool,
        mcp_runs=McpRuns(same_tool, linger_ns=_MCP_LINGER_NS, capacity=_MCP_RUNS),
        tool_ids=Repeats(_TOOL_PLACES),
        logged_calls=LoggedCalls(same_call, spans, linger_ns=_LOG_LINGER_NS, capacity=_SPANS),
        scores=Repeats(_SPANS),
        incidents=Repeats(_INCIDENTS),
        traces=Traces(idle_seconds=idle_seconds, capacity=_TRACES, is_by_tenant=is_by_tenant),
        signals=ReportedSignals(),
        baselines=TokenBaselines(),
    )
