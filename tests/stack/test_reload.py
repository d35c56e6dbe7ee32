"""Reloading on the real engines: what is wrong is told first, what is right is in force and seen to be."""

import httpx
import pytest
from tests.stack.box import Box

TITLES = ("Exporter", "Prometheus", "Alertmanager", "Loki", "Promtail")


def test_after_a_reload_everything_runs_with_what_lies_on_disk(running: Box) -> None:
    """Edits of five files are in force; Prometheus and Alertmanager were not restarted for theirs."""
    before = running.pids
    _edit(running, "prometheus/prometheus.yml", "scrape_interval: 15s", "scrape_interval: 13s")
    _edit(running, "alertmanager/alertmanager.yml", "repeat_interval: 4h", "repeat_interval: 5h")
    _edit(running, "loki/loki.yml", "query_timeout: 2m", "query_timeout: 4m")
    _edit(running, "promtail/promtail.yml", "batchwait: 1s", "batchwait: 2s")
    _edit(running, "watchkeeper.yml", "default: 0.05", "default: 0.07")

    reload = running.run("reload")

    assert reload.returncode == 0, reload.stdout + reload.stderr
    for title in TITLES:
        assert f"{title}: runs with what lies on disk" in reload.stdout
    assert {name for name, pid in running.pids.items() if pid == before[name]} == {"prometheus", "alertmanager"}
    assert "query_timeout: 4m" in httpx.get(running.url("LOKI_PORT", "/config")).text


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("prometheus/prometheus.yml", "prometheus: promtool must accept it"),
        ("prometheus/rules/alerts/llm_errors.yml", "prometheus: promtool must accept it"),
        ("alertmanager/alertmanager.yml", "alertmanager: amtool must accept it"),
        ("loki/loki.yml", "loki: loki must accept it"),
        ("promtail/promtail.yml", "promtail: promtail must accept it"),
        ("watchkeeper.yml", "no_such_key"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_touched(running: Box, file: str, told: str) -> None:
    """The sentence names the file's program; everything goes on as it was."""
    before = running.pids
    path = running.project / file
    right = path.read_text() if path.exists() else ""
    path.write_text(right + "\nno_such_key: 1\n")

    reload = running.run("reload")
    path.unlink() if not right else path.write_text(right)

    assert reload.returncode == 2
    assert told in reload.stderr
    assert "no_such_key" in reload.stderr
    assert running.pids == before


def _edit(box: Box, file: str, old: str, new: str) -> None:
    path = box.project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
