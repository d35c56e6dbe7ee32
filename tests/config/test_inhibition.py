"""Which alert mutes which, on a running Alertmanager: its target and nothing else."""

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from watchkeeper.config.setup import run_setup

DEADLINE_SECONDS = 20.0

# Sources of one scenario, its targets that must be muted, and those that must not.
SCENARIOS: dict[str, tuple[list[str], list[str], list[str]]] = {
    "a critical alert mutes the lower ones of its kind and service": (
        ["LLMErrorRateHigh critical a1"],
        ["LLMErrorRateHigh high a1", "LLMErrorRateHigh medium a1", "LLMErrorRateHigh low a1"],
        ["LLMErrorRateHigh high a2", "LLMLatencyHigh high a1"],
    ),
    "a high alert mutes medium and low": (
        ["LLMCostSpike high b1"],
        ["LLMCostSpike medium b1", "LLMCostSpike low b1"],
        ["LLMCostSpike low b2", "LLMLatencyHigh low b1"],
    ),
    "a medium alert mutes low": (
        ["LLMLatencyHigh medium c1"],
        ["LLMLatencyHigh low c1"],
        ["LLMLatencyHigh low c2"],
    ),
    "a service that is down mutes its own symptoms": (
        ["TargetDown high d1"],
        ["LLMErrorRateHigh critical d1", "LLMLatencyHigh medium d1"],
        ["LLMErrorRateHigh critical d2", "Homemade high d1"],
    ),
    "without a service nothing is muted": (
        ["LLMUnpricedModel high -", "TargetDown high -"],
        [],
        ["LLMUnpricedModel low -"],
    ),
}


class Alertmanager:
    """A running Alertmanager, asked over its API."""

    def __init__(self, address: str) -> None:
        self.url = f"http://{address}"

    def call(self, path: str, body: object = None) -> Any:
        """Send or ask something."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"null")

    def raise_alerts(self, names: list[str]) -> None:
        """Let alerts fire that are written as name, severity, service and maybe job."""
        self.call("/api/v2/alerts", [{"labels": labels_of(name)} for name in names])

    def is_muted(self, name: str) -> bool:
        """Say whether an alert that fires is inhibited by another."""
        wanted = labels_of(name)
        found = [alert for alert in self.call("/api/v2/alerts") if alert["labels"] == wanted]
        assert found, f"{name} does not fire"
        return bool(found[0]["status"]["inhibitedBy"])


def labels_of(name: str) -> dict[str, str]:
    """Read the short form of an alert; a dash is a label it does not have."""
    values = dict(zip(("alertname", "severity", "service", "job"), name.split(), strict=False))
    return {label: value for label, value in values.items() if value != "-"}


def free_address() -> str:
    """Return an address of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def alertmanager(root: Path, programs: dict[str, Path], tmp_path: Path) -> Iterator[Alertmanager]:
    """The shipped configuration, without secrets, in a process of its own."""
    run_setup({"WATCHKEEPER_ALERTMANAGER_DIR": str(root / "alertmanager"), "WATCHKEEPER_RUNTIME_DIR": str(tmp_path)})
    address = free_address()
    command = [
        str(programs["alertmanager"]),
        f"--config.file={tmp_path / 'alertmanager/alertmanager.yml'}",
        f"--storage.path={tmp_path / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
        "--enable-feature=utf8-strict-mode",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            running = Alertmanager(address)
            wait_for(lambda: running.call("/api/v2/status") is not None)
            yield running
        finally:
            process.terminate()


def wait_for(holds: Any) -> None:
    """Ask until it holds; fail after the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.05)
    pytest.fail("it did not come to hold in time")


def test_alerts_mute_their_targets_and_nothing_else(alertmanager: Alertmanager) -> None:
    """All scenarios at once: each has services of its own, so one cannot reach into another."""
    for sources, muted, heard in SCENARIOS.values():
        alertmanager.raise_alerts([*sources, *muted, *heard])

    for scenario, (sources, muted, heard) in SCENARIOS.items():
        for name in muted:
            wait_for(lambda name=name: alertmanager.is_muted(name))
        for name in [*heard, *sources]:
            assert not alertmanager.is_muted(name), f"{scenario}: {name} must be heard"


def test_without_the_exporter_no_llm_alert_is_news(alertmanager: Alertmanager) -> None:
    """It measures all services, so its end mutes their symptoms, and nothing about the stack itself."""
    alertmanager.raise_alerts(
        ["TargetDown critical watchkeeper exporter", "LLMCostSpike high a", "TargetDown high watchkeeper-loki loki"]
    )

    wait_for(lambda: alertmanager.is_muted("LLMCostSpike high a"))
    assert not alertmanager.is_muted("TargetDown high watchkeeper-loki loki")
    assert not alertmanager.is_muted("TargetDown critical watchkeeper exporter")
