"""Row 1: dollars, tokens and the prompt cache, by team, agent, model and user."""

from collections.abc import Sequence

from grafana.src import house, links
from grafana.src.coding_agents.filters import CHOSEN, TEAMS
from grafana.src.house import PanelBuilder
from grafana.src.llm_overview.filters import over_range, ten_and_others
from grafana.src.sources import instant, rows, series

TITLE = "What they cost"
NO_DATA = "no coding agent yet: docs/how-to/watch-coding-agents.md has the lines that let one send"

_COST = f"llm_coding_agent_cost_dollars_total{{{CHOSEN}}}"
_SPENT = over_range("increase", _COST)
_REQUESTS = f"llm_coding_agent_requests_total{{{CHOSEN}}}"
_USERS = f"sum by (spender, team) (llm_coding_agent_user_cost_dollars{{{TEAMS}}})"


def _tokens(kind: str, window: str) -> str:
    return f'increase(llm_coding_agent_tokens_total{{{CHOSEN}, type="{kind}"}}[{window}])'


def panels() -> Sequence[PanelBuilder]:
    """Return the panels from left to right, row by row."""
    return (*_numbers(), *_over_time(), *_who())


def _numbers() -> Sequence[PanelBuilder]:
    return (
        house.number(
            "Cost of the last day",
            "US dollars of the last 24 hours; of Claude Code by the provider's list of prices, whatever a subscription "
            "costs.",
            house.DOLLARS,
            instant(f"sum(increase({_COST}[1d]))"),
        ).span(6),
        house.number(
            "Input from the prompt cache",
            "Share of the input tokens of the last day that providers read from their cache. What is not reported is "
            "no share.",
            house.RATIO,
            instant(f"sum({_tokens('cached_input', '1d')}) / (sum({_tokens('input', '1d')}) > 0)"),
        ).span(6),
        house.number(
            "Failed requests",
            "Share of the model requests of the last day that failed or were rate-limited.",
            house.RATIO,
            instant(
                f'sum(increase(llm_coding_agent_requests_total{{{CHOSEN}, status!="ok"}}[1d])) '
                f"/ (sum(increase({_REQUESTS}[1d])) > 0) or 0 * sum(increase({_REQUESTS}[1d]))"
            ),
        ).span(6),
        house.number(
            "Users",
            "Users whose coding agents cost something in the last 24 hours, of all teams.",
            house.COUNT,
            instant("sum(llm_coding_agent_user_entries)"),
        ).span(6),
    )


def _over_time() -> Sequence[PanelBuilder]:
    return (
        house.stacked_graph(
            "Cost per hour by team",
            "US dollars of the last hour at each point in time, by team; the ten that cost most, and the rest.",
            house.DOLLARS,
            ten_and_others("team", f"sum by (team) (increase({_COST}[1h]))", _SPENT, "{{team}}"),
        ).span(12),
        house.stacked_graph(
            "Cost per hour by agent and model",
            "US dollars of the last hour at each point in time, by agent and model; the ten that cost most, and "
            "the rest.",
            house.DOLLARS,
            ten_and_others(
                "agent, model", f"sum by (agent, model) (increase({_COST}[1h]))", _SPENT, "{{agent}}, {{model}}"
            ),
        ).span(12),
        house.graph(
            "Input per request",
            "Mean input tokens of a request in the last hour, by agent and model. It creeps up where sessions never "
            "end: each request sends all that was said before.",
            house.COUNT,
            [
                series(
                    f"sum by (agent, model) ({_tokens('input', '1h')}) "
                    f"/ (sum by (agent, model) (increase({_REQUESTS}[1h])) > 0)",
                    "{{agent}}, {{model}}",
                )
            ],
        ).span(12),
        house.graph(
            "Cost of a user in a day",
            "The most expensive user beside the median one, in US dollars of 24 hours.",
            house.DOLLARS,
            [
                series(f"max({_USERS})", "most expensive"),
                series("max(llm_coding_agent_user_cost_median_dollars)", "median"),
            ],
        ).span(12),
    )


def _who() -> Sequence[PanelBuilder]:
    return (
        house.column_with_links(
            house.listing(
                "Most expensive users of the last day",
                "US dollars of the last 24 hours by user, as a keyed hash. CodingAgentSpendOutOfLine fires when one "
                "costs many times what the median user does. Click one for all numbers of theirs.",
                rows(f"sort_desc({_USERS})"),
                {"spender": "user", "Value": "cost", "team": "team"},
            )
            .unit(house.DOLLARS)
            .span(12),
            "user",
            [links.to_page("All of this user", links.CODING_AGENTS_BY, by="repository", user=links.of_column("user"))],
        ),
        house.ranking(
            "Cost of the last day by team",
            "US dollars of the last 24 hours, the most expensive teams first.",
            house.DOLLARS,
            series(f"topk(10, sum by (team) (increase({_COST}[1d])))", "{{team}}"),
        ).span(12),
    )
