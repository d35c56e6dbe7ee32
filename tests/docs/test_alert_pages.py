"""What the pages on adding, tuning and silencing alerts show is what happens."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import promql_parser
import pytest
from tests.docs.test_claims import blocks_of
from tests.mutation.rules import all_rules, mutants
from tests.mutation.trial import Trial
from tests.support.alert_gate import problems
from tests.support.alertmanager import Alertmanager, Setup, running_alertmanager, until
from tests.support.documents import ROOT
from tests.support.exporter import run_exporter
from tests.support.project import Project

ADD, TUNE, SILENCE = "add-an-alert.md", "tune-a-noisy-alert.md", "silence-during-maintenance.md"
MINE = {"alertname": "LLMErrorRateHigh", "service": "my-app", "severity": "high"}
ANOTHER = {"alertname": "LLMErrorRateHigh", "service": "shop", "severity": "high"}


@pytest.fixture
def added(tmp_path: Path) -> Path:
    """A project that has the page's alert and no other."""
    rule, cases = (block.text for block in blocks_of(ADD, "yaml"))
    (runbook,) = (block.text for block in blocks_of(ADD, "markdown"))
    files = {
        "prometheus/rules/alerts/guardrails.yml": rule,
        "prometheus/tests/GuardrailBlocksMany.yml": cases,
        "docs/runbooks/GuardrailBlocksMany.md": runbook,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    shutil.copytree(ROOT / "grafana/dashboards", tmp_path / "grafana/dashboards")
    return tmp_path


def test_the_added_alert_is_whole(added: Path) -> None:
    """Nothing that `make check` asks for is missing."""
    project = Project(root=added, receivers=lambda _labels: ["exporter", "medium"])

    assert problems(project, project.metric_alerts[0]) == []


def test_the_cases_of_the_added_alert_notice_every_error(
    added: Path, programs: dict[str, Path], tmp_path: Path
) -> None:
    """They hold for the rule as it is shown, and for no other."""
    trial = Trial(added / "prometheus", programs["promtool"], tmp_path / "trial")
    (rule,) = all_rules(added / "prometheus")
    shown = subprocess.run(
        [programs["promtool"], "test", "rules", added / "prometheus/tests/GuardrailBlocksMany.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert [verdict.mutant.after for verdict in trial.judge(mutants(rule)) if verdict.has_survived] == []


def test_the_tuned_limit_is_in_force_for_its_service_alone(tmp_path: Path) -> None:
    """The page's file; every other service keeps the default."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(blocks_of(TUNE, "yaml")[0].text)

    with run_exporter(config=file) as exporter:
        exporter.post_events({"type": "llm_call", "service": "another", "model": "gpt-4o-mini"})
        limits = {
            service: exporter.value("llm_alert_threshold", alert="LLMErrorRateHigh", service=service)
            for service in ("my-app", "another")
        }

    assert limits == {"my-app": 0.12, "another": 0.05}


@pytest.mark.parametrize("block", blocks_of(TUNE, "promql"), ids=lambda block: f"line {block.line}")
def test_the_queries_of_tuning_can_be_asked(block: object) -> None:
    """Prometheus could read each of them."""
    assert promql_parser.parse(getattr(block, "text", ""))


@pytest.fixture
def alertmanager(programs: dict[str, Path], tmp_path: Path) -> Iterator[Alertmanager]:
    """One with an alert of the page's service, and an alert of another."""
    with running_alertmanager(programs["alertmanager"], tmp_path, Setup()) as running:
        running.raise_alerts({"labels": MINE}, {"labels": ANOTHER})
        until(lambda: len(running.call("/api/v2/alerts")) == 2)
        yield running


def silenced(alertmanager: Alertmanager) -> set[str]:
    """The services whose alerts are silenced."""
    alerts = alertmanager.call("/api/v2/alerts")
    return {alert["labels"]["service"] for alert in alerts if alert["status"]["silencedBy"]}


def test_the_silence_of_the_page_begins_and_ends(alertmanager: Alertmanager, programs: dict[str, Path]) -> None:
    """Word by word, but for the address, the id, and the container around the program."""

    def amtool(line: str) -> str:
        words = shlex.split(line)[5:]
        reported = [word.replace("http://localhost:9093", alertmanager.url) for word in words]
        return subprocess.run(
            [programs["amtool"], *reported], capture_output=True, text=True, check=True
        ).stdout.strip()

    add, query, expire = (
        line
        for block in blocks_of(SILENCE, "console")
        for line in block.text.splitlines()
        if line.startswith("docker compose exec alertmanager amtool")
    )

    number = amtool(add)
    until(lambda: silenced(alertmanager) == {"my-app"})
    assert number in amtool(query)
    amtool(re.sub(r"\S+$", number, expire))

    until(lambda: not silenced(alertmanager))


def test_the_request_of_the_page_is_taken(alertmanager: Alertmanager) -> None:
    """A silence that begins later is there, and silences nothing yet."""
    (body,) = re.findall(r"silences -d '(.*?)'", blocks_of(SILENCE, "console")[-1].text, re.DOTALL)

    subprocess.run(
        ["curl", "--fail", "-H", "Content-Type: application/json", f"{alertmanager.url}/api/v2/silences", "-d", body],
        check=True,
        capture_output=True,
    )

    (silence,) = alertmanager.call("/api/v2/silences")
    assert silence["status"]["state"] == "pending"
    assert silenced(alertmanager) == set()
