"""The page of all numbers by what its reader chooses: team, user, repository, model or agent.

From log lines: a label for each user and repository would be too many series, and lines have all of them.
"""

from collections.abc import Sequence

from grafana.src import changes, house, links, sources
from grafana.src.coding_agents import lines_of as of
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.sources import line_series, line_value
from grafana.src.tables import Column
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.loki import Dataquery

UID = links.CODING_AGENTS_BY
FOLDER = "LLM"
QUESTION = "Which team, user, repository, model or agent is it: what does each cost, use and bring about?"

_REQUESTS = "llm_coding_agent_requests_total"
_HEADINGS = {
    "team": "team",
    "user_hash": "user (hash)",
    "repository": "repository",
    "model": "model",
    "agent": "agent",
}
_NO_LINES = "no line of a coding agent matches: docs/how-to/watch-coding-agents.md has the lines that let one send"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Coding agents by user and repository", QUESTION).time("now-24h", "now").refresh("5m")
    for variable in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(variable)
    page.with_variable(sources.words_variable("by", "By", tuple(_HEADINGS)))
    for label, title in (("service", "Service"), ("team", "Team"), ("agent", "Agent"), ("model", "Model")):
        page.with_variable(sources.metric_label_variable(label, title, _REQUESTS))
    for name, title in (("user", "User (hash)"), ("repository", "Repository")):
        page.with_variable(sources.text_variable(name, title, ".*"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    frame.add_row(page, 1, frame.Row("Leaderboard", (_costs(), _results()), _NO_LINES))
    frame.add_row(page, 2, frame.Row("Over time", _over_time(), _NO_LINES))
    return page


def _costs() -> PanelBuilder:
    columns = (
        Column("cost", house.DOLLARS, line_value(of.amount(of.CALLS, "cost_usd"))),
        Column("requests", house.COUNT, line_value(of.count(of.CALLS))),
        Column("failed", house.RATIO, line_value(of.share(of.FAILED, of.CALLS))),
        Column("input", house.COUNT, line_value(of.amount(of.CALLS, "input_tokens"))),
        Column("output", house.COUNT, line_value(of.amount(of.CALLS, "output_tokens"))),
        Column("cached", house.COUNT, line_value(of.amount(of.CALLS, "cached_input_tokens"))),
        Column("cache hit", house.RATIO, line_value(of.cached_share())),
        Column("input/request", house.COUNT, line_value(of.input_of_a_request())),
    )
    return house.from_lines(
        house.overview(
            "What they cost",
            "Requests of the time shown by what is chosen as By, the most expensive first; an empty name is what the "
            "agent does not report. Failed is the share of requests, cache hit that of the input which a provider read "
            "from its cache, of requests that report it. Input per request grows where sessions never end.",
            _HEADINGS,
            columns,
        )
    ).height(10)


def _results() -> PanelBuilder:
    columns = (
        Column("sessions", house.COUNT, line_value(of.sessions())),
        Column("active", house.SECONDS, line_value(of.amount(of.ACTIVITY, "active_seconds"))),
        Column("lines added", house.COUNT, line_value(of.amount(of.ACTIVITY, "lines_added"))),
        Column("removed", house.COUNT, line_value(of.amount(of.ACTIVITY, "lines_removed"))),
        Column("commits", house.COUNT, line_value(of.amount(of.ACTIVITY, "commits"))),
        Column("pull requests", house.COUNT, line_value(of.amount(of.ACTIVITY, "pull_requests"))),
        Column("accepted", house.COUNT, line_value(of.count(of.ACCEPTED))),
        Column("rejected", house.COUNT, line_value(of.count(of.REJECTED))),
    )
    return house.from_lines(
        house.overview(
            "What comes of it",
            "Sessions with requests in the time shown, and what the agents' own metrics report: active time, lines, "
            "commits and pull requests. Accepted and rejected are decisions of people about tools and edits. Of models "
            "only lines are known, and only where the agent reports it.",
            _HEADINGS,
            columns,
        )
    ).height(10)


def _over_time() -> Sequence[PanelBuilder]:
    graphs = (
        ("Cost", "US dollars", house.DOLLARS, of.amount(of.CALLS, "cost_usd", of.STEP)),
        ("Input per request", "Mean input tokens of a request", house.COUNT, of.input_of_a_request(of.STEP)),
        ("Cache hit", "Share of the input read from a cache", house.RATIO, of.cached_share(of.STEP)),
        ("Failed requests", "Share of the requests that failed", house.RATIO, of.share(of.FAILED, of.CALLS, of.STEP)),
        ("Active time", "Time at work", house.SECONDS, of.amount(of.ACTIVITY, "active_seconds", of.STEP)),
        ("Lines added", "Lines of code added", house.COUNT, of.amount(of.ACTIVITY, "lines_added", of.STEP)),
    )
    return tuple(
        house.from_lines(
            house.graph(title, f"{text} at each point in time, the ten highest by what is chosen.", unit, [_top(expr)])
        ).interval("15m")
        for title, text, unit, expr in graphs
    )


def _top(expr: str) -> Builder[Dataquery]:
    # A series has one of these labels, and the others are empty.
    return line_series(f"topk(10, {expr})", "".join(f"{{{{{label}}}}}" for label in _HEADINGS))
