"""A running stack: containers, retention, receivers, names of servers."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from watchkeeper.config.receiver_status import ReceiverStatus
from watchkeeper.config.settings import Settings
from watchkeeper.operator.doctor.containers import Container, check_containers, published, unready
from watchkeeper.operator.doctor.finding import Grade
from watchkeeper.operator.doctor.receivers import check_links, check_names, check_receivers, hosts_of
from watchkeeper.operator.doctor.retention import (
    check_loki,
    check_loki_runs,
    check_prometheus,
    look_at_retention,
)

PROJECT = Path(__file__).resolve().parents[4]
FILE = {"limits_config": {"retention_period": "744h"}}
COMPACTOR = {"retention_enabled": True, "delete_request_store": "filesystem"}


@pytest.mark.parametrize(
    ("state", "health", "exit_code", "is_well"),
    [
        ("running", "healthy", 0, True),
        ("running", "", 0, True),
        ("running", "starting", 0, False),
        ("running", "unhealthy", 0, False),
        ("exited", "", 0, False),
        ("exited", "", 137, False),
        ("restarting", "", 2, False),
    ],
    ids=["healthy", "without a check", "starting", "unhealthy", "stopped", "killed", "crashing"],
)
def test_containers(state: str, health: str, exit_code: int, is_well: bool) -> None:
    """What does not run healthily is not well, also when someone stopped it and it ended in order."""
    item = Container(service="loki", state=state, health=health, exit_code=exit_code, ports=frozenset())

    (found,) = check_containers([item], ["loki"])

    assert (found.grade is Grade.FINE) is is_well
    assert unready([item], ["loki"]) == ([] if is_well else [f"loki is {health or state}"])


@pytest.mark.parametrize(("exit_code", "is_well"), [(0, True), (1, False)])
def test_the_setup_service_runs_once(exit_code: int, is_well: bool) -> None:
    """It has ended when all is well."""
    item = Container(service="setup", state="exited", health="", exit_code=exit_code, ports=frozenset())

    (found,) = check_containers([item], [])

    assert (found.grade is Grade.FINE) is is_well


def test_a_service_without_a_container_is_missed() -> None:
    """Unless nothing runs at all, which is no fault."""
    item = Container(service="loki", state="running", health="healthy", exit_code=0, ports=frozenset())

    findings = list(check_containers([item], ["loki", "promtail"]))

    assert [found.grade for found in findings] == [Grade.FINE, Grade.WRONG]
    assert "promtail has no container" in findings[1].message
    assert unready([item], ["loki", "promtail"]) == ["promtail has no container"]
    assert list(check_containers([], ["loki"])) == []


def test_the_published_ports_are_those_of_the_profiles_that_are_on() -> None:
    """What a profile would publish is of no interest while it is off; .env moves a port."""
    plain = published(PROJECT, Settings(ports={}, environ={"LOKI_PORT": "13100"}))
    traced = published(PROJECT, Settings(ports={}, environ={"COMPOSE_PROFILES": "tracing,tls"}))

    assert plain["LOKI_PORT"] == 13100
    assert plain["GRAFANA_PORT"] == 3000
    assert traced.keys() - plain.keys() == {"TEMPO_PORT", "HTTP_PORT", "HTTPS_PORT"}


@pytest.mark.parametrize(
    ("reported", "grade"),
    [("30d or 20GiB", Grade.FINE), ("15d or 20GiB", Grade.WRONG), ("30d", Grade.WRONG)],
    ids=["as in the file", "the default's time", "no size"],
)
def test_retention_of_prometheus(reported: str, grade: Grade) -> None:
    """Both limits of the file, in Prometheus' own spelling."""
    assert check_prometheus({"time": "30d", "size": "20GB"}, reported).grade is grade


@pytest.mark.parametrize(
    ("running", "grade"),
    [
        ({"compactor": COMPACTOR, "limits_config": {"retention_period": "31d"}}, Grade.FINE),
        ({"compactor": COMPACTOR, "limits_config": {"retention_period": "0s"}}, Grade.WRONG),
        (
            {"compactor": {**COMPACTOR, "retention_enabled": False}, "limits_config": {"retention_period": "31d"}},
            Grade.WRONG,
        ),
    ],
    ids=["active", "another period", "nothing is deleted"],
)
def test_retention_of_loki(running: dict[str, Any], grade: Grade) -> None:
    """A period without the compactor's switch deletes nothing."""
    assert check_loki(FILE, running).grade is grade


@pytest.mark.parametrize(
    ("last", "now", "grade"),
    [(0, 2000, Grade.FINE), (0, 90_000, Grade.WARNING), (89_000, 90_000, Grade.FINE)],
    ids=["just started", "never since", "lately"],
)
def test_the_compactor_must_get_through(last: int, now: float, grade: Grade) -> None:
    """A switch that is on and does nothing is found too."""
    metrics = (
        f"loki_compactor_apply_retention_last_successful_run_timestamp_seconds {last}\n"
        "process_start_time_seconds 1000\n"
    )

    assert check_loki_runs(metrics, now).grade is grade


def test_a_stack_that_does_not_answer_is_not_called_healthy() -> None:
    """No answer is its own finding."""

    def refused(component: str, path: str) -> httpx.Response:
        raise httpx.ConnectError(f"{component}{path}")

    assert [item.grade for item in look_at_retention("", "", refused)] == [Grade.UNKNOWN]


def statuses(*rows: tuple[str, bool, str]) -> str:
    """What the setup service writes."""
    named = [{"receiver": name, "integration": "slack", "configured": on, "reason": why} for name, on, why in rows]
    return json.dumps(named)


@pytest.mark.parametrize(
    ("reported", "grades"),
    [
        ("", [Grade.UNKNOWN]),
        (statuses(("exporter", True, ""), ("high", False, "/s/slack_api_url: no such file")), [Grade.WARNING]),
        (statuses(("high", True, "")), [Grade.FINE]),
        (
            statuses(("high", False, "/s/slack_api_url: uid 65534 may not read it (make secrets)")),
            [Grade.WRONG, Grade.WARNING],
        ),
    ],
    ids=["not running", "nobody", "somebody", "a file that cannot be read"],
)
def test_receivers(reported: str, grades: list[Grade]) -> None:
    """The exporter is notified of everything and is no one; a file that is there was meant."""
    assert [item.grade for item in check_receivers(reported)] == grades


@pytest.mark.parametrize("receiver", ["inbox", "heartbeat"])
def test_what_calls_no_one_is_no_channel(receiver: str) -> None:
    """A page that someone must open, and a service that hears that all is well."""
    (found,) = check_receivers(statuses(("high", False, "/s/slack_api_url: no such file"), (receiver, True, "")))

    assert found.grade is Grade.WARNING
    assert found.message.startswith("no notification channel is configured")
    assert ("inbox" in found.message) is (receiver == "inbox")


def test_secrets_that_changed_since_the_start_are_findings() -> None:
    """One that can be used is waited for, one that no longer works is wrong; what is as it was is no news."""
    applied = statuses(("high", False, "/s/slack_api_url: no such file"), ("critical", True, ""), ("low", True, ""))
    now = (
        ReceiverStatus(receiver="high", integration="slack", configured=True),
        ReceiverStatus(receiver="critical", integration="slack", configured=False, reason="/s/k: the file is empty"),
    )

    found = {item.grade: item for item in check_receivers(applied, now)}

    assert found[Grade.WRONG].message == (
        "in use, and its secret no longer works: critical by slack: /s/k: the file is empty"
    )
    assert found[Grade.WARNING].message == "configured since the start, and not yet in use: high by slack"
    assert found[Grade.WARNING].fix == "Run make up."
    assert found[Grade.FINE].message == "configured: critical by slack, low by slack"


def test_links_that_lead_to_this_machine_are_a_warning_once_people_are_notified() -> None:
    """With the variables to set."""
    reached = dict.fromkeys(("WATCHKEEPER_URL", "GRAFANA_URL", "ALERTMANAGER_EXTERNAL_URL"), "https://w.example.com")
    notified = statuses(("high", True, ""))

    [found] = check_links(notified, {**reached, "GRAFANA_URL": ""}, has_grafana=True)

    assert found.grade is Grade.WARNING
    assert found.fix.startswith("Set GRAFANA_URL in .env")
    assert list(check_links(notified, reached, has_grafana=True)) == []
    assert list(check_links(statuses(("exporter", True, "")), {}, has_grafana=True)) == []
    assert list(check_links("", {}, has_grafana=True)) == []


def test_hosts_are_those_that_notifications_go_to() -> None:
    """Of URLs, of PagerDuty where there is a key, of the mail server; never the secret itself."""
    secrets = {"slack_api_url": "https://hooks.slack.com/services/T/B/x\n", "pagerduty_routing_key": "abc"}

    assert hosts_of(secrets, "mail.acme.test:587", {}) == ["events.pagerduty.com", "hooks.slack.com", "mail.acme.test"]
    assert hosts_of({}, "", {}) == []
    assert hosts_of({"heartbeat_url": "http://10.0.0.7:8080/ping"}, "", {}) == []


def test_an_account_in_the_eu_has_another_host() -> None:
    """What watchkeeper.yml names is asked for, where there is a key, and not the usual host."""
    eu = {"pagerduty": "https://events.eu.pagerduty.com/v2/enqueue", "opsgenie": "https://api.eu.opsgenie.com/"}

    assert hosts_of({"pagerduty_routing_key.search": "abc"}, "", eu) == ["events.eu.pagerduty.com"]
    assert hosts_of({"opsgenie_api_key": "abc"}, "", {}) == ["api.opsgenie.com"]


def test_a_name_that_is_not_found_is_reported() -> None:
    """Each lost one by itself; nothing to ask is nothing to report."""
    found = list(check_names(["hooks.slack.com", "mail.acme.test"], lambda host: host == "hooks.slack.com", "Fix it."))

    assert [(item.message.split()[0], item.fix) for item in found] == [("mail.acme.test", "Fix it.")]
    assert list(check_names([], lambda _: False, "Fix it.")) == []
