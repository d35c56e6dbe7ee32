"""docs/reference/alerts.md: every alert, and every number recorded for alerts and dashboards."""

from pathlib import Path
from typing import Any

import yaml
from docs.reference.markdown import code, page, table

_ROOT = Path(__file__).parents[2]

_INTRODUCTION = """\
Severity says how soon somebody must act: `critical` within 15 minutes, `high` within an hour, \
`medium` within four hours, `low` the next day; `none` is for alerts that always fire.
An alert may stand here twice with two severities; the higher one mutes the lower one.
`for` is how long the condition must hold.
Limits that can be changed stand in `watchkeeper.yml`: \
see [how to change a threshold](../how-to/change-a-threshold.md)."""

_RECORDED = """\
Dashboards and alerts read these instead of computing them anew.
Names are `level:metric:operations`: what it is aggregated to, what it is about, and how it was made."""


def render() -> str:
    """Return the page."""
    alerts = [rule for folder in ("prometheus", "loki") for rule in _rules(folder) if "alert" in rule]
    recorded = [rule for rule in _rules("prometheus") if "record" in rule]
    return page(
        "Alerts and recorded numbers",
        "prometheus/rules and loki/rules",
        _INTRODUCTION,
        "## Alerts",
        table(["alert", "severity", "for", "meaning"], [_alert(rule) for rule in alerts]),
        "## Recorded numbers",
        _RECORDED,
        table(["name"], [[code(rule["record"])] for rule in recorded]),
    )


def _rules(folder: str) -> list[dict[str, Any]]:
    files = sorted((_ROOT / folder / "rules").rglob("*.yml"))
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def _alert(rule: dict[str, Any]) -> list[str]:
    name = rule["alert"]
    summary = rule["annotations"]["summary"]
    return [f"[{name}](../runbooks/{name}.md)", rule["labels"]["severity"], rule.get("for", ""), summary]
