"""Prometheus' own tools on Prometheus' own files."""

from pathlib import Path

import pytest
from tests.config.conftest import Run
from tests.support.rule_cases import only_needed, read_case, rules_read_by, write_alone

RULES = "prometheus/rules"
EXPERIMENTAL = "--enable-feature=promql-extended-range-selectors"
LINKS = {"WATCHKEEPER_URL": "http://localhost:4318", "GRAFANA_URL": "http://localhost:3000"}


def test_promtool_accepts_the_configuration(run: Run) -> None:
    """Every lint of promtool counts as an error."""
    checked = run(
        "promtool",
        EXPERIMENTAL,
        "check",
        "config",
        "--lint=all",
        "--lint-fatal",
        "prometheus/prometheus.yml",
        environ=LINKS,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_promtool_accepts_every_rule(root: Path, run: Run) -> None:
    """Every lint of promtool counts as an error."""
    files = sorted(str(file) for file in (root / RULES).rglob("*.yml"))

    checked = run("promtool", EXPERIMENTAL, "check", "rules", "--lint=all", "--lint-fatal", *files)

    assert checked.returncode == 0, checked.stdout + checked.stderr


TESTS = sorted((Path(__file__).parents[2] / "prometheus/tests").glob("*.yml"))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_the_cases_of_every_rule_hold(file: Path, tmp_path: Path, run: Run) -> None:
    """Each alert fires, stays quiet under its limit and resolves."""
    alone = write_alone(file, only_needed(read_case(file)["tests"], rules_read_by(file)), tmp_path)

    tested = run("promtool", "test", "rules", str(alone))

    assert tested.returncode == 0, tested.stdout + tested.stderr
