"""The page "Sessions": which conversations cost or fail most, and what happened in one of them."""

from collections.abc import Sequence

from grafana.src import changes, house, links, sources
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.llm.lines import CALL_LINE
from grafana.src.sources import line_series, line_value, lines
from grafana_foundation_sdk.builders import dashboard, table

UID = links.SESSIONS
FOLDER = frame.FOLDER
QUESTION = "Which sessions cost or fail most, and what was said and done in one of them?"

_STREAM = '{event="llm_call_completed", service=~"$service", env=~"$env"}'
_CALLS = f'{_STREAM} | team=~"$team" | session_id!="" | user_hash=~`$user`'
_CHOSEN = f"{_CALLS} | session_id=~`$session`"
_NO_SESSIONS = "no calls with a session_id match: applications send it with their spans or events"
_NO_SESSION = "no session chosen: click one above, or give its id as Session at the top"


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Sessions", QUESTION).time("now-1h", "now")
    for source in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(source)
    page.with_variable(sources.metric_label_variable("service", "Service", "llm_requests_total"))
    page.with_variable(sources.metric_label_variable("team", "Team", 'llm_requests_total{service=~"$service"}'))
    page.with_variable(sources.log_label_variable("env", "Environment"))
    for name, title in (("session", "Session"), ("user", "User (hash)")):
        page.with_variable(sources.text_variable(name, title, ".*"))
    for annotation in changes.annotations():
        page.annotation(annotation)
    frame.add_row(page, 1, frame.Row("Which sessions?", (*_numbers(), *_ranked()), _NO_SESSIONS))
    frame.add_row(page, 2, frame.Row("One session", _one(), _NO_SESSION))
    return page


def _numbers() -> Sequence[PanelBuilder]:
    failed = f'{_CHOSEN} | json status="status" | status!="ok"'
    cost = f'{_CHOSEN} | json cost="cost_usd" | cost!="" | unwrap cost [$__range]'
    return (
        house.from_lines(
            house.number(
                "Sessions",
                "Sessions with calls in the time shown that match the filters at the top.",
                house.COUNT,
                line_value(f"count(sum by (session_id) (count_over_time({_CHOSEN} [$__range])))"),
            )
        ).span(6),
        house.from_lines(
            house.number(
                "Calls",
                "Model calls of these sessions in the time shown.",
                house.COUNT,
                line_value(f"sum(count_over_time({_CHOSEN} [$__range]))"),
            )
        ).span(6),
        house.from_lines(
            house.number(
                "Failed calls",
                "Model calls of these sessions in the time shown that failed.",
                house.COUNT,
                line_value(f"sum(count_over_time({failed} [$__range]))"),
            ).no_value("none")
        ).span(6),
        house.from_lines(
            house.number(
                "Cost",
                "US dollars of these sessions in the time shown; calls without a price are not included.",
                house.DOLLARS,
                line_value(f"sum(sum_over_time({cost}))"),
            )
        ).span(6),
    )


def _ranked() -> Sequence[PanelBuilder]:
    cost = f'{_CHOSEN} | json cost="cost_usd" | cost!="" | unwrap cost [$__range]'
    failed = f'{_CHOSEN} | json status="status" | status!="ok" [$__range]'
    return (
        _table(
            "Most expensive",
            "The twenty sessions that cost most in the time shown, in US dollars.",
            f"topk(20, sum by (session_id, service) (sum_over_time({cost})))",
            ("cost", house.DOLLARS),
        ),
        _table(
            "Longest",
            "The twenty sessions with most model calls in the time shown.",
            f"topk(20, sum by (session_id, service) (count_over_time({_CHOSEN} [$__range])))",
            ("calls", house.COUNT),
        ),
        _table(
            "Most failures",
            "The twenty sessions with most failed calls in the time shown.",
            f"topk(20, sum by (session_id, service) (count_over_time({failed})))",
            ("failed", house.COUNT),
        ).no_value("no call of a session failed in the time shown, or there was none"),
    )


def _table(title: str, description: str, query: str, value: tuple[str, str]) -> table.Panel:
    heading, unit = value
    columns = {"session_id": "session", "Value": heading, "service": "service"}
    panel = house.column_with_unit(
        house.from_lines(house.listing(title, description, line_value(query), columns)), heading, unit
    )
    this = links.to_page("This session", UID, carry=links.OWNER, session=links.of_column("session"))
    return house.column_with_links(house.largest_first(panel, heading), "session", [this])


def _one() -> Sequence[PanelBuilder]:
    return (
        house.from_lines(
            house.stacked_graph(
                "Calls by model",
                "Model calls of the sessions chosen at the top, by model; at each point in time the ten most called.",
                house.COUNT,
                [line_series(f"topk(10, sum by (model) (count_over_time({_CHOSEN} [$__auto])))", "{{model}}")],
            ).interval("1m")
        ),
        house.log_lines(
            "Calls of the session",
            "Model calls of the session given at the top, the oldest first; of all sessions as long as none is chosen. "
            "Open a line for its fields; Trace leads to all lines of its run.",
            lines(f"{_CHOSEN} {CALL_LINE}"),
        )
        .height(8)
        .span(16)
        .sort_order(house.OLDEST_FIRST),
    )
