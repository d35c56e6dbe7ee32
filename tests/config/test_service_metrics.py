"""The alerts about services work with what real libraries show: expositions recorded from them, played to promtool."""

import re
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.config.conftest import Run

ROOT = Path(__file__).parents[2]
RECORDED = sorted((Path(__file__).parent / "captured/services").glob("*.txt"))
LINKS = {"watchkeeper_url": "http://localhost:4318", "grafana_url": "http://localhost:3000"}


def series_of(file: Path, *, counted_every_minute: bool) -> list[dict[str, str]]:
    """What Prometheus would hold when each minute brings as much as the recording has, or nothing after it."""
    found = []
    for family in text_string_to_metric_families(file.read_text(encoding="utf-8")):
        for sample in family.samples:
            labels = {**sample.labels, "service": "shop", "team": "t"}
            reported = ",".join(f'{name}="{value}"' for name, value in labels.items())
            step = f"0+{sample.value}x20" if counted_every_minute else f"{sample.value}x20"
            found.append({"series": f"{sample.name}{{{reported}}}", "values": step})
    return found


def result_of(file: Path, folder: Path, run: Run, tests: list[dict[str, object]]) -> str:
    """Run promtool on the shipped rules with these tests; what it complains about."""
    content = {
        "rule_files": [str(ROOT / f"prometheus/rules/{kind}/services.yml") for kind in ("recording", "alerts")],
        "group_eval_order": [
            "services_http",
            "services_databases",
            "services_caches",
            "service_requests",
            "service_dependencies",
        ],
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": tests,
    }
    (folder / f"{file.stem}.yml").write_text(yaml.safe_dump(content, width=10_000))
    done = run("promtool", "test", "rules", str(folder / f"{file.stem}.yml"))
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_service_that_fails_and_is_slow_is_reported(file: Path, tmp_path: Path, run: Run) -> None:
    """Of 25 requests a minute 5 fail: a ratio of a fifth; both alerts fire where a limit is below what is measured."""
    limits = [
        {"series": f'llm_alert_threshold{{alert="{alert}",service="*"}}', "values": f"{limit}x20"}
        for alert, limit in {"ServiceErrorRateHigh": 0.05, "ServiceLatencyHigh": 0.000001}.items()
    ]
    expected = [
        ('service:http_request_errors:ratio_rate5m{service="shop"}', '{service="shop",team="t"}', 0.2),
        ("300 * service:http_requests:rate5m", '{service="shop",team="t"}', 125),
        ('count by (alertname) (ALERTS{alertstate="firing"})', '{alertname="ServiceErrorRateHigh"}', 1),
        ('count by (alertname) (ALERTS{alertstate="firing"})', '{alertname="ServiceLatencyHigh"}', 1),
    ]
    asked: dict[str, list[dict[str, object]]] = {}
    for expr, labels, value in expected:
        name = expr.partition("{")[0] if expr.startswith("service:") else ""
        asked.setdefault(expr, []).append({"labels": f"{name}{labels}", "value": value})
    test = {
        "interval": "1m",
        "external_labels": LINKS,
        "input_series": [*series_of(file, counted_every_minute=True), *limits],
        "promql_expr_test": [
            {"expr": expr, "eval_time": "15m", "exp_samples": samples} for expr, samples in asked.items()
        ],
    }

    assert result_of(file, tmp_path, run, [test]) == ""


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_a_service_that_no_one_asks_is_not_evaluated(file: Path, tmp_path: Path, run: Run) -> None:
    """What failed an hour ago is no failure now."""
    test = {
        "interval": "1m",
        "input_series": series_of(file, counted_every_minute=False),
        "promql_expr_test": [{"expr": "service:http_request_errors:ratio_rate5m", "eval_time": "15m"}],
    }

    assert result_of(file, tmp_path, run, [test]) == ""


def test_every_recording_says_where_it_is_from() -> None:
    """A library and its version for each file."""
    page = (RECORDED[0].parent / "README.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| `([\w.-]+\.txt)` \| .*\d", page, re.MULTILINE)
    assert {file.name for file in RECORDED} == set(re.findall(r"^\| `([\w.-]+\.txt)`", page, re.MULTILINE))
