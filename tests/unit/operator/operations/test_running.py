"""What programs say they run with, here from a table of answers, held against files."""

import hashlib
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from watchkeeper.operator.operations.running import OnDisk, mismatches

RULES = """
groups:
  - name: group
    rules:
      - {alert: Down, expr: up == 0, for: 5m, labels: {severity: high}}
"""
PROMTAIL_PAGE = '<html><pre class="x">server: {http_listen_port: 9080}</pre></html>'


@pytest.fixture
def files(tmp_path: Path) -> OnDisk:
    """A small file for each program."""
    written = {
        "watchkeeper.yml": "teams: []",
        "prometheus/prometheus.yml": "global: {scrape_interval: 15s}",
        "prometheus/rules/alerts/down.yml": RULES,
        "loki/loki.yml": "limits_config: {retention_period: 744h}",
        "loki/rules/fake/lines.yml": "groups: []",
        "promtail/promtail.yml": "server: {http_listen_port: 9080}",
    }
    for name, text in written.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return OnDisk(
        watchkeeper=tmp_path / "watchkeeper.yml",
        prometheus=tmp_path / "prometheus",
        alertmanager=b"route: {}",
        loki=tmp_path / "loki",
        promtail=tmp_path / "promtail",
    )


@pytest.fixture
def answers(files: OnDisk) -> dict[tuple[str, str], object]:
    """What each program answers when it runs with the files."""
    rule = {"name": "Down", "query": "up == 0", "duration": 300, "labels": {"severity": "high"}}
    group = {"file": "/etc/prometheus/rules/alerts/down.yml", "name": "group", "rules": [rule]}
    file_hash = hashlib.sha256(files.watchkeeper.read_bytes()).hexdigest()[:12]
    alertmanager_hash = int.from_bytes(hashlib.md5(b"route: {}").digest()[:6], "little")
    return {
        ("exporter", "/startup"): {"config_hash": file_hash},
        ("analyzer", "/startup"): {"config_hash": file_hash},
        ("prometheus", "/api/v1/status/config"): {"data": {"yaml": "global: {scrape_interval: 15s, x: 1}"}},
        ("prometheus", "/api/v1/rules"): {"data": {"groups": [group]}},
        ("alertmanager", "/metrics"): f"alertmanager_config_hash {float(alertmanager_hash):.15g}\n",
        ("loki", "/config"): "limits_config: {retention_period: 31d}",
        ("loki", "/prometheus/api/v1/rules"): {"data": {"groups": []}},
        ("promtail", "/config"): PROMTAIL_PAGE,
    }


def found(files: OnDisk, answers: dict[tuple[str, str], object]) -> list[str]:
    """Every mismatch with its title in front."""

    def ask(component: str, path: str) -> httpx.Response:
        if "/format_query" in path:
            return httpx.Response(200, json={"data": httpx.URL(path).params["query"].replace(" ", "")})
        answer = answers[component, path]
        return httpx.Response(200, text=answer) if isinstance(answer, str) else httpx.Response(200, json=answer)

    return [
        f"{title}: {reported}" for title, all_reported in mismatches(files, ask).items() for reported in all_reported
    ]


def test_a_promtail_that_is_not_to_run_is_not_asked(files: OnDisk, answers: dict[tuple[str, str], object]) -> None:
    """Where the exporter pushes its lines itself, no one answers on Promtail's port."""
    del answers["promtail", "/config"]

    assert found(replace(files, promtail=None), answers) == []
    assert found(files, answers) == ["Promtail: it does not report what it runs with: ('promtail', '/config')"]


def test_what_runs_with_its_files_has_no_mismatch(files: OnDisk, answers: dict[tuple[str, str], object]) -> None:
    """Spelling and defaults are no mismatch."""
    assert found(files, answers) == []


@pytest.mark.parametrize(
    ("edited", "edit", "reported"),
    [
        ("watchkeeper.yml", ("[]", "[{}]"), "Exporter: watchkeeper.yml must have the hash "),
        ("watchkeeper.yml", ("[]", "[{}]"), "Analyzer: watchkeeper.yml must have the hash "),
        ("prometheus/prometheus.yml", ("15s", "20s"), "Prometheus: global.scrape_interval must be '20s'"),
        (
            "prometheus/rules/alerts/down.yml",
            ("5m", "6m"),
            "Prometheus: alerts/down.yml: group[0].for must be '6m'",
        ),
        (
            "prometheus/rules/alerts/down.yml",
            ("up == 0", "up == 1"),
            "group[0].expr must be 'up == 1', runs with 'up == 0'",
        ),
        ("prometheus/rules/alerts/down.yml", ("name: group", "name: other"), "group other is only on disk"),
        ("loki/loki.yml", ("744h", "745h"), "Loki: limits_config.retention_period must be '745h'"),
        ("promtail/promtail.yml", ("9080", "9081"), "Promtail: server.http_listen_port must be 9081"),
    ],
    ids=["exporter", "analyzer", "prometheus", "a rule's time", "a rule's query", "a group", "loki", "promtail"],
)
def test_an_edit_that_was_not_reloaded_is_reported(
    files: OnDisk, answers: dict[tuple[str, str], object], edited: str, edit: tuple[str, str], reported: str
) -> None:
    """The sentence names the program and the key."""
    path = files.watchkeeper.parent / edited
    path.write_text(path.read_text().replace(*edit))

    assert reported in "\n".join(found(files, answers))


def test_another_alertmanager_file_is_reported(files: OnDisk, answers: dict[tuple[str, str], object]) -> None:
    """Its hash is of the very bytes."""
    answers["alertmanager", "/metrics"] = "alertmanager_config_hash 1\n"

    assert found(files, answers)[0].startswith("Alertmanager: alertmanager_config_hash must be ")


def test_a_program_that_does_not_report_is_a_mismatch(files: OnDisk, answers: dict[tuple[str, str], object]) -> None:
    """No answer is not agreement."""
    answers["promtail", "/config"] = "<html></html>"

    assert found(files, answers) == [
        "Promtail: it does not report what it runs with: its page /config shows no configuration"
    ]
