"""No alert without cases, a runbook, a way to people and a dashboard: asked of the project, and of broken copies."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.config.conftest import Run
from tests.support.alert_gate import Project, Rule, problems
from tests.support.rule_cases import name_of

ROOT = Path(__file__).parents[2]
# All that the alert below is made of.
PARTS = (
    "prometheus/rules/alerts/hosts.yml",
    "prometheus/rules/recording/hosts.yml",
    "prometheus/tests/HostDiskNearlyFull.yml",
    "docs/runbooks/HostDiskNearlyFull.md",
    "grafana/dashboards/Services/services.json",
    "grafana/dashboards/LLM/llm-slos.json",
)


def no_receivers(_labels: Mapping[str, str]) -> list[str]:
    """For what has nothing to do with routes."""
    return ["exporter", "high"]


SHIPPED = Project(root=ROOT, receivers=no_receivers)


@pytest.fixture(scope="session")
def project(run: Run) -> Project:
    """The project, with the routes as they stand in Alertmanager's file."""

    def told(labels: Mapping[str, str]) -> list[str]:
        pairs = [f"{name}={value}" for name, value in labels.items()]
        routed = run("amtool", "config", "routes", "test", "--config.file=alertmanager/alertmanager.yml", *pairs)
        assert routed.returncode == 0, routed.stderr
        return routed.stdout.strip().split(",")

    return replace(SHIPPED, receivers=told)


@pytest.mark.parametrize(
    "alert",
    [
        pytest.param(alert, id=f"{name_of(alert)}-{alert['labels']['severity']}")
        for alert in [*SHIPPED.metric_alerts, *SHIPPED.log_alerts]
    ],
)
def test_every_alert_is_whole(alert: Rule, project: Project) -> None:
    """Nothing is missing from any of them."""
    assert problems(project, alert) == []


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that alerts are made of, so that a test may break one."""
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / part, tmp_path / part)
    return tmp_path


def told(copy: Path) -> list[str]:
    """What the alert of the copy lacks."""
    project = Project(root=copy, receivers=no_receivers)
    return problems(project, alert_of(project))


def alert_of(project: Project) -> Rule:
    """The alert whose parts are broken below."""
    return next(rule for rule in project.metric_alerts if name_of(rule) == "HostDiskNearlyFull")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param("prometheus/tests/HostDiskNearlyFull.yml", "", None, "no case sees it fire", id="no cases"),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "labels: {severity: high",
            "labels: {severity: low",
            "no case sees it fire",
            id="no case at its severity",
        ),
        pytest.param(
            "prometheus/tests/HostDiskNearlyFull.yml",
            "exp_alerts: []",
            "exp_alerts: [{exp_labels: {severity: high}, exp_annotations: {}}]",
            "no case sees it quiet",
            id="never quiet",
        ),
        pytest.param(
            "prometheus/tests/HostDiskNearlyFull.yml",
            "summary:",
            "sumary:",
            "a case does not expect all of its annotations",
            id="a text that no case expects",
        ),
        pytest.param("docs/runbooks/HostDiskNearlyFull.md", "", None, "it has no runbook", id="no runbook"),
        pytest.param(
            "docs/runbooks/HostDiskNearlyFull.md",
            "## Impact",
            "## Effect",
            "its runbook must have",
            id="another section",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/runbooks/HostDiskNearlyFull",
            "/runbooks/HostDisk",
            "it does not link to its runbook",
            id="a link to another runbook",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/hosts",
            "it must link to a dashboard, got 'hosts'",
            id="a dashboard that is not there",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/llm-slos",
            "no panel of dashboard llm-slos shows what it is about",
            id="a dashboard about something else",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/services?var-host=a",
            "dashboard services has no variable host",
            id="a variable that the dashboard does not have",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "dashboard_url",
            "dashboard",
            "it must link to a dashboard, got 'none'",
            id="no link to a dashboard",
        ),
    ],
)
def test_what_is_missing_from_an_alert_is_told(copy: Path, file: str, old: str, new: str | None, problem: str) -> None:
    """In the copy one file is broken, or gone; before that nothing was missing."""
    path = copy / file
    assert told(copy) == []

    if new is None:
        path.unlink()
    else:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    assert any(problem in sentence for sentence in told(copy))


def test_an_alert_that_is_never_seen_to_end_is_told(copy: Path) -> None:
    """Quiet before it fires is not enough."""
    path = copy / "prometheus/tests/HostDiskNearlyFull.yml"
    path.write_text(path.read_text().replace("eval_time: 40m", "eval_time: 1m"))

    assert any("no case sees it end" in sentence for sentence in told(copy))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(["exporter"], "its severity must reach high, got []", id="nobody hears of it"),
        pytest.param(["exporter", "digest"], "its severity must reach high, got ['digest']", id="somebody else does"),
        pytest.param(["high", "exporter"], "the exporter does not record it", id="it is not recorded"),
    ],
)
def test_an_alert_that_reaches_nobody_is_told(given: list[str], problem: str) -> None:
    """Whatever its rule says, the routes decide who hears."""
    project = Project(root=ROOT, receivers=lambda _labels: given)

    assert any(problem in sentence for sentence in problems(project, alert_of(project)))
