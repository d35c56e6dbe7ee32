"""The row "MCP" of the page about agents: clients and servers of the Model Context Protocol, and what they ask."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import OWNED, limit, over_range, ratio, ten_of
from grafana.src.sources import rows, series

TITLE = "MCP"
NO_DATA = "no span or metric of an MCP client or server came: docs/how-to/watch-mcp.md"

_OPERATIONS = "llm_mcp_operations_total"
_REPORTER, _OF_REPORTER = "service, side", "{{service}} {{side}}"
_STARTS = 'method=~"initialize|server/discover"'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_requests(), *_overviews())


def _requests() -> Sequence[PanelBuilder]:
    failing_starts = f'sum by (service, side) (increase({_OPERATIONS}{{{OWNED}, {_STARTS}, result!="ok"}}[10m]))'
    refused = f'sum by (service, side) (increase({_OPERATIONS}{{{OWNED}, result="protocol_error"}}[15m]))'
    share = ratio(refused, f"sum by (service, side) (increase({_OPERATIONS}{{{OWNED}}}[15m]))")
    in_all = over_range("increase", f"{_OPERATIONS}{{{OWNED}}}")
    failed_in_all = over_range("increase", f'{_OPERATIONS}{{{OWNED}, {_STARTS}, result!="ok"}}')
    return (
        house.graph(
            "MCP servers with requests",
            "Services that answered MCP requests in the 5 minutes before, and clients that sent some. A server that "
            "falls out has no traffic: its clients say whether it is down.",
            house.COUNT,
            [series(f"count by (side) ({_in_five_minutes()} > 0)", "{{side}}")],
        ).span(8),
        house.graph(
            "Failed MCP initializations in 10 minutes",
            "Sessions that did not come about, by who reports it; the ten with most. LLMMcpInitializationFailing fires "
            "above the line.",
            house.COUNT,
            [
                series(ten_of(_REPORTER, failing_starts, failed_in_all), _OF_REPORTER),
                limit("LLMMcpInitializationFailing", failing_starts),
            ],
        )
        .interval(house.SLOW)
        .no_value("no initialization failed in the time shown, or no client or server of MCP sent anything")
        .span(8),
        house.graph(
            "MCP protocol errors",
            "Share of requests of 15 minutes that were refused or had no answer; a tool's own error is an answer. "
            "Of the ten services with most requests. LLMMcpProtocolErrors fires above the line.",
            house.RATIO,
            [series(ten_of(_REPORTER, share, in_all), _OF_REPORTER), limit("LLMMcpProtocolErrors", share)],
        )
        .interval(house.SLOW)
        .span(8),
    )


def _overviews() -> Sequence[PanelBuilder]:
    return (
        house.overview(
            "MCP requests by method",
            "Each method in the last hour, as each side saw it. Of these only tools/call is a run of a tool.",
            {"service": "service", "side": "side", "method": "method"},
            _columns("method", ""),
        ).height(7),
        house.overview(
            "MCP tools",
            "Each tool in the last hour: what clients saw is the latency for their agents, what servers saw is the "
            "tool's own. The fifty busiest.",
            {"service": "service", "side": "side", "tool": "tool"},
            _columns("tool", ', method="tools/call"'),
        ).height(7),
    )


def _columns(by: str, chosen: str) -> Sequence[house.Column]:
    def counted(only: str) -> str:
        return f"sum by (service, side, {by}) (increase({_OPERATIONS}{{{OWNED}{chosen}{only}}}[1h]))"

    buckets = f"increase(llm_mcp_operation_duration_seconds_bucket{{{OWNED}{chosen}}}[1h])"
    p95 = f"histogram_quantile(0.95, sum by (service, side, {by}, le) ({buckets})) >= 0"
    return [
        house.Column("requests", house.COUNT, rows(f"topk(50, {counted('')} > 0)")),
        house.Column(
            "tool errors", house.RATIO, rows(ratio(counted(', result="tool_error"'), counted(""))), house.FAILING
        ),
        house.Column(
            "protocol errors",
            house.RATIO,
            rows(ratio(counted(', result="protocol_error"'), counted(""))),
            house.FAILING,
        ),
        house.Column("p95", house.SECONDS, rows(p95)),
    ]


def _in_five_minutes() -> str:
    return f"sum by (service, side) (increase({_OPERATIONS}{{{OWNED}}}[5m]))"
