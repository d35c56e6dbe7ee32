"""docs/reference/alerts.md: every alert, and every metric recorded for alerts and dashboards."""

from typing import Any

from docs.reference.markdown import code, page, table
from docs.reference.rule_files import ROOT, recorded, topics

from watchkeeper.config.thresholds import LIMIT_OF

_INTRODUCTION = """\
Severity is the required response time: `critical` within 15 minutes, `high` within an hour, \
`medium` within four hours, `low` the next day; `none` is for alerts that always fire.
An alert may be listed with several severities; the higher one inhibits the lower one.
`for` is how long the condition must hold.
The threshold column has the default of a key below `alerts` in `watchkeeper.yml`: \
see [how to change a threshold](../how-to/change-a-threshold.md).
An alert without one has a fixed threshold in its rule; those of SLOs and budgets \
are set with them in `watchkeeper.yml`.
The cases of each are its tests, run by promtool or on a running Loki."""

_RECORDED = """\
Dashboards and alerts read these instead of computing them again.
Names are `level:metric:operations`: what it is aggregated to, what it is about, and how it was made."""
_HEADINGS = ["alert", "severity", "for", "meaning", "threshold", "cases"]


def render() -> str:
    """Return the page."""
    by_topic = [
        f"### {topic.title}\n\nFrom [{topic.file}](../../{topic.file}).\n\n"
        + table(_HEADINGS, map(_alert, topic.alerts))
        for topic in topics()
    ]
    return page(
        "Alerts and recording rules",
        "prometheus/rules and loki/rules",
        _INTRODUCTION,
        "## Alerts",
        *by_topic,
        "## Recorded metrics",
        _RECORDED,
        table(["name"], [[code(rule["record"])] for rule in recorded()]),
    )


def _alert(rule: dict[str, Any]) -> list[str]:
    name = rule["alert"]
    summary = rule["annotations"]["summary"]
    shown = [f"[{name}](../runbooks/{name}.md)", rule["labels"]["severity"], rule.get("for", ""), summary]
    return [*shown, _limit(name), _cases(name)]


def _limit(name: str) -> str:
    limit = LIMIT_OF.get(name)
    if limit is None:
        return ""
    return limit.meaning if limit.default is None else f"{code(f'{limit.default:g}')}, {limit.meaning}"


def _cases(name: str) -> str:
    """Where the tests of an alert are."""
    own = f"prometheus/tests/{name}.yml"
    return f"[{name}.yml](../../{own})" if (ROOT / own).is_file() else "[Loki](../../tests/config/test_log_rules.py)"
