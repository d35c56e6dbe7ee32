"""No alert without a case that sees it end, a way to people, and a dashboard that is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from tests.config.conftest import Run
from tests.config.test_rules import ALERTS, METRIC_ALERTS, WATCHDOGS, ids

ROOT = Path(__file__).parents[2]
# Who must hear of a severity, besides the exporter, which records everything.
HEARD_BY = {"critical": "critical", "high": "high", "medium": "medium", "low": "digest", "none": "heartbeat|null"}
# What cannot be told by Slack must be told by something else.
BY_ANOTHER_WAY = {"AlertmanagerNotificationsFailing": r"only-(?!slack)\w+"}
# Labels that rules take over from their metrics, as routes may ask for them.
FROM_METRICS = {"service": "bot", "team": "search", "integration": "slack"}


def seconds(duration: str) -> int:
    """Read a duration of promtool's files."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhdw])", duration))


def sightings(test: dict[str, Any], alert: str) -> Iterator[tuple[int, bool]]:
    """Yield when a case looks at an alert, and whether it expects it to fire then."""
    for case in test.get("alert_rule_test", []):
        if case["alertname"] == alert:
            yield seconds(str(case["eval_time"])), bool(case["exp_alerts"])
    for case in test.get("promql_expr_test", []):
        if re.search(rf'ALERTS\{{(?![^}}]*alertname="(?!{alert}"))', case["expr"]):
            yield seconds(str(case["eval_time"])), bool(case.get("exp_samples"))


@pytest.mark.parametrize("name", sorted({rule["alert"] for rule in METRIC_ALERTS} - WATCHDOGS))
def test_every_alert_is_seen_to_end(name: str) -> None:
    """In one and the same story it fires, and later it does not."""
    tests = yaml.safe_load((ROOT / f"prometheus/tests/{name}.yml").read_text(encoding="utf-8"))["tests"]

    stories = [list(sightings(test, name)) for test in tests]

    assert any(
        ended > fired for story in stories for fired, fires in story if fires for ended, still in story if not still
    )


@pytest.mark.parametrize("alert", ids(ALERTS))
def test_every_alert_reaches_who_its_severity_is_for(alert: dict[str, Any], run: Run) -> None:
    """By the routes as they stand, and not because nothing else was said."""
    labels = {**FROM_METRICS, **alert["labels"], "alertname": alert["alert"]}

    routed = run(
        "amtool",
        "config",
        "routes",
        "test",
        "--config.file=alertmanager/alertmanager.yml",
        *(f"{name}={value}" for name, value in labels.items()),
    )

    first, *others = routed.stdout.strip().split(",")
    expected = BY_ANOTHER_WAY.get(alert["alert"], HEARD_BY[labels["severity"]])
    assert routed.returncode == 0, routed.stderr
    assert first == "exporter"
    assert any(re.fullmatch(expected, receiver) for receiver in others), others


def dashboards() -> dict[str, set[str]]:
    """Return the variables of every dashboard by its uid."""
    found = [json.loads(file.read_text(encoding="utf-8")) for file in (ROOT / "grafana/dashboards").rglob("*.json")]
    return {board["uid"]: {variable["name"] for variable in board["templating"]["list"]} for board in found}


@pytest.mark.parametrize("alert", ids(ALERTS))
def test_every_alert_links_to_a_dashboard_that_is_there(alert: dict[str, Any]) -> None:
    """Its uid exists, and so does every variable that the link sets."""
    link = re.sub(r"\{\{.*?\}\}", "", alert["annotations"]["dashboard_url"])
    parts = urlsplit(link)
    uid = parts.path.removeprefix("/d/").split("/")[0]

    assert uid in dashboards()
    set_by_link = {
        key.removeprefix("var-") for key in parse_qs(parts.query, keep_blank_values=True) if key[:4] == "var-"
    }
    assert set_by_link <= dashboards()[uid]
