"""What compares with days and weeks says nothing false of a service whose series end and return, and misses nothing.

Eight days of a steady service; three in which its series count nothing; some hours to days without them, for each of
several services; the same again until the alert has learnt anew; then the change that it is for. Hours are steps
enough: what is looked at every quarter of an hour is found in each fourth of them, above and below the same line.

See docs/decisions/0022-series-end.md.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import Run
from tests.config.test_rules import METRIC_ALERTS, RECORDINGS
from tests.config.test_series_end_rules import IDLE, LIVES_LONGER, Reach, ending_metrics
from tests.support.returning import CASES, DAY, Case
from tests.support.rule_cases import name_of, read_groups

ROOT = Path(__file__).parents[2]
RULES = ROOT / "prometheus" / "rules"
DECISION = ROOT / "docs" / "decisions" / "0022-series-end.md"
BEFORE, IDLE_HOURS, CHANGED = 8 * DAY, int(IDLE.total_seconds()) // 3600, DAY
# Without series: shorter and longer than what comparisons with three days, six days and a week look back.
GONE = (12, 5 * DAY)
NAME = re.compile(r"[A-Za-z_:][\w:]*")


def needed(alerts: Iterable[str]) -> list[dict[str, Any]]:
    """The alerts behind all that they are recorded from, in the order in which they need each other."""
    files = sorted(RULES.rglob("*.yml"))
    rules = [dict(rule) for file in files for group in read_groups(file) for rule in group["rules"]]
    recorded = {name_of(rule) for rule in rules if "record" in rule}
    ordered: dict[str, list[dict[str, Any]]] = {}

    def visit(name: str) -> None:
        if name in ordered:
            return
        ordered[name] = []
        found = [rule for rule in rules if name_of(rule) == name]
        for rule in found:
            for other in recorded & {*NAME.findall(rule["expr"])}:
                visit(other)
        ordered[name] = ordered.pop(name) + found

    for alert in alerts:
        visit(alert)
    return [rule for found in ordered.values() for rule in found]


def spelled(value: float | None, hours: int) -> str:
    """So many hours of a value, as promtool reads it."""
    return f"_x{hours}" if value is None else f"{value}x{hours - 1}"


def of_service(text: str, case: Case, gone: int) -> str:
    """A selector of the service that is gone for so many hours."""
    return text.replace("@", f"{case.alerts[0]}-{gone}")


def series(case: Case, gone: int) -> Iterator[dict[str, str]]:
    """What a service shows that is gone for so many hours."""
    hours = BEFORE + IDLE_HOURS + gone + case.learns + CHANGED
    for alert in case.alerts:
        limit = f'llm_alert_threshold{{alert="{alert}",service="bot-@"}}'
        yield {"series": of_service(limit, case, gone), "values": spelled(case.limit, hours)}
    for selector, value in case.steady.items():
        then = case.changed.get(selector, value)
        idle = None if value is None else 0.0
        spans = (value, BEFORE), (idle, IDLE_HOURS), (None, gone), (value, case.learns), (then, CHANGED)
        yield {"series": of_service(selector, case, gone), "values": " ".join(spelled(*span) for span in spans)}


def expected(case: Case, gone: int) -> Iterator[dict[str, Any]]:
    """Whether each alert fired between the return and the change, and after that.

    Silence fires until the service is back, which is two hours.
    """
    changes = BEFORE + IDLE_HOURS + gone + case.learns
    for alert in case.alerts:
        back = 2 if alert == "LLMTrafficStopped" else 0
        firing = of_service(f'ALERTS{{alertname="{alert}",alertstate="firing",{case.identity}}}', case, gone)
        quiet = f"count(count_over_time({firing}[{case.learns - back}h]))"
        yield {"expr": quiet, "eval_time": f"{changes - 1}h", "exp_samples": []}
        fired = f"count(count_over_time({firing}[{CHANGED}h])) ^ 0"
        yield {"expr": fired, "eval_time": f"{changes + CHANGED - 1}h", "exp_samples": [{"labels": "{}", "value": 1}]}


@pytest.mark.parametrize("learns", sorted({case.learns for case in CASES}), ids=lambda hours: f"after {hours} hours")
def test_a_service_that_returns_is_not_taken_for_one_that_changed(learns: int, tmp_path: Path, run: Run) -> None:
    """Nothing fires after the return, and the change does; all alerts at once, for they share what is recorded."""
    cases = [(case, gone) for case in CASES if case.learns == learns for gone in GONE]
    rules = needed(alert for case, _ in cases for alert in case.alerts)
    test = {
        "interval": "1h",
        "input_series": [one for each in cases for one in series(*each)],
        "promql_expr_test": [one for each in cases for one in expected(*each)],
    }
    content = {"rule_files": ["rules.yml"], "evaluation_interval": "1h", "tests": [test]}
    for name, written in (("rules.yml", {"groups": [{"name": "needed", "rules": rules}]}), ("case.yml", content)):
        (tmp_path / name).write_text(yaml.safe_dump(written, width=10**7), encoding="utf-8")

    tested = run("promtool", "test", "rules", str(tmp_path / "case.yml"))

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_alert_that_sees_over_the_end_of_a_series_has_a_case() -> None:
    """The others look back less far than a series counts nothing before it ends: they see none of what was before."""
    ending, reach = ending_metrics() - LIVES_LONGER, Reach(RECORDINGS)
    over = {
        rule["alert"]
        for rule in METRIC_ALERTS
        for metric, past in reach.of(rule["expr"]).items()
        if metric in ending and past > IDLE
    }

    missing = sorted(over - {alert for case in CASES for alert in case.alerts})
    assert not missing, f"tests/support/returning.py needs a case, and {DECISION.name} a row, of {', '.join(missing)}"


def test_the_decision_has_a_row_of_every_alert_with_a_case() -> None:
    """With what becomes of it after the return."""
    text = DECISION.read_text(encoding="utf-8")

    assert not [
        alert for case in CASES for alert in case.alerts if not re.search(rf"^\|.*\b{alert}\b", text, re.MULTILINE)
    ]
