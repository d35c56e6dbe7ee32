"""No alert without cases, a runbook, a way to people and a dashboard: asked of the project, and of broken copies."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.config.conftest import Run
from tests.support.alert_gate import problems
from tests.support.project import Project, Rule
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
    """The project, with the routes as they are in Alertmanager's file."""

    def reported(labels: Mapping[str, str]) -> list[str]:
        pairs = [f"{name}={value}" for name, value in labels.items()]
        routed = run("amtool", "config", "routes", "test", "--config.file=alertmanager/alertmanager.yml", *pairs)
        assert routed.returncode == 0, routed.stderr
        return routed.stdout.strip().split(",")

    return replace(SHIPPED, receivers=reported)


@pytest.mark.parametrize(
    "alert",
    [
        pytest.param(alert, id=f"{name_of(alert)}-{alert['labels']['severity']}")
        for alert in [*SHIPPED.metric_alerts, *SHIPPED.log_alerts]
    ],
)
def test_every_alert_is_whole(alert: Rule, project: Project) -> None:
    """Nothing is missing from any of them."""
    missing = problems(project, alert)

    assert not missing, "\n".join(missing)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that alerts are made of, so that a test may break one."""
    for part in PARTS:
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / part, tmp_path / part)
    return tmp_path


def reported(copy: Path) -> list[str]:
    """What the alert of the copy lacks."""
    project = Project(root=copy, receivers=no_receivers)
    return problems(project, alert_of(project))


def alert_of(project: Project) -> Rule:
    """The alert whose parts are broken below."""
    return next(rule for rule in project.metric_alerts if name_of(rule) == "HostDiskNearlyFull")


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        pytest.param(
            "prometheus/tests/HostDiskNearlyFull.yml",
            "",
            None,
            "prometheus/tests/HostDiskNearlyFull.yml is missing: every alert has cases",
            id="no cases",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "labels: {severity: high",
            "labels: {severity: low",
            "prometheus/tests/HostDiskNearlyFull.yml: a case must see HostDiskNearlyFull fire with severity low",
            id="no case at its severity",
        ),
        pytest.param(
            "prometheus/tests/HostDiskNearlyFull.yml",
            "exp_alerts: []",
            "exp_alerts: [{exp_labels: {severity: high}, exp_annotations: {}}]",
            "prometheus/tests/HostDiskNearlyFull.yml: a case must see HostDiskNearlyFull quiet",
            id="never quiet",
        ),
        pytest.param(
            "prometheus/tests/HostDiskNearlyFull.yml",
            "summary:",
            "sumary:",
            "HostDiskNearlyFull.yml: each case that sees HostDiskNearlyFull fire must expect summary, ",
            id="a text that no case expects",
        ),
        pytest.param(
            "docs/runbooks/HostDiskNearlyFull.md",
            "",
            None,
            "docs/runbooks/HostDiskNearlyFull.md is missing: every alert has a runbook",
            id="no runbook",
        ),
        pytest.param(
            "docs/runbooks/HostDiskNearlyFull.md",
            "## Impact",
            "## Effect",
            "docs/runbooks/HostDiskNearlyFull.md: must have the sections Meaning, Impact, ",
            id="another section",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/runbooks/HostDiskNearlyFull",
            "/runbooks/HostDisk",
            "prometheus/rules/alerts/hosts.yml: runbook_url of HostDiskNearlyFull must be ",
            id="a link to another runbook",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/hosts",
            "hosts.yml: dashboard_url of HostDiskNearlyFull must name one of llm-slos, services, got hosts",
            id="a dashboard that is not there",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/llm-slos",
            "grafana/src: a panel of llm-slos must show what HostDiskNearlyFull is about",
            id="a dashboard about something else",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "/d/services",
            "/d/services?var-host=a",
            "hosts.yml: dashboard_url of HostDiskNearlyFull must set variables of services, got host",
            id="a variable that the dashboard does not have",
        ),
        pytest.param(
            "prometheus/rules/alerts/hosts.yml",
            "dashboard_url",
            "dashboard",
            "dashboard_url of HostDiskNearlyFull must name one of llm-slos, services, got none",
            id="no link to a dashboard",
        ),
    ],
)
def test_what_is_missing_from_an_alert_is_reported(
    copy: Path, file: str, old: str, new: str | None, problem: str
) -> None:
    """In the copy one file is broken, or gone; before that nothing was missing."""
    path = copy / file
    assert reported(copy) == []

    if new is None:
        path.unlink()
    else:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    assert any(problem in sentence for sentence in reported(copy))


def test_a_severity_that_no_route_knows_is_reported(copy: Path) -> None:
    """It would end at the route for foreign alerts."""
    path = copy / "prometheus/rules/alerts/hosts.yml"
    path.write_text(path.read_text().replace("labels: {severity: high", "labels: {severity: urgent"))

    expected = "hosts.yml: severity of HostDiskNearlyFull must be critical, high, medium, low, none, got urgent"
    assert any(expected in sentence for sentence in reported(copy))


def test_an_alert_that_is_never_seen_to_end_is_reported(copy: Path) -> None:
    """Quiet before it fires is not enough."""
    path = copy / "prometheus/tests/HostDiskNearlyFull.yml"
    path.write_text(path.read_text().replace("eval_time: 40m", "eval_time: 1m"))

    assert any(
        "prometheus/tests/HostDiskNearlyFull.yml: a case must see HostDiskNearlyFull end" in sentence
        for sentence in reported(copy)
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param(
            ["exporter"],
            "alertmanager.yml: a route must lead HostDiskNearlyFull with severity high to high, got no one",
            id="no one is notified of it",
        ),
        pytest.param(["exporter", "digest"], "severity high to high, got digest", id="someone else does"),
        pytest.param(
            ["high", "exporter"],
            "alertmanager/alertmanager.yml: a route must lead HostDiskNearlyFull with severity high to exporter",
            id="it is not recorded",
        ),
    ],
)
def test_an_alert_that_reaches_no_one_is_notified(given: list[str], problem: str) -> None:
    """Whatever its rule says, the routes decide who hears."""
    project = Project(root=ROOT, receivers=lambda _labels: given)

    assert any(problem in sentence for sentence in problems(project, alert_of(project)))
