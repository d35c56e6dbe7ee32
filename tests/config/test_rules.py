"""Every alert and every recording rule: named, worded, tested, and with a runbook whose queries can run."""

import re
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from tests.config.conftest import Run
from tests.support.alert_gate import WATCHDOGS

from watchkeeper.exporter.ingest.metric_attributes import GUARDED
from watchkeeper.metrics.catalogue import METRICS

ROOT = Path(__file__).parents[2]
RUNBOOKS = ROOT / "docs/runbooks"
# The list of all of them is generated, and no runbook.
PAGES = sorted(file for file in RUNBOOKS.glob("*.md") if file.stem != "README")


def rules_of(folder: str, files: str = "*.yml") -> list[dict[str, Any]]:
    """Return every rule of the files below a folder."""
    return [
        rule
        for file in sorted((ROOT / folder).rglob(files))
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


RECORDINGS = rules_of("prometheus/rules/recording")
METRIC_ALERTS = rules_of("prometheus/rules/alerts")
LOG_ALERTS = rules_of("loki/rules")
ALERTS = METRIC_ALERTS + LOG_ALERTS
KNOWN_METRICS = {
    name + suffix for name in (metric.name for metric in METRICS) for suffix in ("", "_bucket", "_sum", "_count")
}
# What inference servers and gateways expose, as it was captured from them.
OF_SERVERS = {
    name
    for folder in ("inference", "gateways")
    for file in (ROOT / "tests/config/captured" / folder).glob("*.txt")
    for name in re.findall(r"^([\w:]+)[ {]", file.read_text(encoding="utf-8"), re.MULTILINE)
}


def parse(query: str) -> None:
    """Raise ValueError when it is no PromQL; promql-parser knows all of it but the experimental modifier."""
    promql_parser.parse(query.replace("] anchored", "]"))


def ids(rules: list[dict[str, Any]]) -> list[Any]:
    """Name each alert in the report; one name may be for two severities."""
    return [pytest.param(rule, id=f"{rule['alert']}-{rule['labels']['severity']}") for rule in rules]


@pytest.mark.parametrize("alert", ids(ALERTS))
def test_every_alert_says_how_bad_it_is_and_what_to_do(alert: dict[str, Any]) -> None:
    """A summary that groups can share, and live values; test_coverage.py sees to everything else."""
    name, annotations = alert["alert"], alert["annotations"]

    assert re.fullmatch(r"([A-Z][a-z0-9]*|LLM)+", name)
    assert annotations["summary"].endswith(".")
    assert "{{" not in annotations["summary"]
    assert "{{" in annotations["description"] or name in WATCHDOGS
    assert annotations["dashboard_url"].startswith("{{ $externalLabels.grafana_url }}/d/")


@pytest.mark.parametrize("alert", ids(ALERTS))
def test_no_alert_changes_its_labels_with_its_value(alert: dict[str, Any]) -> None:
    """A label that carries the value would make a new alert at every evaluation."""
    assert "$value" not in str(alert["labels"])


@pytest.mark.parametrize("runbook", PAGES, ids=lambda file: file.stem)
def test_the_queries_of_a_runbook_work(runbook: Path, run: Run) -> None:
    """Every query parses and asks for metrics that exist; its links are checked with those of all pages."""
    text = runbook.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)

    assert blocks, "a diagnosis needs a query"
    for language, query in blocks:
        if language == "promql":
            parse(query)
            assert metrics_in(query) <= KNOWN_METRICS | OF_SERVERS | {rule["record"] for rule in RECORDINGS}
        elif language == "logql":
            assert run("logcli", "fmt", text=query).returncode == 0, query


def test_ids_that_are_taken_off_metrics_are_no_loss() -> None:
    """Coding agents put the id of the session on every metric: neither the alert nor the panel counts that."""
    [alert] = [alert for alert in METRIC_ALERTS if alert["alert"] == "WatchkeeperIngestDropped"]
    page = (ROOT / "grafana/dashboards/Watchkeeper/watchkeeper-ingest.json").read_text(encoding="utf-8")
    on_purpose = set(re.findall(r'reason!~"([^"]*)"', alert["expr"] + page.replace('\\"', '"')))

    assert len(on_purpose) == 1
    assert all(re.fullmatch(*on_purpose, f"attribute_{kind}") for kind in GUARDED)
    assert not re.fullmatch(*on_purpose, "attribute_values_full")


# What applications measure themselves, under the names of what the exporter measures.
MAPPED = [rule for name in ("otel_metrics.yml", "mcp.yml") for rule in rules_of("prometheus/rules/recording", name)]
# What a word of a level keeps apart; a service belongs to one team, and a model to one provider.
LEVELS = {
    "service": ("service", "team"),
    "agent": ("agent",),
    "contract": ("contract",),
    "provider": ("provider",),
    "branch": ("branch",),
    "feature": ("feature",),
    "embedding": ("source", "model", "dimension"),
    "gate": ("gate",),
    "node": ("node",),
    "rating": ("rating",),
    "score": ("score", "source"),
    "tool": ("tool",),
    "error": ("error_type",),
    "edge": ("edge_source", "edge_target"),
    "model": ("provider", "model"),
    "prompt": ("prompt",),
    "reason": ("reason",),
    "status": ("status",),
    "tenant": ("tenant",),
    "type": ("type",),
    "version": ("prompt", "prompt_version"),
    "code": ("code",),
    "pool": ("pool",),
    "cache": ("cache",),
    "result": ("result",),
    "instance": ("instance", "service", "team"),
    "server": ("engine", "model"),
    "project": ("project", "model", "source"),
    "gpu": ("gpu",),
    "operation": ("operation",),
    "requested": ("requested_model",),
    "deployment": ("litellm_model_name", "api_provider", "api_base", "model_id"),
    "account": ("scope", "account"),
    "disk": ("disk",),
    "slo": ("slo",),
    "budget": ("budget",),
    "period": ("period",),
    "measure": ("measure",),
    "outcome": ("outcome",),
    "topic": ("topic",),
    "verdict": ("topic", "verdict"),
    "window": ("window",),
    "shorter": ("shorter",),
}
COMPUTED = [rule for rule in RECORDINGS if rule not in MAPPED]


@pytest.mark.parametrize("rule", MAPPED, ids=lambda rule: str(rule["record"]))
def test_rules_that_map_metrics_fill_known_ones_and_say_where_from(rule: dict[str, Any]) -> None:
    """Their steps are named otel, and their results are distinguished from the exporter's own by the label source."""
    if rule["record"] in KNOWN_METRICS:
        assert rule["labels"]["source"] == "otel_metrics"
    else:
        assert re.fullmatch(r"otel:(gen_ai|mcp)_\w+:sum|service:(llm|mcp)_spans:present", rule["record"])


@pytest.mark.parametrize("rule", COMPUTED, ids=lambda rule: str(rule["record"]))
def test_recording_rules_are_named_after_level_metric_and_operations(rule: dict[str, Any]) -> None:
    """The level is what the samples keep apart; the metric's _total is gone once it is a rate."""
    level, metric, operations = rule["record"].split(":")
    kept = {label for word in level.split("_") for label in LEVELS[word]}

    for labels in re.findall(r"^(?:histogram_quantile.*)?sum by \(([^)]*)\)", rule["expr"], re.MULTILINE):
        assert set(labels.split(", ")) - {"le"} == kept
    assert not metric.endswith("_total")
    assert re.fullmatch(
        r"((rate|increase|(min_)?ratio_rate|ratio_increase|ratio|p\d\d_rate|avg|min|max)\d+[mhdw]_?)+"
        # Of enough cases, and the last of such.
        r"|(ratio|avg)\d+h_many|(ratio\d+h|shift)_last\d+d"
        r"|ratio(_high|_low|_before|_pooled)?|min|max|sum|psi|stderr|next\d+d"
        r"|last|recent|before|recovered|shift|same_hours|usual(_high|_low)?|times_usual",
        operations,
    )


@pytest.mark.parametrize("rule", COMPUTED, ids=lambda rule: str(rule["record"]))
def test_windows_are_as_long_as_the_name_says(rule: dict[str, Any]) -> None:
    """A forecast says how far it looks ahead, any other number how far back, in its name or in a label."""
    level, _, operations = rule["record"].split(":")
    # Of a subquery the resolution is no window.
    windows = set(re.findall(r"\[(\d+[mhd])", rule["expr"]))

    has_label = "window" in level.split("_")
    assert has_label or operations.startswith("next") or windows <= set(re.findall(r"\d+[mhd]", operations))


@pytest.mark.parametrize(
    "rule", RECORDINGS + METRIC_ALERTS, ids=lambda rule: str(rule.get("record") or rule.get("alert"))
)
def test_every_expression_parses_and_asks_for_what_exists(rule: dict[str, Any]) -> None:
    """A metric that no one exposes makes a rule that never fires."""
    parse(rule["expr"])

    known = KNOWN_METRICS | OF_SERVERS | {recording["record"] for recording in RECORDINGS}
    assert metrics_in(rule["expr"]) <= known


@pytest.mark.parametrize("alert", ids(LOG_ALERTS))
def test_every_query_over_lines_parses(alert: dict[str, Any], run: Run) -> None:
    """Loki's own parser reads it."""
    assert run("logcli", "fmt", text=alert["expr"]).returncode == 0


def metrics_in(query: str) -> set[str]:
    """Return the names of ours in a query; those of the engines are theirs to keep."""
    bare = re.sub(r'"[^"]*"|\b(?:by|on|without|ignoring|group_left)\s*\([^)]*\)', "", query)
    return set(re.findall(r"\b(?:[a-z]\w*:[\w:]+|(?:llm|litellm|watchkeeper)_\w+)", bare))
