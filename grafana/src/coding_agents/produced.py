"""Row 4: sessions, active time, lines of code, commits and pull requests, which only the agents' own metrics report."""

from collections.abc import Sequence

from grafana.src import house
from grafana.src.coding_agents.filters import CHOSEN
from grafana.src.house import PanelBuilder
from grafana.src.sources import instant, series

TITLE = "What comes of it"
NO_DATA = "no agent sends its own metrics: docs/how-to/watch-coding-agents.md has the line that turns them on"


def _more(what: str, window: str) -> str:
    return f"increase(llm_coding_agent_{what}_total{{{CHOSEN}}}[{window}])"


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_over_time())


def _numbers() -> Sequence[PanelBuilder]:
    shown = (
        ("Sessions", "Sessions that began in the last 24 hours.", house.COUNT, "sessions"),
        (
            "Active time",
            "Time of the last 24 hours in which agents worked or people typed, of all sessions; of Claude Code alone.",
            house.SECONDS,
            "active_seconds",
        ),
        ("Commits", "Commits of the last 24 hours; of Claude Code alone.", house.COUNT, "commits"),
        (
            "Pull requests",
            "Pull requests that were opened in the last 24 hours; of Claude Code alone.",
            house.COUNT,
            "pull_requests",
        ),
    )
    return tuple(
        house.number(f"{title} of the last day", text, unit, instant(f"sum({_more(what, '1d')})")).span(6)
        for title, text, unit, what in shown
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Lines of code per hour",
            "Lines that Claude Code and Gemini CLI added and removed in the last hour; more of them is no more work.",
            house.COUNT,
            [series(f"sum by (type) ({_more('lines', '1h')})", "{{type}}")],
        ).span(12),
        house.graph(
            "Sessions per hour by team",
            "Sessions that began in the last hour, by team and agent.",
            house.COUNT,
            [series(f"sum by (team, agent) ({_more('sessions', '1h')})", "{{team}}, {{agent}}")],
        ).span(12),
    )
