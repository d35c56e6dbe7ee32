import itertools
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import promql_parser
import pytest
import yaml
from tests.support.generated import outdated
from tests.support.panels import DASHBOARDS, ROOT, PanelQuery, fill_in, load_dashboards, panel_queries, panels_of

from watchkeeper.config.schema import ConfigFile
from watchkeeper.exporter.web.query_links import SOURCES
from watchkeeper.metrics.catalogue import METRICS

GRAFANA = ROOT / "grafana"
PROVISIONED = {
    "watchkeeper-prometheus": "prometheus",
    "watchkeeper-loki": "loki",
    "watchkeeper-alertmanager": "alertmanager",
}
# Made by Prometheus itself, for every target and every alert.
OF_PROMETHEUS = {"up", "ALERTS", "ALERTS_FOR_STATE", "scrape_samples_post_metric_relabeling", "scrape_sample_limit"}
# What the engines and node_exporter say of themselves is theirs to name; alerts on the same names were seen to fire.
OF_ENGINES = re.compile(r"(prometheus|alertmanager|loki|promtail|node|DCGM|litellm)_\w+")
# Panels that show text, so that a unit would say nothing.
WITHOUT_UNIT = {"logs"}
# How a text begins that says that something is not there.
MISSING = r"(no|none|not|nothing|every call)\b"

ALL_DASHBOARDS = load_dashboards()
ALL_PANELS = [
    pytest.param(panel, id=f"{uid}/{panel['title']}")
    for uid, dashboard in ALL_DASHBOARDS.items()
    for panel in panels_of(dashboard)
]
ALL_QUERIES = list(panel_queries())
METRIC_QUERIES = [pytest.param(query, id=str(query)) for query in ALL_QUERIES if query.source_type == "prometheus"]


def read_datasources() -> list[dict[str, Any]]:
    """Return what is provisioned."""
    file = GRAFANA / "provisioning" / "datasources" / "watchkeeper.yml"
    return list(yaml.safe_load(file.read_text())["datasources"])


def test_links_of_runbooks_lead_to_provisioned_sources() -> None:
    """Grafana would open an empty page for a data source that it does not know."""
    assert {(uid, kind) for kind, uid in SOURCES.values()} <= PROVISIONED.items()


def source_references(node: Any) -> Iterator[dict[str, str]]:
    """Yield every data source that anything in the dashboard refers to."""
    if isinstance(node, dict):
        if isinstance(node.get("datasource"), dict):
            yield node["datasource"]
        for child in node.values():
            yield from source_references(child)
    elif isinstance(node, list):
        for child in node:
            yield from source_references(child)


def parse(query: str) -> promql_parser.Expr:
    """Parse without an engine."""
    # promql-parser does not know the experimental modifier; Prometheus itself judges it in the end-to-end tests.
    return promql_parser.parse(query.replace(" anchored]", "]").replace("] anchored", "]"))


def metric_names(query: str) -> set[str]:
    """Return every metric that the query selects."""
    names: set[str] = set()

    def note(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            names.add(node.name or "")
        return True

    promql_parser.walk(parse(query), note)
    return names


def known_metrics() -> set[str]:
    """Return every name a panel may use."""
    known = set(OF_PROMETHEUS)
    for metric in METRICS:
        parts = ("_bucket", "_sum", "_count") if metric.type == "histogram" else ("",)
        known |= {metric.name + part for part in parts}
    for file in (ROOT / "prometheus" / "rules" / "recording").glob("*.yml"):
        groups = yaml.safe_load(file.read_text())["groups"]
        known |= {rule["record"] for group in groups for rule in group["rules"]}
    return known


def test_data_sources_keep_their_uids() -> None:
    """A changed uid stops Grafana from updating the whole file, so the three uids are forever."""
    assert {source["uid"]: source["type"] for source in read_datasources()} == PROVISIONED


def test_data_sources_that_leave_the_file_leave_grafana() -> None:
    """Without prune a removed source would stay forever."""
    provisioning = yaml.safe_load((GRAFANA / "provisioning" / "datasources" / "watchkeeper.yml").read_text())

    assert provisioning["prune"] is True


def test_links_between_sources_ask_loki_for_the_trace() -> None:
    """A dot in a graph and a log line both lead to the query that finds every line of the trace."""
    links = [
        link
        for source in read_datasources()
        for kind in ("exemplarTraceIdDestinations", "derivedFields")
        for link in source["jsonData"].get(kind, [])
    ]
    # Grafana reads $$ as one dollar sign, and puts the value of the field in place of __value.raw.
    urls = [fill_in(link["url"].replace("$$", "$").replace("${__value.raw}", "0af7651916cd43dd")) for link in links]
    panes = [json.loads(parse_qs(urlsplit(url).query)["panes"][0])["a"] for url in urls if url.startswith("/explore")]

    assert [link["name"] for link in links] == ["trace_id", "Trace", "Service"]
    assert [pane["datasource"] for pane in panes] == ["watchkeeper-loki"] * 2
    assert [pane["queries"][0]["expr"] for pane in panes] == ["{event=~`.+`} | trace_id=`0af7651916cd43dd`"] * 2
    assert urlsplit(urls[2]).path == "/d/llm-overview"


def test_dashboards_are_read_from_where_compose_mounts_them() -> None:
    """The provider's path is what docker-compose.yml mounts, and no one edits in the browser.

    Grafana reads the provisioning that the setup service wrote, with what profiles add.
    """
    (provider,) = yaml.safe_load((GRAFANA / "provisioning" / "dashboards" / "watchkeeper.yml").read_text())["providers"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    grafana = compose["services"]["grafana"]

    assert "./grafana:/etc/watchkeeper-grafana:ro" in grafana["volumes"]
    assert grafana["environment"]["GF_PATHS_PROVISIONING"] == "/run/watchkeeper/grafana/provisioning"
    assert "runtime:/run/watchkeeper:ro" in grafana["volumes"]
    assert grafana["environment"]["WATCHKEEPER_PROFILES"] == "${COMPOSE_PROFILES:-}", "it must start again with them"
    assert provider["options"]["path"] == "/etc/watchkeeper-grafana/dashboards"
    assert provider["allowUiUpdates"] is False


def test_the_links_of_alerts_lead_to_a_dashboard() -> None:
    """Every /d/<uid> in an alert rule is a dashboard that exists."""
    rules = "".join(path.read_text() for path in (ROOT / "prometheus" / "rules").rglob("*.yml"))

    assert set(re.findall(r"/d/([\w-]+)", rules)) <= set(ALL_DASHBOARDS)


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_every_source_is_provisioned_or_chosen_by_a_variable(uid: str) -> None:
    """A reference to anything else would show "data source not found"."""
    for reference in source_references(ALL_DASHBOARDS[uid]):
        assert fill_in(reference["uid"]) in PROVISIONED, reference
        assert PROVISIONED[fill_in(reference["uid"])] == reference["type"]


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_variables_for_sources_start_at_ours(uid: str) -> None:
    """A newcomer sees the stack's own data without choosing anything."""
    variables = {item["name"]: item for item in ALL_DASHBOARDS[uid]["templating"]["list"]}

    assert variables["datasource"]["current"]["value"] == "watchkeeper-prometheus"
    assert variables["loki"]["current"]["value"] == "watchkeeper-loki"
    assert "__inputs" not in ALL_DASHBOARDS[uid]


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_panel_ids_are_unique(uid: str) -> None:
    """Two panels with one id break links and drawing."""
    ids = [panel["id"] for panel in ALL_DASHBOARDS[uid]["panels"]]

    assert all(ids)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_panels_do_not_overlap(uid: str) -> None:
    """Each panel has its own place on the grid of 24 columns."""
    places = [panel["gridPos"] for panel in ALL_DASHBOARDS[uid]["panels"]]

    assert all(place["x"] + place["w"] <= 24 for place in places)
    for one, other in itertools.combinations(places, 2):
        apart_x = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        apart_y = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert apart_x or apart_y, (one, other)


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_every_panel_explains_itself(panel: dict[str, Any]) -> None:
    """Title, description and unit are there, and missing data is called that."""
    assert panel["title"]
    assert len(panel["description"]) > 40
    if panel["type"] not in WITHOUT_UNIT:
        assert panel["fieldConfig"]["defaults"]["unit"]
    assert re.match(MISSING, panel["fieldConfig"]["defaults"]["noValue"])


@pytest.mark.parametrize("panel", [panel for panel in ALL_PANELS if panel.values[0]["type"] != "stat"])
def test_an_empty_panel_says_what_to_do(panel: dict[str, Any]) -> None:
    """Where there is room for words, "no data" alone would leave a newcomer helpless; a single value has none."""
    assert len(panel["fieldConfig"]["defaults"]["noValue"]) > len("no data in the time")


def empty_texts() -> set[str]:
    """What panels show when there is nothing, where a second line is something to copy."""
    panels = (panel for dashboard in ALL_DASHBOARDS.values() for panel in panels_of(dashboard))
    texts = {panel.get("fieldConfig", {}).get("defaults", {}).get("noValue", "no data") for panel in panels}
    return {text for text in texts if "\n" in text}


@pytest.mark.parametrize("text", sorted(empty_texts()))
def test_what_an_empty_panel_says_to_add_is_right(text: str) -> None:
    """The second line can be copied into watchkeeper.yml as it is."""
    _, line = text.splitlines()

    assert ConfigFile.model_validate(yaml.safe_load(line))


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_every_dashboard_links_to_the_others(uid: str) -> None:
    """A menu in sight of all that carry the tag, for the time and the choices of the reader."""
    (link,) = ALL_DASHBOARDS[uid]["links"]

    assert (link["type"], link["keepTime"], link["includeVars"], link["asDropdown"]) == ("dashboards", True, True, True)
    assert "placement" not in link, "Grafana would hide it in the menu of the page's controls"
    assert set(link["tags"]) <= set(ALL_DASHBOARDS[uid]["tags"])


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_missing_data_is_never_coloured_like_health(panel: dict[str, Any]) -> None:
    """Grafana gives a missing value the colour of the first step, so that step judges nothing."""
    steps = panel.get("fieldConfig", {}).get("defaults", {}).get("thresholds", {}).get("steps", [])

    assert not steps or steps[0] == {"color": "text", "value": None}


@pytest.mark.parametrize("panel", ALL_PANELS)
def test_every_query_of_a_panel_has_its_own_letter(panel: dict[str, Any]) -> None:
    """Grafana distinguishes the queries of a panel by refId."""
    letters = [target["refId"] for target in panel["targets"]]

    assert letters == list("ABCDEFGH"[: len(letters)])


@pytest.mark.parametrize("query", METRIC_QUERIES)
def test_queries_name_only_metrics_that_exist(query: PanelQuery) -> None:
    """Every PromQL expression parses, and a panel cannot wait forever for a misspelt metric."""
    unknown = metric_names(query.expr) - known_metrics()

    assert not {name for name in unknown if not OF_ENGINES.fullmatch(name)}


@pytest.mark.parametrize("query", [pytest.param(query, id=str(query)) for query in ALL_QUERIES])
def test_every_variable_of_a_query_has_a_value(query: PanelQuery) -> None:
    """A variable that the page does not have would reach the engine as text; $1 is a group of a regular expression."""
    assert not re.search(r"\$(?!\d)[\w{]", query.expr)


@pytest.mark.parametrize("uid", ALL_DASHBOARDS)
def test_variables_in_queries_exist_on_the_page(uid: str) -> None:
    """Whatever is filled in for the engines is a variable that readers have too, or one of Grafana's own."""
    own = {item["name"] for item in ALL_DASHBOARDS[uid]["templating"]["list"]}
    asked = {part: ALL_DASHBOARDS[uid][part] for part in ("panels", "annotations", "templating")}
    used = set(re.findall(r"\$\{?([a-z_]\w*)", json.dumps(asked)))

    assert {name for name in used if not name.startswith("__")} <= own


def test_latency_shows_exemplars() -> None:
    """From a slow dot one click leads to the log lines of that very call; Grafana may skip those of a second query."""
    asking = [
        (place, target["expr"])
        for dashboard in ALL_DASHBOARDS.values()
        for panel in panels_of(dashboard)
        for place, target in enumerate(panel["targets"])
        if target.get("exemplar")
    ]

    assert any("duration_seconds_bucket" in expr for _, expr in asking)
    assert {place for place, _ in asking} == {0}


def test_generated_files_are_what_their_source_gives(tmp_path: Path) -> None:
    """No one edited a dashboard by hand, and no one forgot `make generate`."""
    command = [sys.executable, "-m", "grafana.src.generate", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    problems = list(outdated(DASHBOARDS, tmp_path, "*.json", ROOT))
    assert not problems, "\n".join(problems)
