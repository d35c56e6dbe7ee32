"""The bundle on the real engines: up, seen, fixed, down; and what is said when an engine does not come up."""

import os
import re
import signal
import socket

import httpx
import pytest
from tests.e2e.support.waiting import eventually
from tests.stack.box import Box, hanging

READY = {
    "EXPORTER_PORT": "/health",
    "ANALYZER_PORT": "/health",
    "PROMETHEUS_PORT": "/-/ready",
    "ALERTMANAGER_PORT": "/-/ready",
    "LOKI_PORT": "/ready",
    "PROMTAIL_PORT": "/ready",
}


def test_up_starts_all_and_down_ends_all(box: Box) -> None:
    """The table reports the addresses; afterwards no process and no port is left."""
    up = box.run("up")

    assert up.returncode == 0, up.stderr
    assert f"http://localhost:{box.ports['PROMETHEUS_PORT']}" in up.stdout
    assert set(box.pids) == {"exporter", "analyzer", "prometheus", "alertmanager", "promtail", "loki"}

    assert box.run("down").returncode == 0
    assert box.pids == {}
    assert not box.is_listening


@pytest.mark.parametrize("variable", READY)
def test_every_component_answers(running: Box, variable: str) -> None:
    """What the table names is there."""
    assert running.get(variable, READY[variable]).status_code == 200


def test_status_is_good_and_names_what_is_off(running: Box) -> None:
    """The stack boots with no secrets; `status` says whom it cannot say."""
    status = running.run("status")

    assert status.returncode == 0
    assert status.stdout.count("ready") == 6
    assert "Receivers not configured: critical, high, medium, low, only-slack by slack" in status.stdout
    assert "Receivers not configured: critical, only-pagerduty by pagerduty" in status.stdout
    assert "No notification channel is configured" in status.stdout


def test_a_new_file_of_targets_is_scraped_without_a_start(running: Box) -> None:
    """Prometheus notices it, and `status` says that no one answers there; it notices the end of the file as well."""
    file = running.project / "prometheus" / "targets" / "mine.yml"
    file.write_text('[{targets: ["127.0.0.1:9"], labels: {service: support-bot}}]')
    try:
        said = eventually("it is down", lambda: _said(running, "support-bot http://127.0.0.1:9/metrics: "))
    finally:
        file.unlink()

    assert said.startswith("Targets: ")
    assert "connection refused" in said
    assert eventually("it is no target", lambda: _said(running, "Targets: ")[-4:] == "up.\n")


def test_status_knows_a_secret_that_came_after_the_start(running: Box) -> None:
    """It says that the receiver is not in use yet, and no longer that the file is missing."""
    file = running.project / "secrets" / "slack_api_url"
    file.parent.mkdir(exist_ok=True)
    file.write_text("https://hooks.slack.com/services/T0/B0/x")
    try:
        said = running.run("status").stdout
        examined = running.run("doctor", "-q").stdout
    finally:
        file.unlink()

    assert "Receivers not yet in use: critical, high, medium, low, only-slack by slack; run `make up`." in said
    assert "slack_api_url: no such file" not in said
    assert "No notification channel is configured" not in said
    assert "configured since the start, and not yet in use: " in examined


def test_status_counts_calls_as_the_exporter_does(running: Box) -> None:
    """Also while a series is young, when what extrapolates would make two of one."""
    call = {"type": "llm_call", "service": "hello", "model": "own", "provider": "own", "cost_usd": 0.25}
    assert running.post("EXPORTER_PORT", "/v1/events", json=[call]).status_code == 200
    lines = running.get("EXPORTER_PORT", "/metrics").text.splitlines()
    calls = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("llm_requests_total{"))

    assert calls >= 1
    assert eventually("the calls", lambda: _said(running, f"Calls in the last hour: {calls:.0f} of "))


def _said(box: Box, part: str) -> str:
    """The line of `status` with this part; empty while it has none."""
    return next((line for line in box.run("status").stdout.splitlines(keepends=True) if part in line), "")


def test_without_a_channel_notifications_are_in_the_inbox(running: Box) -> None:
    """Alertmanager delivers to the exporter what Slack and PagerDuty would get; `up` and `status` say where it is."""
    status = running.run("status")
    sent = running.run("alert-test", "--severity", "critical")
    # Its end is waited for by the command, but not for long.
    page = eventually("its end", lambda: _inbox_with(running, "[RESOLVED] WatchkeeperTestAlert: watchkeeper"))

    assert f"http://localhost:{running.ports['EXPORTER_PORT']}/inbox" in status.stdout
    assert (sent.returncode, "/inbox" in sent.stdout) == (0, True), sent.stdout + sent.stderr
    assert "[CRITICAL] WatchkeeperTestAlert: watchkeeper" in page
    assert {"Slack ·", "PagerDuty ·"} == {text for text in ("Slack ·", "PagerDuty ·") if text in page}


def test_alerts_link_to_no_grafana(running: Box) -> None:
    """None is part of this bundle: where a link would lead to one a path without an address stands there."""

    def watchdog() -> list[dict[str, str]]:
        alerts = running.get("PROMETHEUS_PORT", "/api/v1/alerts").json()["data"]["alerts"]
        return [alert["annotations"] for alert in alerts if alert["labels"]["alertname"] == "Watchdog"]

    [links] = eventually("the Watchdog fires", watchdog)
    loki = running.get("LOKI_PORT", "/config").text

    assert links["dashboard_url"] == "/d/watchkeeper-stack"
    assert links["runbook_url"] == f"http://localhost:{running.ports['EXPORTER_PORT']}/runbooks/Watchdog"
    assert re.search(r'grafana_url"?: ""$', loki, re.MULTILINE), loki


def test_prometheus_scrapes_the_analyzer(running: Box) -> None:
    """Under a service name of its own; what it says of its jobs is stored."""
    query = (
        'up{job="analyzer", service="watchkeeper-analyzer"} == 1 and on (instance) watchkeeper_job_runs_without_success'
    )

    def found() -> list[object]:
        answer = running.get("PROMETHEUS_PORT", "/api/v1/query", params={"query": query})
        return list(answer.json()["data"]["result"])

    assert len(eventually("the analyzer is scraped", found)) == 1


def test_the_analyzer_is_ready_while_the_engines_are(running: Box) -> None:
    """An engine that hangs is named and takes nothing else down; when it is back, all is well again."""
    before = running.get("ANALYZER_PORT", "/ready")
    with hanging(running.pids["loki"]):
        without = running.get("ANALYZER_PORT", "/ready")
        alive = running.get("ANALYZER_PORT", "/health")
    after = eventually("Loki answers", lambda: _ready(running))

    assert (before.status_code, before.json()["status"]) == (200, "ready")
    assert before.json()["dependencies"].keys() == {"exporter", "prometheus", "alertmanager", "loki"}
    assert (without.status_code, without.json()["status"]) == (503, "degraded")
    assert {name: one["status"] for name, one in without.json()["dependencies"].items()} == {
        "exporter": "ready",
        "prometheus": "ready",
        "alertmanager": "ready",
        "loki": "unreachable (ReadTimeout)",
    }
    assert alive.status_code == 200
    assert (after.status_code, after.json()["status"]) == (200, "ready")


def test_up_again_changes_nothing(running: Box) -> None:
    """What runs as it should is left alone."""
    before = running.pids

    assert running.run("up").returncode == 0

    assert running.pids == before


def test_logs_show_a_component(running: Box) -> None:
    """The log of one component, with its name in front."""
    shown = running.run("logs", "exporter").stdout

    assert "exporter | " in shown
    assert "exporter_started" in shown


def test_a_lost_process_is_started_again(running: Box) -> None:
    """By itself, and no other; `status` says that it was."""
    before = running.pids
    os.kill(before["alertmanager"], signal.SIGKILL)

    eventually("it is started again", lambda: running.pids["alertmanager"] != before["alertmanager"])
    eventually("it is ready", lambda: running.run("status").returncode == 0)

    assert "ready, restarted 1 time" in running.run("status").stdout
    assert {name for name, pid in running.pids.items() if pid != before[name]} == {"alertmanager"}
    assert running.run("up").returncode == 0


def test_an_edit_is_reloaded_and_leaves_every_process_alone(running: Box) -> None:
    """After an edit `up` applies it without a gap in what Prometheus measures."""
    before = running.pids
    config = running.project / "prometheus" / "prometheus.yml"
    config.write_text(config.read_text().replace("scrape_interval: 15s", "scrape_interval: 14s"))

    assert running.run("up").returncode == 0

    assert running.pids == before
    assert "scrape_interval: 14s" in running.get("PROMETHEUS_PORT", "/api/v1/status/config").text


def test_an_edit_that_is_refused_leaves_the_old_one_in_force(running: Box) -> None:
    """Prometheus goes on, and its own words come back; fixed, the next `up` is good."""
    before = running.pids
    config = running.project / "prometheus" / "prometheus.yml"
    right = config.read_text()
    config.write_text(right + "\nno_such_key: 1\n")

    try:
        refused = running.run("up")
    finally:
        config.write_text(right)

    assert refused.returncode == 2
    assert "Prometheus goes on with its old configuration and refuses the new one" in refused.stderr
    assert "no_such_key" in refused.stderr
    assert running.run("up").returncode == 0
    assert running.pids == before


def test_an_edit_of_what_cannot_reload_restarts_only_its_reader(running: Box) -> None:
    """Loki reads its file at its start and only then."""
    before = running.pids
    config = running.project / "loki" / "loki.yml"
    config.write_text(config.read_text().replace("query_timeout: 2m", "query_timeout: 3m"))

    assert running.run("up").returncode == 0

    assert {name for name, pid in running.pids.items() if pid != before[name]} == {"loki"}


def test_counters_survive_a_changed_watchkeeper_yml(running: Box) -> None:
    """The exporter reads the one file again, as the same process, and goes on counting where it was."""
    event = [{"type": "llm_call", "service": "kept", "model": "gpt-4o-mini", "input_tokens": 5, "output_tokens": 1}]
    assert running.post("EXPORTER_PORT", "/v1/events", json=event).status_code == 200
    before = running.pids["exporter"]
    file = running.project / "watchkeeper.yml"
    file.write_text(file.read_text().replace("default: 0.05", "default: 0.06"))

    assert running.run("up").returncode == 0

    lines = running.get("EXPORTER_PORT", "/metrics").text.splitlines()
    counted = [line for line in lines if line.startswith("llm_requests_total{") and 'service="kept"' in line]
    assert running.pids["exporter"] == before
    assert [float(line.rpartition(" ")[2]) for line in counted] == [1.0]


def test_a_taken_port_is_named_before_anything_starts(box: Box) -> None:
    """The port, who has it and the variable are in the sentence; nothing was started."""
    port = box.ports["LOKI_PORT"]

    with socket.create_server(("127.0.0.1", int(port))):
        up = box.run("up")

    assert up.returncode == 2
    assert f"Port {port} is taken by " in up.stderr
    assert "set LOKI_PORT or stop it" in up.stderr
    assert box.pids == {}


def test_an_engine_with_a_broken_config_says_so(box: Box) -> None:
    """Its own last lines and the likely fix, no traceback, and nothing is left running."""
    config = box.project / "prometheus" / "prometheus.yml"
    config.write_text(config.read_text() + "\nno_such_key: 1\n")

    up = box.run("up")

    assert up.returncode == 2
    assert "Prometheus ended right after its start" in up.stderr
    assert "no_such_key" in up.stderr
    assert "Likely fix: correct the config file" in up.stderr
    assert "Traceback" not in up.stderr
    assert box.pids == {}
    assert not box.is_listening


def _inbox_with(box: Box, part: str) -> str:
    """The page, once it has that part."""
    page = box.get("EXPORTER_PORT", "/inbox").text
    return page if part in page else ""


def _ready(running: Box) -> httpx.Response | None:
    answer = running.get("ANALYZER_PORT", "/ready")
    return answer if answer.is_success else None
