"""Row 2: what people let agents do, what their tools come to, and how many sessions there are."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.coding_agents.filters import CHOSEN, OF_AGENTS
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import limit
from grafana.src.sources import series

TITLE = "How people work with them"
NO_DATA = "no decision and no tool in the time shown: docs/how-to/watch-coding-agents.md"

_DECISIONS = f"llm_coding_agent_tool_decisions_total{{{CHOSEN}}}"
_REJECTED = f'llm_coding_agent_tool_decisions_total{{{CHOSEN}, outcome="rejected"}}'
_SHARE_REJECTED = (
    f"sum by (service, agent) (increase({_REJECTED}[6h])) / (sum by (service, agent) (increase({_DECISIONS}[6h])) > 0)"
)
_FAILED = ', status!="ok"'


def _tools(matcher: str = "") -> str:
    return f"sum by (tool) (increase(llm_tool_calls_total{{{CHOSEN}, {OF_AGENTS}{matcher}}}[1h]))"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_of_people(), *_of_agents())


def _of_people() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Tools that people rejected",
            "Share of the decisions of people in the last six hours that let a tool not run, by agent. What a setting "
            "decides is no one's decision. CodingAgentToolsRejected fires above the dashed line, of twenty decisions "
            "or more; the line is drawn when the data comes near it.",
            house.RATIO,
            [
                series(_SHARE_REJECTED, "{{service}}, {{agent}}"),
                limit("CodingAgentToolsRejected", _SHARE_REJECTED),
            ],
        ).span(12),
        house.stacked_graph(
            "Decisions per hour",
            "Tools that people let run, or did not, in the last hour.",
            house.COUNT,
            [series(f"sum by (outcome) (increase({_DECISIONS}[1h]))", "{{outcome}}")],
        ).span(12),
    )


def _of_agents() -> Sequence[PanelBuilder]:
    return (
        house.graph(
            "Tools per hour",
            "Runs of tools by coding agents in the last hour, by tool.",
            house.COUNT,
            [series(_tools(), "{{tool}}")],
        ),
        house.graph(
            "Failed tools per hour",
            "Runs of tools by coding agents that failed in the last hour, by tool.",
            house.COUNT,
            [series(_tools(_FAILED), "{{tool}}")],
        ),
        house.stacked_graph(
            "Requests per hour by outcome",
            "Model requests of coding agents in the last hour; rate_limited is the provider's own limit. "
            "Choose an agent at the top to see its own.",
            house.COUNT,
            [
                series(
                    f"sum by (status) (increase(llm_coding_agent_requests_total{{{CHOSEN}}}[1h]))",
                    "{{status}}",
                )
            ],
        ),
    )
