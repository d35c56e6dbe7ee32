"""Every alert can be drilled, or it is written here why not; what a drill writes makes the rule fire."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import ROOT, Run

from watchkeeper.operator.drills.notation import read_labels
from watchkeeper.operator.drills.recipe import Recipe, Series, is_real_limit, read_recipe
from watchkeeper.operator.drills.run import why_not

TESTS = ROOT / "prometheus/tests"
ALERTS = sorted(file.stem for file in TESTS.glob("[A-Z]*.yml"))

# They keep no label that could carry the mark. Their rules are proven by promtool alone.
NOT_DRILLED = {
    "Watchdog": "it fires all the time: that it arrives is what it says",
    "WatchkeeperTargetMissing": "it fires when a part of the stack is gone; nothing that is written takes one away",
}
DRILLED = [alert for alert in ALERTS if alert not in NOT_DRILLED]


def test_no_exception_is_left_over() -> None:
    """What is excused cannot be drilled."""
    assert all(why_not(alert, TESTS) for alert in NOT_DRILLED)


@pytest.mark.parametrize("alert", DRILLED)
def test_what_a_drill_writes_makes_the_alert_fire_with_its_mark(
    alert: str, plain_prometheus: Path, run: Run, tmp_path: Path
) -> None:
    """The mark gets through every aggregation, and no rule turns it away."""
    recipe = read_recipe(alert, TESTS)
    original = yaml.safe_load((TESTS / f"{alert}.yml").read_text(encoding="utf-8"))
    file = tmp_path / "drill.yml"
    file.write_text(yaml.safe_dump(as_test(recipe, original, plain_prometheus)), encoding="utf-8")

    tested = run("promtool", "test", "rules", str(file))

    problem = f"prometheus/tests/{alert}.yml: `watchkeeper drill {alert}` must make it fire with its mark\n"
    assert tested.returncode == 0, problem + tested.stdout + tested.stderr


def as_test(recipe: Recipe, original: dict[str, Any], prometheus: Path) -> dict[str, Any]:
    """A promtool test of the marked series beside the limits that they leave alone: the marked alert fires."""
    firing = (
        f'max(ALERTS{{alertname="{recipe.alert}", alertstate="firing", severity="{recipe.severity}", '
        f'{recipe.mark_label}="{recipe.mark}"}})'
    )
    expected = {
        "expr": firing,
        "eval_time": f"{recipe.fires_after_seconds:.0f}s",
        "exp_samples": [{"labels": "{}", "value": 1}],
    }
    reported = [(read_labels(item["series"]), item) for test in original["tests"][:1] for item in test["input_series"]]
    limits = [item for labels, item in reported if is_real_limit(labels, recipe.alert)]
    return {
        **original,
        "rule_files": [str((prometheus / "tests" / file).resolve()) for file in original["rule_files"]],
        "tests": [
            {
                "interval": f"{recipe.interval_seconds:.0f}s",
                "external_labels": {"watchkeeper_url": "http://x", "grafana_url": "http://y"},
                "input_series": [*limits, *(as_input(series) for series in recipe.series)],
                "promql_expr_test": [expected],
            }
        ],
    }


def as_input(series: Series) -> dict[str, str]:
    """A series as promtool reads it."""
    labels = {name: value for name, value in series.labels.items() if name != "__name__"}
    quoted = ",".join(f'{name}="{value}"' for name, value in labels.items())
    values = " ".join("_" if value is None else repr(value) for value in series.values)
    return {"series": f"{series.labels['__name__']}{{{quoted}}}", "values": values}
