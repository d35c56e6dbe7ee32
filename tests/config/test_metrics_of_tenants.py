"""Metrics that applications push, on a real Prometheus: they are their tenant's, as spans of them would be."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.support.alertmanager import until
from tests.support.exporter import JSON, ExporterInTest, run_exporter
from tests.support.prometheus import running_prometheus, sums_by

ROOT = Path(__file__).parents[2]
RULES = ROOT / "prometheus/rules/recording/otel_metrics.yml"
TENANTS = ("acme", "rival")
CALLS = {"acme": 3, "rival": 5}


@pytest.fixture
def prometheus(programs: dict[str, Path], tmp_path: Path) -> Iterator[str]:
    """A Prometheus with the shipped OTLP section and rules; it evaluates them every second."""
    shipped = yaml.safe_load((ROOT / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    (tmp_path / "rules.yml").write_text(RULES.read_text(encoding="utf-8").replace("interval: 30s", "interval: 1s"))
    config = {"otlp": shipped["otlp"], "rule_files": [str(tmp_path / "rules.yml")]}
    with running_prometheus(programs["prometheus"], tmp_path, config) as url:
        yield url


@pytest.fixture
def exporter(prometheus: str, tmp_path: Path) -> Iterator[ExporterInTest]:
    """An exporter with a token for each tenant, which passes metrics on to Prometheus."""
    tokens = [{"tenant": tenant, "sha256": hashlib.sha256(tenant.encode()).hexdigest()} for tenant in TENANTS]
    config = tmp_path / "watchkeeper.yml"
    config.write_text(yaml.safe_dump({"access": {"tokens": tokens}}))
    with run_exporter({"WATCHKEEPER_PROMETHEUS_URL": prometheus}, config) as running:
        yield running


def durations_of(calls: int) -> dict[str, Any]:
    """What an instrumented application of one and the same name sends after so many calls."""
    attributes = [
        {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        {"key": "gen_ai.provider.name", "value": {"stringValue": "openai"}},
        {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-4o-mini"}},
    ]
    now = time.time_ns()
    point = {
        "attributes": attributes,
        "startTimeUnixNano": str(now - 60 * 10**9),
        "timeUnixNano": str(now),
        "count": str(calls),
        "sum": 1.5,
        "bucketCounts": [str(calls), "0"],
        "explicitBounds": [1.28],
    }
    data = {"aggregationTemporality": 2, "dataPoints": [point]}
    metric = {"name": "gen_ai.client.operation.duration", "unit": "s", "histogram": data}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "bot"}}]}
    return {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}


def test_calls_belong_to_the_tenant_of_the_token(exporter: ExporterInTest, prometheus: str) -> None:
    """Two tenants with a service of the same name stay apart, whatever their telemetry says of tenants."""
    for tenant, calls in CALLS.items():
        headers = {**JSON, "authorization": f"Bearer {tenant}"}
        reply = exporter.client.post("/v1/metrics", json=durations_of(calls), headers=headers)
        assert reply.status_code == 200

    query = 'sum by (tenant) (llm_requests_total{source="otel_metrics"})'
    until(lambda: sums_by("tenant", prometheus, query) == CALLS)
