"""What an operator does to running containers: the doctor, secrets, an upgrade, the demo."""

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
    assert said.count("up to date") == 5
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
