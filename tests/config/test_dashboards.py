"""What every page must be to be opened twice: short, linked, without holes, cut titles or one question asked twice."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import promql_parser
import pytest
import yaml
from grafana.src import bounds, links
from grafana.src.llm import traces
from tests.config.test_grafana import ALL_QUERIES, parse
from tests.support.panels import ROOT, load_dashboards, panel_queries, panels_of

from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.operator.drills.recipe import PREFIX

ALL_DASHBOARDS = load_dashboards()
# Alerts, bookmarks and other people's dashboards lead here: a uid that was once shipped stays.
FOREVER = {
    "llm-overview",
    "llm-cost",
    "llm-latency",
    "llm-errors",
    "llm-tokens",
    "llm-branches",
    "llm-agents",
    "llm-retrieval",
    "llm-quality",
    "llm-drift",
    "llm-silent-failures",
    "llm-canaries",
    "llm-judges",
    "llm-comparison",
    "llm-prompts",
    "llm-traces",
    "llm-sessions",
    "llm-slos",
    "services",
    "watchkeeper-alerts",
    "watchkeeper-ingest",
    "watchkeeper-stack",
}
# The variable has the address of the exporter, which serves them.
RUNBOOKS = "${watchkeeper}/runbooks/"
ALERTS = {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} - {"README"}
# Nobody scans more at three in the morning.
MOST_PANELS = 24
# At 1600 pixels with the menu open: the width of a column of the grid, what a panel keeps for its icons, a letter.
COLUMN_PIXELS, ICONS_PIXELS, LETTER_PIXELS = 53, 110, 6.3
# The newest classic schema; files of schema v2 are refused by Grafana's provisioning (grafana/grafana#122663).
NEWEST_SCHEMA = 42
# Prometheus adds them to what a process says of itself.
OF_SCRAPES = {"job", "instance", "__name__"}
ALL_PANELS = [
    pytest.param(uid, panel, id=f"{uid}/{panel['title']}")
    for uid, dashboard in ALL_DASHBOARDS.items()
    for panel in panels_of(dashboard)
]


def variables_of(uid: str) -> set[str]:
    """The names of what a reader can choose on a page."""
    return {variable["name"] for variable in ALL_DASHBOARDS[uid]["templating"]["list"]}


def links_of(node: Any) -> Iterator[str]:
    """Yield the address of every link of a panel: its own, of its fields and of single columns."""
    if isinstance(node, dict):
        if isinstance(node.get("url"), str):
            yield node["url"]
        for child in node.values():
            yield from links_of(child)
    elif isinstance(node, list):
        for child in node:
            yield from links_of(child)


ALL_LINKS = [
    pytest.param(uid, url, id=f"{uid}/{panel['title']}/{urlsplit(url).path}")
    for uid, dashboard in ALL_DASHBOARDS.items()
    for panel in panels_of(dashboard)
    for url in links_of(panel)
]


def test_uids_are_forever() -> None:
    """A page that moves to another uid breaks every link to it."""
    assert set(ALL_DASHBOARDS) >= FOREVER


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_files_are_of_the_schema_that_is_provisioned(uid: str) -> None:
    """Grafana refuses files of its newer schema, which begin with an apiVersion and a spec."""
    assert ALL_DASHBOARDS[uid]["schemaVersion"] <= NEWEST_SCHEMA
    assert not {"apiVersion", "kind", "spec"} & ALL_DASHBOARDS[uid].keys()


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_a_page_is_short(uid: str) -> None:
    """A page answers one question, which it states."""
    assert len(list(panels_of(ALL_DASHBOARDS[uid]))) <= MOST_PANELS
    assert ALL_DASHBOARDS[uid]["description"].endswith("?")


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_no_two_panels_of_a_page_are_the_same(uid: str) -> None:
    """Neither by their titles, nor by what they ask for the same time."""
    panels = list(panels_of(ALL_DASHBOARDS[uid]))
    asked = [(panel.get("timeFrom"), *(target["expr"] for target in panel["targets"])) for panel in panels]

    assert not [title for title, times in Counter(panel["title"] for panel in panels).items() if times > 1]
    assert not [queries for queries, times in Counter(asked).items() if times > 1]


@pytest.mark.parametrize(("uid", "panel"), ALL_PANELS)
def test_titles_are_not_cut(uid: str, panel: dict[str, Any]) -> None:
    """At 1600 pixels with Grafana's menu open a title has room for so many letters."""
    room = (panel["gridPos"]["w"] * COLUMN_PIXELS - ICONS_PIXELS) / LETTER_PIXELS

    assert len(panel["title"]) <= room, f"{uid}: at most {room:.0f} letters"


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_rows_of_panels_have_no_holes(uid: str) -> None:
    """Every line of the grid is filled from left to right."""
    width: dict[int, int] = defaultdict(int)
    for panel in panels_of(ALL_DASHBOARDS[uid]):
        place = panel["gridPos"]
        for line in range(place["y"], place["y"] + place["h"]):
            width[line] += place["w"]

    assert not {line: columns for line, columns in width.items() if columns != 24}


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_only_changes_are_drawn_before_someone_asks(uid: str) -> None:
    """An incident has dozens of alerts: their lines would cover what they are about."""
    shown = {item["name"]: item["enable"] for item in ALL_DASHBOARDS[uid]["annotations"]["list"]}

    assert {name for name, is_on in shown.items() if is_on} == {"Changes"}
    assert shown.keys() >= {"Alerts", "Prices"}


@pytest.mark.parametrize(("uid", "url"), ALL_LINKS)
def test_links_lead_somewhere_and_keep_time_and_choices(uid: str, url: str) -> None:
    """The page is there, it has what the link sets, and the page of the link has what it passes on."""
    if url.startswith(RUNBOOKS):
        # In a table the row says which.
        assert url.removeprefix(RUNBOOKS) in {*ALERTS, links.of_column("alert")}
        return
    parts = urlsplit(url)
    target = parts.path.removeprefix("/d/")
    words = parts.query.split("&")
    carried = {word.removeprefix("${").removesuffix(":queryparam}") for word in words if word.endswith(":queryparam}")}
    named = {name.removeprefix("var-") for name, _ in parse_qsl(parts.query) if name.startswith("var-")}

    assert target in ALL_DASHBOARDS
    assert "${__url_time_range}" in words
    assert named | carried <= variables_of(target)
    assert carried <= variables_of(uid)


@pytest.mark.parametrize(("uid", "panel"), ALL_PANELS)
def test_an_alert_behind_a_panel_is_named_and_its_runbook_linked(uid: str, panel: dict[str, Any]) -> None:
    """Who sees a line above the threshold is one click away from what to do about it."""
    asked = " ".join(target["expr"] for target in panel["targets"])
    drawn = set(re.findall(r'llm_alert_threshold\{alert="(\w+)"', asked))
    named = set(re.findall(r"[A-Z]\w+", panel["description"])) & ALERTS
    linked = {link["url"].removeprefix(RUNBOOKS) for link in panel.get("links", ())}

    assert drawn <= named, uid
    assert named == linked & ALERTS, uid


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_every_page_can_be_reached_by_a_click_on_data(uid: str) -> None:
    """From the overview or a page below it; machines and the pages of single runs are in the menu alone."""
    from_data = {urlsplit(url).path.removeprefix("/d/") for param in ALL_LINKS for url in [param.values[1]]}

    assert uid in from_data | {
        "services",
        "inference",
        "gateways",
        "watchkeeper-ingest",
        "llm-branches",
        "llm-agents",
        "llm-sessions",
    }


@pytest.mark.parametrize(("uid", "panel"), [param for param in ALL_PANELS if param.values[1]["type"] == "table"])
def test_a_table_shows_the_value_it_is_for(uid: str, panel: dict[str, Any]) -> None:
    """The value of a table of one query is its first or second column, and has a width of its own."""
    steps = {step["id"]: step["options"] for step in panel["transformations"]}
    names = steps["organize"]["renameByName"]
    heading = names.get("Value")
    widths = {
        override["matcher"]["options"]
        for override in panel["fieldConfig"]["overrides"]
        if any(item["id"] == "custom.width" for item in override["properties"])
    }

    if heading is not None and "merge" not in steps:
        assert steps["organize"]["indexByName"]["Value"] <= 1, uid
        assert heading in widths, uid


def test_units_say_what_is_counted() -> None:
    """Tokens, errors and lines per second are no operations."""
    units = {panel.values[1]["fieldConfig"]["defaults"].get("unit") for panel in ALL_PANELS}

    assert not units & {"ops", "iops", "wps", "rps"}


@pytest.mark.parametrize(("uid", "panel"), [param for param in ALL_PANELS if param.values[1]["type"] == "timeseries"])
def test_a_graph_has_few_lines(uid: str, panel: dict[str, Any]) -> None:
    """Fifty services would fill it, and hide the threshold."""
    asked = [(target.get("legendFormat", ""), target["expr"]) for target in panel["targets"]]

    assert not [expr for legend, expr in asked if bounds.is_unbounded(legend, expr)], uid


def test_a_ranking_says_how_many_runs_are_too_many_for_loki() -> None:
    """A ranking has a series for each run; beyond the limit Loki answers with an error, and the table is empty."""
    loki = yaml.safe_load((ROOT / "loki" / "loki.yml").read_text(encoding="utf-8"))

    assert loki["limits_config"]["max_query_series"] == traces.MOST_RANKED


STATUSES = ("status", "result", "outcome", "rating", "severity")


@pytest.mark.parametrize(("uid", "panel"), [param for param in ALL_PANELS if param.values[1]["type"] == "timeseries"])
def test_failures_are_never_green(uid: str, panel: dict[str, Any]) -> None:
    """Colours by turns would give green to whatever comes first in the alphabet, which is often an error."""
    legends = {target.get("legendFormat", "") for target in panel["targets"]}
    fixed = {override["matcher"]["options"] for override in panel["fieldConfig"]["overrides"]}
    is_of_statuses = bool(legends & {f"{{{{{label}}}}}" for label in STATUSES})

    assert not is_of_statuses or {"error", "failed", "rejected", "critical"} <= fixed, uid


SERVICE_VARIABLES = [
    pytest.param(variable, id=uid)
    for uid, dashboard in ALL_DASHBOARDS.items()
    for variable in dashboard["templating"]["list"]
    if variable["name"] == "service"
]
WANTED = ("", "d", "drill", "drills", "demo", "drillbit-1", "payments", "dri ll-", "Drill-x")
DRILLED = (PREFIX, f"{PREFIX}LLMErrorRateHigh-6b0bd7e7-bot")


@pytest.mark.parametrize("variable", SERVICE_VARIABLES)
def test_all_services_are_all_but_those_of_drills(variable: dict[str, Any]) -> None:
    """Drills stand on no one's graphs until a link of a drilled alert chooses one; what has no service does."""
    chosen = variable["allValue"]

    assert all(re.fullmatch(chosen, name) for name in WANTED)
    assert not any(re.fullmatch(chosen, name) for name in DRILLED)
    assert variable["regex"] == f"/^(?!{PREFIX}).*/"


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_lists_of_choices_stand_in_double_quotes(uid: str) -> None:
    """Grafana escapes each of them for those; within backticks gpt-4.1 would be looked for with a backslash."""
    lists = [item["name"] for item in ALL_DASHBOARDS[uid]["templating"]["list"] if item.get("multi")]
    asked = [target["expr"] for panel in panels_of(ALL_DASHBOARDS[uid]) for target in panel["targets"]]

    assert not [query for query in asked for name in lists if re.search(rf"`\$\{{?{name}\b", query)]


def label_names(query: str) -> dict[str, set[str]]:
    """The labels by which a query selects each metric."""
    asked: dict[str, set[str]] = defaultdict(set)

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            asked[node.name or ""] |= {matcher.name for matcher in node.matchers.matchers}
        return True

    promql_parser.walk(parse(query), note)
    return asked


@cache
def known_labels() -> dict[str, set[str]]:
    """The labels of every metric of the catalogue, by the names that a query uses."""
    known: dict[str, set[str]] = {}
    for metric in METRICS:
        parts = ("_bucket", "_sum", "_count") if metric.type == "histogram" else ("",)
        known |= {metric.name + part: {*metric.labels, *OF_SCRAPES, "le"} for part in parts}
    return known


@pytest.mark.parametrize(
    "query", [pytest.param(query, id=str(query)) for query in ALL_QUERIES if query.source_type == "prometheus"]
)
def test_queries_select_by_labels_that_their_metrics_have(query: Any) -> None:
    """A matcher on a label that is not there would select nothing, or everything."""
    known = known_labels()

    for metric, labels in label_names(query.expr).items():
        assert metric not in known or labels <= known[metric], (metric, labels - known[metric])


def test_who_must_choose_one_prompt_on_a_page_has_all_of_them_on_another() -> None:
    """Pages are asked and measured with All where they begin with it, whatever another page needs."""
    asked = [query for query in panel_queries(single={"prompt": "a-prompt"}) if "a-prompt" in query.expr]
    chosen = [query for query in panel_queries({"prompt": "a-prompt"}) if "a-prompt" in query.expr]

    assert {query.dashboard for query in asked} == {links.COMPARISON}
    assert {query.dashboard for query in chosen} == {links.COMPARISON, links.PROMPTS}


def test_links_are_found() -> None:
    """The tests above look at something."""
    assert len(ALL_LINKS) > 40
