"""The rules of Grafana's dashboard-linter, each by its name there: it cannot be had as a Go module, so they are ours.

Source: https://github.com/grafana/dashboard-linter/blob/main/docs/index.md
"""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
from tests.config.test_grafana import parse
from tests.support.panels import DEFAULTS, PanelQuery, load_dashboards, panel_queries, panels_of

ALL_DASHBOARDS = load_dashboards()
# Nothing of ours is so long.
RATE_INTERVAL_SECONDS = 67
QUERIES = [*panel_queries({**DEFAULTS, "__rate_interval": f"{RATE_INTERVAL_SECONDS}s"})]
PROMQL = [pytest.param(query, id=str(query)) for query in QUERIES if query.source_type == "prometheus"]
# Rules of the linter that do not fit these dashboards, and why.
LEFT_OUT = {
    "template-job-rule": "applications are told apart by service, whatever scrapes or pushes their metrics",
    "template-instance-rule": "replicas of the exporter are one: what a service does is the sum of them",
    "target-job-rule": "recorded metrics have no job",
    "target-instance-rule": "recorded metrics have no instance",
}
# The linter wants prometheus_datasource and loki_datasource where there are two; bookmarks have these names.
SOURCES = {"datasource": "prometheus", "loki": "loki"}
# Lines over time with a window of their own, and why.
FIXED_WINDOWS = {
    r"services/CPU usage/[AB]": "HostCPUHigh looks at the same five minutes",
    r"watchkeeper-stack/.*": "the alerts about the engines look at the same minutes",
    r"llm-silent-failures/(Steps|Tokens|Cost) of a run/A": "an hour has enough runs for a percentile",
}
# Promtail's places in files: gauges, whatever their names say.
GAUGES = {"promtail_read_bytes_total", "promtail_file_bytes_total"}


def calls_on_ranges(expr: str) -> Iterator[tuple[str, str, float]]:
    """The function around each range of samples, the metric and the seconds."""
    found: list[tuple[str, str, float]] = []

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.Call):
            for argument in node.args:
                if isinstance(argument, promql_parser.MatrixSelector):
                    name = argument.vector_selector.name or ""
                    found.append((node.func.name, name, argument.range.total_seconds()))
        return True

    promql_parser.walk(parse(expr), note)
    yield from found


def bare_metrics(expr: str) -> Iterator[str]:
    """Metrics that are read as they are, outside of any range."""
    ranged = {name for _, name, _ in calls_on_ranges(expr)}
    names: list[str] = []

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            names.append(node.name or "")
        return True

    promql_parser.walk(parse(expr), note)
    yield from (name for name in names if name not in ranged)


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_template_datasource_rule(uid: str) -> None:
    """The data sources are variables."""
    variables = ALL_DASHBOARDS[uid]["templating"]["list"]

    assert {item["name"]: item["query"] for item in variables if item["type"] == "datasource"} == SOURCES


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_template_label_promql_rule(uid: str) -> None:
    """What fills a variable from Prometheus is valid."""
    for item in ALL_DASHBOARDS[uid]["templating"]["list"]:
        if item["type"] == "query" and item["datasource"]["type"] == "prometheus":
            asked = re.fullmatch(r"label_values\((?P<series>.+), (?P<label>\w+)\)", item["query"]["query"])
            assert asked, item["name"]
            parse(asked["series"])


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_template_on_time_change_reload_rule(uid: str) -> None:
    """Choices are those of the time shown."""
    for item in ALL_DASHBOARDS[uid]["templating"]["list"]:
        assert item["type"] != "query" or item["refresh"] == 2, item["name"]  # onTimeRangeChanged


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_panel_datasource_rule(uid: str) -> None:
    """Panels, queries and annotations read from a variable, never from a source by its name."""
    page = ALL_DASHBOARDS[uid]
    parts: list[dict[str, Any]] = [*panels_of(page), *(item for item in page["annotations"]["list"] if "expr" in item)]
    asked = [part["datasource"]["uid"] for panel in parts for part in (panel, *panel.get("targets", ()))]

    assert {*asked} <= {f"${{{name}}}" for name in SOURCES}


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_panel_title_description_rule(uid: str) -> None:
    """Every panel has both."""
    assert all(panel["title"] and panel["description"] for panel in panels_of(ALL_DASHBOARDS[uid]))


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_panel_no_targets_rule(uid: str) -> None:
    """Every panel asks something."""
    assert all(panel["targets"] for panel in panels_of(ALL_DASHBOARDS[uid]))


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_uneditable_rule(uid: str) -> None:
    """What is edited in the browser would be lost with the next version."""
    assert ALL_DASHBOARDS[uid]["editable"] is False


@pytest.mark.parametrize("query", PROMQL)
def test_target_promql_rule(query: PanelQuery) -> None:
    """Every query of Prometheus parses; Loki's are parsed by Loki itself (tests/e2e/test_panels.py)."""
    assert parse(query.expr)


@pytest.mark.parametrize("query", PROMQL)
def test_target_rate_interval_rule(query: PanelQuery) -> None:
    """Rates of a graph follow the time shown, so that no step of it is left out."""
    fixed = [call for call in calls_on_ranges(query.expr) if call[0] in ("rate", "irate")]
    is_listed = any(re.fullmatch(pattern, str(query)) for pattern in FIXED_WINDOWS)

    assert query.is_instant or is_listed or {seconds for _, _, seconds in fixed} <= {RATE_INTERVAL_SECONDS}


@pytest.mark.parametrize("query", PROMQL)
def test_target_counter_agg_rule(query: PanelQuery) -> None:
    """A counter as it is says when its process started."""
    counters = [name for name in bare_metrics(query.expr) if name.endswith(("_total", "_bucket"))]

    assert not {*counters} - GAUGES


@pytest.mark.parametrize(
    "query", [pytest.param(query, id=str(query)) for query in QUERIES if query.source_type == "loki"]
)
def test_target_logql_auto_rule(query: PanelQuery) -> None:
    """A graph of log lines has windows that follow the time shown."""
    panel = next(
        (panel for panel in panels_of(ALL_DASHBOARDS[query.dashboard]) if panel["title"] == query.panel),
        {"targets": ()},
    )
    asked = [target["expr"] for target in panel["targets"] if target["refId"] == query.ref_id]

    assert query.is_instant or not [text for text in asked if re.search(r"\[(?!\$__auto\])[^\]]*\]\)", text)]


@pytest.mark.parametrize("pattern", FIXED_WINDOWS)
def test_the_list_of_fixed_windows_is_about_panels(pattern: str) -> None:
    """A line of a panel that is gone, or that follows the time shown now, would hide another one."""
    fixed = {
        seconds for param in PROMQL if re.fullmatch(pattern, str(param.values[0])) for seconds in rates(param.values[0])
    }

    assert fixed - {RATE_INTERVAL_SECONDS}


def rates(query: PanelQuery) -> Iterator[float]:
    """The windows of the rates of a query over time."""
    if not query.is_instant:
        yield from (seconds for name, _, seconds in calls_on_ranges(query.expr) if name in ("rate", "irate"))


def test_every_rule_of_the_linter_is_here_or_left_out() -> None:
    """What the linter calls a rule has a test above, or a reason."""
    rules = {
        *("template-datasource-rule", "template-job-rule", "template-instance-rule", "template-label-promql-rule"),
        *("template-on-time-change-reload-rule", "panel-datasource-rule", "panel-title-description-rule"),
        *("panel-units-rule", "panel-no-targets-rule", "target-promql-rule", "target-rate-interval-rule"),
        *("target-job-rule", "target-instance-rule", "target-counter-agg-rule", "target-logql-auto-rule"),
        *("target-logql-rule", "uneditable-rule"),
    }
    elsewhere = {
        "panel-units-rule": "tests/config/test_grafana.py and the schema",
        "target-logql-rule": "tests/e2e/test_panels.py",
    }
    tested = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.endswith("_rule")}

    assert rules == tested | LEFT_OUT.keys() | elsewhere.keys()
