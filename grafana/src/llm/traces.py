"""The page "Traces": finds runs by who, what and how expensive, slow or wrong they were; and shows one of them."""

from collections.abc import Sequence

from grafana.src import changes, house, links, palette, sources
from grafana.src.house import PanelBuilder
from grafana.src.llm import frame
from grafana.src.sources import line_series, line_value, lines
from grafana_foundation_sdk.builders import dashboard, stat, table

UID = links.TRACES
FOLDER = frame.FOLDER
QUESTION = "Which runs were expensive, slow or wrong, whose were they, and what happened in one of them?"

_OF = '{event="trace_completed", service=~"$service", env=~"$env"} | team=~"$team"'
_WHO = "| session_id=~`$session` | user_hash=~`$user` | trace_id=~`$trace`"
_PARTS = '| json status="status", cost="trace_cost_usd", seconds="duration_seconds", steps="steps"'
_RUNS = f"{_OF} {_WHO} {_PARTS} | status=~`$status`"
_LINE = """\
| line_format `{{.status}} {{.service}} {{.agent}} steps={{.steps}}\
{{ if .cost }} {{ .cost | float64 | printf "%.5f" }} USD{{ end }}\
{{ if .seconds }} {{ .seconds | float64 | printf "%.2f" }} s{{ end }}\
{{ if .session_id }} session={{.session_id}}{{ end }} trace={{.trace_id}}`"""
_ABOUT = (
    "status",
    "tool",
    "node",
    "branch",
    "retriever",
    "score",
    "value",
    "gate",
    "guardrail",
    "cache",
    "result",
    "rating",
    "error_type",
)
_STEP = """\
| line_format `{{.event}} {{.status}} {{.agent}} {{.model}}{{.tool}}{{.retriever}}{{.node}} {{.branch}}{{.score}} \
{{.value}}{{.gate}}{{.guardrail}}{{.cache}} {{.result}}{{.rating}}\
{{ if .seconds }} {{ .seconds | float64 | printf "%.2f" }} s{{ end }}\
{{ if .cost }} {{ .cost | float64 | printf "%.5f" }} USD{{ end }} \
{{.error_type}}`"""
_ONE = "{event=~`.+`} | trace_id!=`` | trace_id=`$trace`"
_NO_RUNS = "no runs match: widen the filters at the top, or the time; a run is a trace of more than one call"
# max_query_series of loki/loki.yml: a ranking has a series for each run, and beyond so many of them an error.
MOST_RANKED = 5000


def build() -> dashboard.Dashboard:
    """Return the whole dashboard."""
    page = house.page(UID, "Traces", QUESTION).time("now-1h", "now")
    for source in (sources.prometheus_variable(), sources.loki_variable()):
        page.with_variable(source)
    page.with_variable(sources.metric_label_variable("service", "Service", "llm_requests_total"))
    page.with_variable(sources.metric_label_variable("team", "Team", 'llm_requests_total{service=~"$service"}'))
    page.with_variable(sources.log_label_variable("env", "Environment"))
    for name, title, default in _TYPED:
        page.with_variable(sources.text_variable(name, title, default))
    for annotation in changes.annotations():
        page.annotation(annotation)
    frame.add_row(page, 1, frame.Row("Which runs?", _found(), _NO_RUNS))
    frame.add_row(page, 2, frame.Row("One run", _one(), _NO_TRACE))
    return page


# Regular expressions, but for the two lowest values.
_TYPED = (
    ("status", "Status", ".*"),
    ("session", "Session", ".*"),
    ("user", "User (hash)", ".*"),
    ("cost", "At least USD", "0.005"),
    ("seconds", "At least seconds", "3"),
    ("trace", "Trace", ".*"),
)
_NONE_RANKED = f"no run of at least that much, or over {MOST_RANKED}, which Loki cannot rank: then raise it at the top"
_NO_TRACE = "no run chosen: click one above, or give its id as Trace at the top"


def _found() -> Sequence[PanelBuilder]:
    counted = f"sum by (status) (count_over_time({_RUNS} [$__auto]))"
    return (
        _to_rank("Expensive runs", "US dollars", "cost"),
        _to_rank("Slow runs", "seconds", "seconds"),
        house.from_lines(
            house.stacked_graph(
                "Runs by status",
                "Runs that match the filters, by how they ended. A run is a trace of more than one call.",
                house.COUNT,
                [line_series(counted, "{{status}}")],
            ).interval("1m")
        )
        .span(24)
        .height(6),
        _ranked(
            "Most expensive runs",
            "The twenty most expensive runs of at least the US dollars given at the top; none where Expensive runs is "
            "red.",
            "cost",
            house.DOLLARS,
        ),
        _ranked(
            "Slowest runs",
            "The twenty slowest runs of at least the seconds given at the top; none where Slow runs is red.",
            "seconds",
            house.SECONDS,
        ),
        house.log_lines(
            "Runs",
            "Runs that match the filters, the newest first. Open a line for its fields; Trace leads to all its lines.",
            lines(f"{_RUNS} {_LINE}"),
        ),
    )


def _to_rank(title: str, unit: str, field: str) -> stat.Panel:
    """How many runs a table would rank, which are too many before the table says so."""
    panel = house.number(
        title,
        f"Runs that match the filters, of at least the {unit} given at the top. Red from {MOST_RANKED + 1} on: Loki "
        "ranks no more, and the table of them is empty until that value is raised, or the time shortened.",
        house.COUNT,
        line_value(f"sum(count_over_time({_at_least(field)} [$__range]))"),
    )
    panel = house.with_thresholds(panel, ((None, palette.NEUTRAL), (MOST_RANKED + 1, palette.BAD)))
    return house.from_lines(panel).no_value("none").span(12)


def _at_least(field: str) -> str:
    """Runs from the value given at the top on; a run without a known price has an empty cost, which is no number."""
    return f'{_RUNS} | {field}!="" | {field} >= ${field}'


def _ranked(title: str, description: str, field: str, unit: str) -> table.Panel:
    largest = f"max by (trace_id, service) (max_over_time({_at_least(field)} | unwrap {field} [$__range]))"
    panel = house.listing(
        title,
        description,
        line_value(f"topk(20, {largest})"),
        {"service": "service", "Value": field, "trace_id": "trace"},
    )
    panel = house.column_with_unit(house.largest_first(house.from_lines(panel), field), field, unit)
    panel = house.with_widths(panel, {"service": 130}).no_value(_NONE_RANKED).span(12)
    return house.column_with_links(
        panel, "trace", [links.to_page("This run", UID, carry=links.OWNER, trace=links.of_column("trace"))]
    )


def _one() -> Sequence[PanelBuilder]:
    parts = ", ".join(f'{name}="{name}"' for name in _ABOUT)
    shown = f'| json {parts}, seconds="duration_seconds", cost="cost_usd" {_STEP}'
    return (
        house.log_lines(
            "Steps of the run",
            "Every line of the run given as Trace at the top, the oldest first: calls, tools, searches, branches, "
            "scores. The times are those of arrival; happened_at of a line is its own.",
            lines(f"{_ONE} {shown}"),
        )
        .height(14)
        .sort_order(house.OLDEST_FIRST),
    )
