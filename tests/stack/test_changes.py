"""An objective and a budget by one entry and `make reload`; every mark that dashboards draw, on the real engines."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.e2e.support.waiting import eventually
from tests.stack.box import Box
from tests.support.panels import DEFAULTS, PanelQuery, panel_queries

SERVICE = "shop-api"
MARKS = {
    query.panel.removeprefix("annotation "): query
    for query in panel_queries({**DEFAULTS, "service": SERVICE})
    if query.dashboard == "llm-overview" and query.panel.startswith("annotation ")
}
OBJECTIVES = """
slos: [{name: answers-in-time, kind: latency, under: 5s, objective: 0.95}]
budgets: [{name: all-month, limit_usd: 100}]
prices: [{model: own-model, input: 1, output: 2}]
langfuse_projects: [{name: shop, webhook_secret_file: signing_secret}]
"""
REPLACED = ("slos:", "budgets:", "prices:", "langfuse_projects:")
SECRET = "lf-whsec_" + "5e" * 32
PROMPT = {"name": "answer", "version": 2, "labels": ["production"]}


@pytest.fixture(scope="module")
def changed(running: Box) -> Box:
    """A bundle that got an objective, a budget and a price by a reload, and of other changes by what came then."""
    _call(running, model="gpt-4o-mini", prompt_version="1")
    _eventually_counted(running)
    file = running.project / "watchkeeper.yml"
    kept = [line for line in file.read_text().splitlines() if not line.startswith(REPLACED)]
    file.write_text("\n".join(kept) + OBJECTIVES)
    (running.project / "signing_secret").write_text(SECRET)
    reload = running.run("reload")
    assert reload.returncode == 0, reload.stdout + reload.stderr
    _post(running, {"type": "deployment", "service": SERVICE, "name": "shop", "version": "2026.11.2"})
    _call(running, model="own-model", prompt_version="2", duration_seconds=9.5, cost_usd=82.5)
    _move_label(running)
    _fire(running)
    return running


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('llm_slo_objective_ratio{slo="answers-in-time",service="shop-api"}', 0.95),
        ('llm_slo_events_total{slo="answers-in-time",service="shop-api",outcome="bad"}', 1),
        ('budget_period:llm_budget_used:ratio{budget="all-month"}', 0.825),
        ('ALERTS{alertname="LLMBudgetUsed",budget="all-month",severity="medium"}', 1),
        ('service_slo:llm_slo_budget_remaining:ratio_rate30d{slo="answers-in-time",service="shop-api"}', -19),
    ],
)
def test_one_entry_and_a_reload_are_enough(changed: Box, query: str, value: float) -> None:
    """What was documented, what was evaluated and what was spent is in Prometheus, and its rules speak of it."""

    def values() -> list[float]:
        return [float(found["value"][1]) for found in _ask_prometheus(changed, query)]

    # Before the calls it may be 0.
    assert eventually(f"{query} is {value}", lambda: values() == [pytest.approx(value)])


@pytest.mark.parametrize(
    ("mark", "reported"),
    [
        ("Changes", {"event": "deployment_recorded", "kind": "app", "name": "shop", "version": "2026.11.2"}),
        ("Changes", {"event": "deployment_recorded", "what": "prompt answer 2 (production) updated by Ada"}),
        ("Changes", {"event": "prompt_version_seen", "what": "prompt answer 2"}),
        ("Changes", {"event": "prompt_version_seen", "kind": "prompt", "name": "answer", "version": "2"}),
        ("Changes", {"event": "model_seen", "kind": "model", "name": "own-model"}),
        ("Prices", {"event": "prices_changed", "kind": "price", "name": "prices"}),
        ("Alerts", {"event": "alert_fired", "alertname": "LLMErrorRateHigh", "severity": "high", "service": SERVICE}),
    ],
    ids=lambda item: item if isinstance(item, str) else " ".join(item.values()),
)
def test_a_mark_is_drawn(changed: Box, mark: str, reported: dict[str, str]) -> None:
    """The annotation's own query finds the line, with every label that its title shows."""

    def matching() -> list[dict[str, Any]]:
        found = _ask_loki(changed, MARKS[mark])
        return [stream for stream in found if reported.items() <= stream["stream"].items()]

    assert eventually(f"{mark}: {reported}", matching)


def test_the_line_of_an_alert_says_whose_it_is(changed: Box) -> None:
    """Service, team and severity: who reads the history of alerts can report what was whose."""

    def reported() -> list[dict[str, Any]]:
        return [stream for stream in _ask_loki(changed, MARKS["Alerts"]) if stream["stream"]["service"] == SERVICE]

    line = json.loads(eventually("the alert", reported)[0]["values"][0][1])
    assert (line["service"], line["team"], line["severity"]) == (SERVICE, "shop", "high")


def _call(box: Box, **facts: Any) -> None:
    _post(box, {"type": "llm_call", "service": SERVICE, "prompt": "answer", "input_tokens": 10, **facts})


def _post(box: Box, event: dict[str, Any]) -> None:
    reply = box.post("EXPORTER_PORT", "/v1/events", json=event)
    assert reply.status_code == 200, reply.text


def _move_label(box: Box) -> None:
    """As Langfuse reports it."""
    webhook = {"id": "1", "type": "prompt-version", "action": "updated", "prompt": PROMPT, "user": {"name": "Ada"}}
    body, now = json.dumps(webhook).encode(), int(time.time())
    digest = hmac.new(SECRET.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"x-langfuse-signature": f"t={now},v1={digest}"}
    reply = box.post("EXPORTER_PORT", "/v1/langfuse/webhook", content=body, headers=headers)
    assert reply.status_code == 200, reply.text


def _eventually_counted(box: Box) -> None:
    """A model call that may belong to a trace waits a moment for its parent."""

    def counted() -> bool:
        return f'service="{SERVICE}"' in box.get("EXPORTER_PORT", "/metrics").text

    eventually("the first call", counted)


def _fire(box: Box) -> None:
    labels = {"alertname": "LLMErrorRateHigh", "severity": "high", "service": SERVICE, "team": "shop"}
    alert = {"labels": labels, "annotations": {"summary": "Too many calls fail."}}
    alert["startsAt"] = datetime.now(UTC).isoformat()
    box.post("ALERTMANAGER_PORT", "/api/v2/alerts", json=[alert]).raise_for_status()


def _ask_prometheus(box: Box, query: str) -> list[dict[str, Any]]:
    reply = box.get("PROMETHEUS_PORT", "/api/v1/query", params={"query": query})
    return list(reply.json()["data"]["result"])


def _ask_loki(box: Box, query: PanelQuery) -> list[dict[str, Any]]:
    params = {"query": query.expr, "start": str(time.time() - 3600)}
    reply = box.get("LOKI_PORT", "/loki/api/v1/query_range", params=params)
    assert reply.status_code == 200, reply.text
    return list(reply.json()["data"]["result"])
