"""What an operator does to running containers: status, the doctor, a reload, secrets, backups, the demo."""

import json
from pathlib import Path

import pytest
from tests.compose.bundle import ComposeBundle
from tests.compose.commands import log, run
from tests.e2e.support.payloads import Payload
from tests.e2e.support.sums import expect_sums
from tests.e2e.support.waiting import eventually

ASK_FOR_ERRORS = (
    "import urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8020/scenario/errors', method='POST'))"
)


def test_the_doctor_finds_nothing_wrong(bundle: ComposeBundle) -> None:
    """Every area is looked at on the running stack; no one is notified yet, which is a warning."""
    said = bundle.operate("doctor", "--with", "docker")

    log.info("the doctor says:\n%s", said)
    found = {line[9:].partition(":")[0] for line in said.splitlines() if line.startswith("fine")}
    assert found >= {"Limits", "Container logs", "Ports", "Disk", "Configuration", "Secrets", "Containers", "Retention"}
    assert "warning  Receivers: no notification channel is configured" in said


def test_status_says_what_runs_and_that_no_one_is_notified(bundle: ComposeBundle) -> None:
    """Every container with its health, the last hour, the targets and the receivers."""
    said = bundle.operate("status", "--with", "docker")

    log.info("status says:\n%s", said)
    assert said.count("(healthy)") == len(bundle.compose("ps", "--services").split())
    assert "Calls" in said
    assert "No notification channel is configured" in said
    assert "Not ready" not in said


def test_what_was_stopped_or_is_gone_is_not_called_well(bundle: ComposeBundle) -> None:
    """Also what ended in order; `up` brings it back."""
    bundle.stop("promtail")
    for command in (("status",), ("doctor", "--quiet")):
        with pytest.raises(AssertionError, match="promtail is exited"):
            bundle.operate(*command, "--with", "docker")
    bundle.compose("rm", "--force", "promtail")
    for command in (("status",), ("doctor", "--quiet")):
        with pytest.raises(AssertionError, match="promtail has no container"):
            bundle.operate(*command, "--with", "docker")

    bundle.make_up()

    assert "Not ready" not in bundle.operate("status", "--with", "docker")


def test_a_reload_restarts_nothing_that_can_read_again(bundle: ComposeBundle) -> None:
    """An edit is in force without a new start; one that Prometheus would refuse touches nothing."""
    file = bundle.folder / "prometheus" / "prometheus.yml"
    right = file.read_text(encoding="utf-8")
    before = _started(bundle)
    config = bundle.url("prometheus", "/api/v1/status/config")
    try:
        file.write_text(f"{right}\nno_such_key: 1\n", encoding="utf-8")
        with pytest.raises(AssertionError, match="promtool must accept it"):
            bundle.operate("reload", "--with", "docker")
        file.write_text(right.replace("sample_limit: 200000", "sample_limit: 190000"), encoding="utf-8")
        said = bundle.operate("reload", "--with", "docker")
        running = bundle.client.get(config).text
    finally:
        file.write_text(right, encoding="utf-8")

    log.info("the reload says:\n%s", said)
    assert "Prometheus: up to date" in said
    assert "sample_limit: 190000" in running
    bundle.operate("reload", "--with", "docker")
    assert "sample_limit: 200000" in bundle.client.get(config).text
    assert _started(bundle) == before


def _started(bundle: ComposeBundle) -> dict[str, str]:
    services = bundle.compose("ps", "--services").split()
    return {service: bundle.inspect(service, "{{.State.StartedAt}}") for service in services}


def test_what_is_stored_of_a_person_is_found_and_forgotten(bundle: ComposeBundle) -> None:
    """By the key in the exporter's container; Loki refuses until .env lets it delete, and what is left is said."""
    call = {"type": "llm_call", "service": "forgetting", "model": "gpt-4o-mini", "user_id": "alice"}
    assert bundle.post("/v1/events", json.dumps([call, {**call, "user_id": "bob"}]).encode(), {}).is_success
    query = '{service="forgetting", event="llm_call_completed"}'
    eventually("both lines", lambda: len(bundle.lines(query)) == 2)
    alice = ("forget", "--user", "alice", "--with", "docker")

    counted = bundle.operate(*alice, "--dry-run")
    with pytest.raises(AssertionError, match="LOKI_DELETION_MODE"):
        bundle.operate(*alice)
    bundle.operate("up", "--with", "docker", LOKI_DELETION_MODE="filter-and-delete")
    done = bundle.operate(*alice, LOKI_DELETION_MODE="filter-and-delete")
    pending = bundle.operate("forget", "--pending", "--with", "docker", LOKI_DELETION_MODE="filter-and-delete")

    log.info("forgetting says:\n%s", done)
    assert counted.splitlines() == ["Loki: 1 line."]
    assert "Loki: 1 line being deleted" in done
    assert "force-recreate exporter" in done
    assert "nothing to delete" not in pending
    eventually("no answer has it", lambda: len(bundle.lines(query)) == 1, seconds=400)
    bundle.operate("up", "--with", "docker")


def test_a_backup_is_restored(bundle: ComposeBundle, posted: list[Payload], tmp_path: Path) -> None:
    """Numbers are those of before; whoever ran runs again."""
    said = bundle.operate("backup", "--with", "docker", "--to", str(tmp_path))
    log.info("the backup says:\n%s", said)
    (backup,) = tmp_path.iterdir()
    later = json.dumps(
        [{"type": "llm_call", "service": "demo-later", "model": "gpt-4o", "provider": "openai"}]
    ).encode()
    bundle.post("/v1/events", later, {})
    eventually("the call after it", lambda: bundle.query('llm_requests_total{service="demo-later"}'))

    bundle.operate("restore", str(backup), "--with", "docker")

    assert "Not ready" not in bundle.operate("status", "--with", "docker")
    expect_sums(bundle, posted)


def test_the_doctor_names_a_secret_that_cannot_be_read(bundle: ComposeBundle) -> None:
    """The file, the user who may not read it, and the command that fixes it, which does."""
    secret = bundle.folder / "secrets" / "heartbeat_url"
    secret.write_text("http://127.0.0.1:9/ping")
    secret.chmod(0o600)

    with pytest.raises(AssertionError, match=r"heartbeat_url .* cannot be read by Alertmanager's uid 65534"):
        bundle.operate("doctor", "--with", "docker", "--quiet")
    bundle.operate("secrets")
    said = bundle.operate("doctor", "--with", "docker", "--quiet")

    secret.unlink()
    assert "cannot be read" not in said


def test_an_upgrade_keeps_what_was_stored(bundle: ComposeBundle, posted: list[Payload], tmp_path: Path) -> None:
    """Checked, backed up, started again: the counters go on, and every part up to date."""
    said = bundle.operate("upgrade", "--with", "docker", "--to", str(tmp_path))

    log.info("the upgrade says:\n%s", said)
    (backup,) = tmp_path.iterdir()
    assert {"prometheus.tar", "loki.tar", "exporter.tar", "backup.json"} <= {file.name for file in backup.iterdir()}
    assert said.count("up to date") == 6
    expect_sums(bundle, posted)


def test_data_of_a_newer_release_is_refused(bundle: ComposeBundle) -> None:
    """Whoever checks out an older version is warned before anything is started."""
    stamp = bundle.folder / ".watchkeeper" / "versions.json"
    kept = stamp.read_text()
    stamp.write_text(kept.replace("prom/prometheus:v3.13", "prom/prometheus:v3.99"))

    with pytest.raises(AssertionError, match="must not name older engines than those that wrote the data"):
        bundle.operate("up", "--with", "docker")

    stamp.write_text(kept)


def test_the_demo_simulates_failures_on_command(bundle: ComposeBundle) -> None:
    """With its profile it sends by itself; reported to, a third of its calls fail, and an alert says so."""
    bundle.operate("up", "--with", "docker", profiles="demo")
    eventually("calls of the demo are counted", lambda: bundle.query('llm_requests_total{service="demo-support"}'))

    bundle.compose("exec", "-T", "demo", "/app/.venv/bin/python", "-c", ASK_FOR_ERRORS)

    firing = 'ALERTS{alertname="LLMErrorRateHigh", service="demo-support", alertstate="firing"}'
    eventually("LLMErrorRateHigh fires for it", lambda: bundle.query(firing), seconds=120)
    bundle.compose("stop", "demo")
    run(["docker", "rm", bundle.container("demo")])
    bundle.operate("up", "--with", "docker")


def test_secrets_of_langfuse_reach_their_readers_and_no_one_else(bundle: ComposeBundle) -> None:
    """Made in a container as its ordinary user; the exporter reads its key, Docker knows none of it."""
    bundle.compose("run", "--rm", "--no-deps", "-T", "-e", "WATCHKEEPER_PROFILES=langfuse", "setup")

    key = bundle.compose("exec", "-T", "exporter", "cat", "/run/langfuse/key/headers").strip()
    shown = bundle.compose("--profile", "*", "config") + bundle.compose("logs", "--no-color")
    shown += run(["docker", "inspect", *bundle.compose("ps", "--all", "--quiet").split()])

    assert key.startswith("Authorization: Basic ")
    assert key.rpartition(" ")[2] not in shown
    with pytest.raises(AssertionError, match="No such file"):
        bundle.compose("exec", "-T", "exporter", "ls", "/run/langfuse/secrets/env")
