"""The page "Agents and tools": how runs of agents go, what they cost, and which tools fail or are slow."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame, mcp, workflow
from grafana.src.llm.lines import TRACE
from grafana.src.llm.queries import quantile, rate, share
from grafana.src.llm_overview.filters import OWNED, limit, over_range, ratio, ten_and_others, ten_of
from grafana.src.sources import buckets, instant, lines, rows, series, traces
from grafana_foundation_sdk.builders import dashboard

UID = links.AGENTS
FOLDER = frame.FOLDER
QUESTION = "Do agents get their work done in few steps, at what cost, and which tool fails or is slow?"

_NO_RUNS = "no traces of agents in the time shown: spans of frameworks, or events with a trace_id, report them"
_NO_TOOLS = "no runs of tools in the time shown: spans of frameworks, or the event tool_call, report them"
# Recorded for LLMToolSlow, over 15 minutes.
_P95_OF_TOOLS = f"service_tool:llm_tool_duration_seconds:p95_rate15m{{{OWNED}}}"
_TOOL_RUNS = over_range("increase", f"llm_tool_calls_total{{{OWNED}}}")
_LOOPS = f'sum by (agent) (increase(llm_silent_failures_total{{{OWNED}, type="loop"}}[1h]))'
_TRACES = over_range("increase", f"llm_agent_steps_count{{{OWNED}}}")


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page_rows = (
        frame.Row("Now", _now(), _NO_RUNS),
        frame.Row("Runs of agents", _runs(), _NO_RUNS),
        frame.Row("Tools", _tools(), _NO_TOOLS),
        frame.Row(mcp.TITLE, mcp.panels(), mcp.NO_DATA),
    )
    return frame.build(UID, "Agents and tools", QUESTION, page_rows)


def _now() -> Sequence[PanelBuilder]:
    traces = f"sum(increase(llm_agent_steps_count{{{OWNED}}}[$__range]))"
    dollars = f"sum(increase(llm_trace_cost_dollars_sum{{{OWNED}}}[$__range]))"
    return (
        house.number(
            "Runs",
            "Traces of agents in the time shown; none means that no framework reports spans.",
            house.COUNT,
            instant(traces),
        ),
        house.number(
            "Cost per run",
            "US dollars per trace, on average over the time shown; calls without a price are not included.",
            house.DOLLARS,
            instant(f"{dollars} / (sum(increase(llm_trace_cost_dollars_count{{{OWNED}}}[$__range])) > 0)"),
        ),
        house.number(
            "Steps (p95)",
            "p95 of the steps per trace in the last hour: model calls that generate something, and runs of tools. 100 "
            "is a loop that its framework should have ended.",
            house.COUNT,
            instant(_last_hour(0.95, "llm_agent_steps")),
        ),
        house.number(
            "Run time (p95)",
            "p95 of the time from a trace's first span to the end of its last, in the last hour.",
            house.SECONDS,
            instant(_last_hour(0.95, "llm_trace_duration_seconds")),
        ),
        *_tools_now(),
    )


def _tools_now() -> Sequence[PanelBuilder]:
    failed = f'sum(increase(llm_tool_calls_total{{{OWNED}, status!="ok"}}[1h]))'
    return (
        house.with_thresholds(
            house.number(
                "Tool failures",
                "Share of runs of tools in the last hour that failed. LLMToolFailuresUp compares each tool with its "
                "own day before.",
                house.RATIO,
                instant(ratio(failed, f"sum(increase(llm_tool_calls_total{{{OWNED}}}[1h]))")),
            ),
            house.FAILING,
        ),
        house.number(
            "Tools per run",
            "Runs of tools per trace of an agent, on average over the last hour.",
            "none",
            instant(
                f"sum(increase(llm_tool_calls_total{{{OWNED}}}[1h])) / "
                f"(sum(increase(llm_agent_steps_count{{{OWNED}}}[1h])) > 0)"
            ),
        ),
    )


def _last_hour(part: float, metric: str) -> str:
    return f"histogram_quantile({part:g}, sum by (le) (increase({metric}_bucket{{{OWNED}}}[1h]))) >= 0"


def _runs() -> Sequence[PanelBuilder]:
    dollars, counted = (f"sum by (agent) ({rate(f'llm_trace_cost_dollars_{part}')})" for part in ("sum", "count"))
    per_run = f"{dollars} / ({counted} > 0)"
    return (
        house.stacked_graph(
            "Runs by agent",
            "Traces per second by agent; the ten busiest of the time shown and the rest.",
            house.PER_SECOND,
            [*ten_and_others("agent", f"sum by (agent) ({rate('llm_agent_steps_count')})", _TRACES, "{{agent}}")],
        ),
        house.graph(
            "Steps per run by agent (p95)",
            "p95 of the steps per trace, of the ten busiest agents. A climb is an agent that goes in circles.",
            house.COUNT,
            [series(ten_of("agent", quantile(0.95, "llm_agent_steps", OWNED, "agent"), _TRACES), "{{agent}}")],
        ),
        house.graph(
            "Cost per run by agent",
            "US dollars per trace, on average, of the ten busiest agents. It rises with longer contexts, more steps or "
            "a more expensive model; the page about cost says which.",
            house.DOLLARS,
            [series(ten_of("agent", per_run, _TRACES), "{{agent}}")],
        ).data_links(
            [
                links.to_page("Cost", links.COST, carry=links.OWNER),
                links.to_page("Coding agents", links.CODING_AGENTS, carry=links.OWNER),
            ]
        ),
        *_sizes(),
    )


def _sizes() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Run time by agent (p95)",
            "p95 of the time from a trace's first span to the end of its last, of the ten busiest agents.",
            house.SECONDS,
            [
                series(
                    ten_of("agent", quantile(0.95, "llm_trace_duration_seconds", OWNED, "agent"), _TRACES), "{{agent}}"
                )
            ],
        ),
        house.graph(
            "Tokens per run by agent (p95)",
            "p95 of the input and output tokens per trace, of the ten busiest agents.",
            house.COUNT,
            [series(ten_of("agent", quantile(0.95, "llm_trace_tokens", OWNED, "agent"), _TRACES), "{{agent}}")],
        ),
        house.heat_map(
            "Distribution of steps",
            "How many traces had how many steps: the darker, the more. A band at the top is a loop.",
            house.COUNT,
            buckets(f"sum by (le) (increase(llm_agent_steps_bucket{{{OWNED}}}[$__rate_interval]))"),
        ),
        *_circles(),
    )


def _circles() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Loops by agent",
            "Runs of the last hour in which an agent ran the same tool again and again, of the ten agents with most. "
            "0 is good; LLMAgentLoop fires above its threshold, and Silent failures lists the runs.",
            house.COUNT,
            [series(ten_of("agent", _LOOPS, f"sum by (agent) ({_LOOPS})"), "{{agent}}")],
        )
        .no_value("no agent repeated itself in the time shown, or there was no trace of one")
        .span(12)
        .data_links([links.to_page("Open silent failures", links.SILENT_FAILURES, carry=links.OWNER)]),
        house.listing(
            "Hand-offs",
            "How often one agent handed work to another one in the last hour, most often first. A pair that sends "
            "work back and forth costs twice; the workflow on Branches and people draws them.",
            rows(f"sort_desc(round({workflow.handoffs()}))"),
            {"edge_source": "from", "Value": "times", "edge_target": "to"},
        )
        .no_value("no agent handed work to another one in the last hour")
        .span(12),
    )


def _tools() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Tool failure rate",
            "Share of failed runs, over an hour, of the ten busiest tools. 0 is good; LLMToolFailuresUp fires when it "
            "rises. A gap means no runs.",
            house.RATIO,
            [series(ten_of("tool", share("tool", "llm_tool_calls_total", 'status!="ok"'), _TOOL_RUNS), "{{tool}}")],
        )
        .interval(house.SLOW)
        .span(12),
        house.graph(
            "Tool latency (p95)",
            "p95 latency over 15 minutes of the ten busiest tools; of the slowest service if several use one. A dot is "
            "one run and links to the logs of its trace. The line is the lowest threshold of LLMToolSlow, drawn when "
            "the data comes near it.",
            house.SECONDS,
            [
                traces(f"llm_tool_duration_seconds_bucket{{{OWNED}}}"),
                series(ten_of("tool", f"max by (tool) ({_P95_OF_TOOLS})", _TOOL_RUNS), "{{tool}}"),
                limit("LLMToolSlow", _P95_OF_TOOLS),
            ],
        ).span(12),
        house.overview(
            "Tools",
            "Each tool in the last hour: runs, share that failed, p95 latency. The fifty busiest.",
            {"tool": "tool", "service": "service"},
            [
                house.Column("runs", house.COUNT, rows(f"topk(50, {_runs_of_tools()})")),
                house.Column("failed", house.RATIO, rows(_failed_of_tools()), house.FAILING),
                house.Column("p95", house.SECONDS, rows(_p95_of_tools())),
            ],
        ).height(7),
        _failed_runs_of_tools(),
    )


def _failed_runs_of_tools() -> PanelBuilder:
    return (
        house.log_lines(
            "Latest failed runs of tools",
            "The newest first. Open a line for its fields; Trace leads to all lines of its trace.",
            lines(
                '{event="tool_call_completed", level="error", service=~"$service"} | team=~"$team" '
                '| json tool="tool", error_type="error_type", seconds="duration_seconds" '
                "| line_format `{{.service}} {{.tool}} {{.error_type}}"
                '{{ if .seconds }} {{ .seconds | float64 | printf "%.2f" }} s{{ end }}'
                f"{TRACE}`"
            ),
        )
        .no_value("no run of a tool failed in the time shown, or there was none")
        .height(8)
    )


def _runs_of_tools() -> str:
    return f"sum by (service, tool) (increase(llm_tool_calls_total{{{OWNED}}}[1h]))"


def _failed_of_tools() -> str:
    failed = f'sum by (service, tool) (increase(llm_tool_calls_total{{{OWNED}, status!="ok"}}[1h]))'
    return ratio(failed, _runs_of_tools())


def _p95_of_tools() -> str:
    buckets = f"sum by (service, tool, le) (increase(llm_tool_duration_seconds_bucket{{{OWNED}}}[1h]))"
    return f"histogram_quantile(0.95, {buckets}) >= 0"
