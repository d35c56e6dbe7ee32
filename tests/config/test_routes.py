"""Who is notified of what: every severity and team, every special alert and every rule, by Alertmanager's own tool."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import Run
from tests.support.alertmanager import Setup, write_setup

from watchkeeper.config import ConfigFile
from watchkeeper.config.integrations import INTEGRATIONS

ROOT = Path(__file__).parents[2]
ALWAYS = "exporter"

# Team search has a Slack channel and a PagerDuty service of its own, chat has only a mail address.
SETTINGS = ConfigFile.model_validate(
    {
        "teams": [
            {"name": "search", "services": ["s"], "notify": {"slack": "slack.search", "pagerduty": "pager.search"}},
            {"name": "chat", "services": ["c"], "notify": {"email": "chat@x.y"}},
            {"name": "no channels", "services": ["n"]},
        ],
        "notify": {
            "email": {"smarthost": "mail.x.y:25", "from": "a@x.y", "to": "b@x.y", "severities": ["critical", "low"]}
        },
    }
)
TEAMS = {
    "no team": "",
    "unassigned": "unassigned",
    "search": "search",
    "chat": "chat",
    "no channels": "no channels",
}

# Beside the exporter, which is notified of everything.
BY_SEVERITY_AND_TEAM = """
severity   no team       unassigned    search               chat              no channels
critical   critical      critical      critical-search      critical-chat     critical
high       high          high          high-search          high              high
medium     medium        medium        medium-search        medium            medium
low        low,digest    low,digest    low-search,digest    low,digest-chat   low,digest
none       null          null          null                 null              null
warning    medium        medium        medium-search        medium            medium
-          medium        medium        medium-search        medium            medium
"""

BY_ALERT = """
alert                             labels                               receivers
Watchdog                          severity=none                        exporter,heartbeat
LokiWatchdog                      severity=none                        exporter,null
AllTargetsDown                    severity=none,service=a              exporter,null
LLMErrorRateHigh                  severity=critical,drill=true         exporter
Watchdog                          severity=none,drill=true             exporter
LLMErrorRateHigh                  severity=critical,escalated_alert=x  exporter,critical
WatchkeeperTestAlert              severity=critical                    exporter,critical
WatchkeeperTestAlert              severity=high,team=search            exporter,high-search
WatchkeeperTestAlert              severity=low,team=search             exporter,low-search,digest
"""

Routed = Callable[[dict[str, str]], str]


def rows(table: str) -> list[list[str]]:
    """Return the cells of a table below its heading; columns are two spaces apart."""
    return [[cell.strip() for cell in line.split("  ") if cell] for line in table.strip().splitlines()[1:]]


@pytest.fixture(scope="module")
def routed(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Routed:
    """Say who is notified of an alert with these labels."""
    file = write_setup(tmp_path_factory.mktemp("routes"), Setup(settings=SETTINGS))

    def ask(labels: dict[str, str]) -> str:
        given = [f'{label}="{value}"' for label, value in labels.items() if value]
        asked = run("amtool", "config", "routes", "test", f"--config.file={file}", *given)
        assert asked.returncode == 0, asked.stdout + asked.stderr
        return asked.stdout.strip()

    return ask


@pytest.mark.parametrize("row", rows(BY_SEVERITY_AND_TEAM), ids=lambda row: row[0])
def test_severity_and_team_say_who_is_notified(row: list[str], routed: Routed) -> None:
    """No one twice, no one not at all; a team has its own receivers where it has channels of its own."""
    severity, *receivers = row

    settings = [
        routed({"alertname": "A", "severity": severity.removeprefix("-"), "team": team}) for team in TEAMS.values()
    ]

    assert settings == [f"{ALWAYS},{each}" for each in receivers]


@pytest.mark.parametrize("failing", [integration.name for integration in INTEGRATIONS])
def test_what_fails_is_reported_by_all_other_ways(failing: str, routed: Routed) -> None:
    """One receiver for each kind that there is."""
    others = [f"only-{integration.name}" for integration in INTEGRATIONS if integration.name != failing]

    receivers = routed({"alertname": "AlertmanagerNotificationsFailing", "severity": "high", "integration": failing})

    assert receivers.split(",") == [ALWAYS, *others]


@pytest.mark.parametrize("row", rows(BY_ALERT), ids=" ".join)
def test_special_alerts_go_their_own_way(row: list[str], routed: Routed) -> None:
    """Watchdogs to the heartbeat, failures past what fails, drills to no one."""
    name, labels, receivers = row

    assert routed({"alertname": name} | dict(pair.split("=") for pair in labels.split(","))) == receivers


def alerts() -> list[dict[str, Any]]:
    """Return every alert of Prometheus and Loki."""
    files = [*(ROOT / "prometheus/rules/alerts").glob("*.yml"), *(ROOT / "loki/rules").rglob("*.yml")]
    groups = [group for file in files for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_every_alert_that_there_is_goes_where_its_severity_says(rule: dict[str, Any], routed: Routed) -> None:
    """None falls through to the route for foreign alerts; what goes elsewhere is in the table above."""
    by_severity = {severity: f"{ALWAYS},{no_team}" for severity, no_team, *_ in rows(BY_SEVERITY_AND_TEAM)[:5]}
    special = {name: receivers for name, labels, receivers in rows(BY_ALERT) if "drill" not in labels}
    name, labels = rule["alert"], {key: str(value) for key, value in rule["labels"].items()}

    settings = routed({"alertname": name} | labels)

    if name == "AlertmanagerNotificationsFailing":
        assert settings.split(",") == [ALWAYS, *(f"only-{integration.name}" for integration in INTEGRATIONS)]
    elif name in ("Watchdog", "LokiWatchdog"):
        assert settings == special[name]
    else:
        assert settings == by_severity.get(labels["severity"]), (
            f"BY_SEVERITY_AND_TEAM of tests/config/test_routes.py must say who is notified of {name}, "
            f"severity {labels['severity']}: alertmanager/alertmanager.yml leads it to {settings}"
        )
