"""Reloading on the real engines: what is wrong is reported first, what is right is active and seen to be."""

import asyncio
import re

import httpx
import pytest
from tests.e2e.support.waiting import ANSWER_SECONDS, eventually
from tests.stack.box import Box

from watchkeeper.analyzer.jobs.rules_in_force import RulesInForce
from watchkeeper.analyzer.parts import Parts
from watchkeeper.config import load_config
from watchkeeper.metrics.catalogue import METRICS
from watchkeeper.metrics.store import MetricStore

TITLES = ("Exporter", "Prometheus", "Alertmanager", "Loki", "Promtail")


def test_after_a_reload_everything_runs_with_what_lies_on_disk(running: Box) -> None:
    """Edits of five files are active; the exporter, Prometheus and Alertmanager were not restarted for them."""
    before, kept = running.pids, {"exporter", "prometheus", "alertmanager"}
    _edit(running, "prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_interval: 13s")
    _edit(running, "alertmanager/alertmanager.yml", "repeat_interval: 4h", "repeat_interval: 5h")
    _edit(running, "loki/loki.yml", "query_timeout: 2m", "query_timeout: 4m")
    _edit(running, "promtail/promtail.yml", "batchwait: 1s", "batchwait: 2s")
    _edit(running, "watchkeeper.yml", "default: 0.05", "default: 0.07")

    reload = running.run("reload")

    assert reload.returncode == 0, reload.stdout + reload.stderr
    for title in TITLES:
        assert f"{title}: up to date" in reload.stdout
    assert {name for name, pid in running.pids.items() if pid == before[name]} == kept
    assert "query_timeout: 4m" in running.get("LOKI_PORT", "/config").text


def test_an_edit_that_no_one_brought_into_force_is_reported(running: Box) -> None:
    """Prometheus and Loki say what they run; the analyzer's metric says that it is not what the files say."""
    running.run("reload")
    eventually("all is applied", lambda: _differing(running) == {"prometheus": 0, "loki": 0})

    _edit(running, "prometheus/rules/alerts/services.yml", "keep_firing_for: 10m", "keep_firing_for: 11m")
    _edit(running, "loki/rules/fake/watchkeeper.yml", ">= 20", ">= 21")

    assert _differing(running) == {"prometheus": 1, "loki": 1}
    assert running.run("reload").returncode == 0
    assert _differing(running) == {"prometheus": 0, "loki": 0}


def test_the_analyzer_notices_an_edit_that_was_not_applied(running: Box) -> None:
    """The running process, by its own schedule: its metric changes with the edit, and back with the reload."""
    running.run("reload")
    eventually("all is applied", lambda: _scraped(running) == {"prometheus": 0, "loki": 0})

    _edit(running, "prometheus/rules/alerts/services.yml", "keep_firing_for: 11m", "keep_firing_for: 12m")
    eventually("it is noticed", lambda: _scraped(running) == {"prometheus": 1, "loki": 0})

    assert running.run("reload").returncode == 0
    eventually("all is applied", lambda: _scraped(running) == {"prometheus": 0, "loki": 0})


@pytest.mark.parametrize(
    ("file", "reported"),
    [
        ("prometheus/prometheus.yml", "prometheus: promtool must accept it"),
        ("prometheus/rules/alerts/llm_errors.yml", "prometheus: promtool must accept it"),
        ("alertmanager/alertmanager.yml", "alertmanager: amtool must accept it"),
        ("loki/loki.yml", "loki: loki must accept it"),
        ("promtail/promtail.yml", "promtail: promtail must accept it"),
        ("watchkeeper.yml", "no_such_key"),
    ],
)
def test_what_is_wrong_is_reported_before_anything_is_touched(running: Box, file: str, reported: str) -> None:
    """The sentence names the file's program; everything goes on as it was."""
    before = running.pids
    path = running.project / file
    right = path.read_text() if path.exists() else ""
    path.write_text(right + "\nno_such_key: 1\n")

    try:
        reload = running.run("reload")
    finally:
        path.unlink() if not right else path.write_text(right)

    assert reload.returncode == 2
    assert reported in reload.stderr
    assert "no_such_key" in reload.stderr
    assert running.pids == before


def _differing(box: Box) -> dict[str, float]:
    """One look of the analyzer's, without the minute between two of them."""
    folders = {"PROMETHEUS": "prometheus/rules", "LOKI": "loki/rules/fake"}
    environ = {f"WATCHKEEPER_{name}_RULES": str(box.project / folder) for name, folder in folders.items()}
    environ |= {f"WATCHKEEPER_{name}_URL": box.url(f"{name}_PORT", "") for name in folders}
    store = MetricStore(METRICS)
    with httpx.Client(trust_env=False, timeout=ANSWER_SECONDS) as client:
        asyncio.run(RulesInForce(Parts(config=load_config(None, environ), store=store, client=client)).look())
    return {labels[0]: one.value for labels, one in store.families["watchkeeper_rules_differ"].series.items()}


def _scraped(box: Box) -> dict[str, float]:
    """The samples of the running analyzer, by component."""
    exposition = box.get("ANALYZER_PORT", "/metrics").text
    samples = re.findall(r'^watchkeeper_rules_differ\{component="(\w+)"\} (\S+)$', exposition, re.MULTILINE)
    return {component: float(value) for component, value in samples}


def _edit(box: Box, file: str, old: str, new: str) -> None:
    path = box.project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
