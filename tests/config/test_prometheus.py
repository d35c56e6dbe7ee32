"""Prometheus' own tools on Prometheus' own files."""

import shutil
from pathlib import Path

import pytest
from tests.config.conftest import Run

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


@pytest.fixture(scope="module")
def plain_prometheus(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy whose rules say `increase(x[1h])` where the shipped ones say `increase(x[1h] anchored)`.

    promtool reads the modifier, but the engine of its unit tests does not know it. What the modifier
    is for, sums that are exact, test_exact_money.py shows on a real Prometheus.
    """
    copied = tmp_path_factory.mktemp("rules") / "prometheus"
    shutil.copytree(root / "prometheus", copied)
    for file in (copied / "rules").rglob("*.yml"):
        file.write_text(file.read_text(encoding="utf-8").replace("] anchored", "]"), encoding="utf-8")
    return copied


TESTS = sorted((Path(__file__).parents[2] / "prometheus/tests").glob("*.yml"))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_the_cases_of_every_rule_hold(file: Path, plain_prometheus: Path, run: Run) -> None:
    """Each alert fires, stays quiet under its limit and resolves."""
    tested = run("promtool", "test", "rules", str(plain_prometheus / "tests" / file.name))

    assert tested.returncode == 0, tested.stdout + tested.stderr
