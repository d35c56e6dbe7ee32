"""From Alertmanager to the services of people: once each, again when they fail, past them when they stay away."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.alertmanager import Alertmanager, Setup, running_alertmanager, until
from tests.support.more_outside import API_KEY, BOT_TOKEN, CHAT_ID, SERVICES, TOPIC, addresses_of, secrets_of
from tests.support.outside import MAIL_PASSWORD, MAIL_USER, ROUTING_KEY, Answer, Outside, Request
from tests.support.programs import obtain_programs

from watchkeeper.config import ConfigFile

# Five minutes, after which a group is reported again, are two seconds.
TIME_SCALE = 150.0

# What the Slack channel and the PagerDuty service of a team answer before they take what they are asked to.
FAULTS = {
    "broken": [Answer(status=500, text="server_error"), Answer(status=503, text="service_unavailable")],
    "busy": [Answer(status=429, text="rate_limited", headers={"Retry-After": "1"})],
    "hanging": [Answer(status=200, text="ok", after_seconds=3)],
}
PATHS = {"telegram": f"/telegram/bot{BOT_TOKEN}/sendMessage", "opsgenie": "/opsgenie/v2/alerts"}
KEYS = {team: f"{number}" * 32 for number, team in enumerate(FAULTS, start=1)}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A running Alertmanager and what lies outside of it."""

    alertmanager: Alertmanager
    outside: Outside


def settings_of_watchkeeper_yml(outside: Outside) -> ConfigFile:
    """Return teams with channels of their own, mail, and quiet hours that hold now for medium alerts."""
    now = datetime.now(UTC)
    quiet = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(hours=1):%H:%M}"}
    email = {"smarthost": outside.smarthost, "from": "watchkeeper@x.y", "to": "oncall@x.y"}
    return ConfigFile.model_validate(
        {
            "teams": [
                {"name": team, "services": [team], "notify": {"slack": f"slack.{team}", "pagerduty": f"pager.{team}"}}
                for team in FAULTS
            ],
            "notify": {
                "email": {**email, "username": MAIL_USER, "require_tls": False, "severities": ["critical", "high"]},
                "sns": {"topic_arn": TOPIC},
                "quiet_hours": {**quiet, "severities": ["medium"]},
            },
        }
    )


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    """An Alertmanager whose secrets end with a line break, as editors write them."""
    with ExitStack() as exits:
        outside = exits.enter_context(Outside())
        shared = {
            "slack_api_url": f"{outside.url}/slack\n",
            "pagerduty_routing_key": f"{ROUTING_KEY}\n",
            "smtp_password": f"{MAIL_PASSWORD}\n",
            "heartbeat_url": f"{outside.url}/heartbeat\n",
            **secrets_of(outside.url),
        }
        own = {f"slack.{team}": f"{outside.url}/slack/{team}\n" for team in FAULTS}
        setup = Setup(
            secrets={**shared, **own, **{f"pager.{team}": f"{key}\n" for team, key in KEYS.items()}},
            addresses={
                "https://events.pagerduty.com/v2/enqueue": f"{outside.url}/pagerduty",
                "exporter:4318": outside.url.removeprefix("http://"),
                **addresses_of(outside.url),
            },
            environ={"AWS_ENDPOINT_URL_SNS": outside.url},
            settings=settings_of_watchkeeper_yml(outside),
            time_scale=TIME_SCALE,
            timeout="1s",
        )
        program = obtain_programs(Path(__file__).parents[2])["alertmanager"]
        folder = tmp_path_factory.mktemp("delivery")
        yield Delivery(alertmanager=exits.enter_context(running_alertmanager(program, folder, setup)), outside=outside)


def alerts(name: str, severity: str, count: int = 1, **labels: str) -> list[dict[str, Any]]:
    """Return alerts of one group."""
    labels = {"alertname": name, "severity": severity, "service": "search-api", **labels}
    annotations = {"summary": "A summary.", "description": "A description."}
    return [{"labels": {**labels, "tool": f"tool-{at}"}, "annotations": annotations} for at in range(count)]


def over(group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same alerts, at their end."""
    return [{**alert, "endsAt": datetime.now(UTC).isoformat()} for alert in group]


def about(bodies: list[Any], name: str) -> list[Any]:
    """Return those that report an alert."""
    return [body for body in bodies if name in str(body)]


def test_each_channel_is_notified_once_of_a_group_and_once_of_its_end(delivery: Delivery) -> None:
    """Three alerts are one message by every way, and so is their end, for the same incident."""
    group, outside = alerts("Grouped", "critical", 3), delivery.outside
    mails, slack, pager, exporter = (
        lambda: [mail for mail in outside.mails if "Grouped" in mail["Subject"]],
        lambda: about(outside.taken("/slack"), "Grouped"),
        lambda: about(outside.taken(f"/pagerduty/{ROUTING_KEY}"), "Grouped"),
        lambda: about(outside.taken("/v1/alerts"), "Grouped"),
    )

    delivery.alertmanager.raise_alerts(*group)
    until(lambda: all(settings() for settings in (mails, slack, pager, exporter)))
    delivery.alertmanager.raise_alerts(*over(group))
    until(lambda: all(len(settings()) > 1 for settings in (mails, slack, pager, exporter)))

    assert [mail["Subject"].partition("]")[0] for mail in mails()] == ["[CRITICAL", "[RESOLVED"]
    assert [body["attachments"][0]["color"] for body in slack()] == ["danger", "good"]
    assert [body["event_action"] for body in pager()] == ["trigger", "resolve"]
    assert len({body["dedup_key"] for body in pager()}) == 1
    assert [(body["status"], len(body["alerts"])) for body in exporter()] == [("firing", 3), ("resolved", 3)]


@pytest.mark.parametrize("service", SERVICES)
def test_each_other_service_is_notified_once_of_a_group_and_once_of_its_end(service: str, delivery: Delivery) -> None:
    """By its own secret; who answers with an error is asked again until it takes the message."""
    group, name = alerts(f"For_{service}", "critical", 3), f"For_{service}"
    first = PATHS.get(service, f"/{service}")
    delivery.outside.answers[first].append(Answer(status=503, text='{"ok": false, "error_code": 503}'))

    def taken() -> list[Request]:
        # An end that names no alert is told by the alias of its beginning.
        requests = [one for one in delivery.outside.requests if one.path.startswith(first) and one.status < 300]
        begun = [one for one in requests if name in str(one.body)]
        aliases = [one.body["alias"] for one in begun if "alias" in one.body]
        return begun + [one for one in requests if any(f"/{alias}/close" in one.path for alias in aliases)]

    delivery.alertmanager.raise_alerts(*group)
    until(taken)
    delivery.alertmanager.raise_alerts(*over(group))
    until(lambda: len(taken()) > 1)

    assert len(taken()) == 2
    assert 503 in [one.status for one in delivery.outside.tried(first)]
    assert {
        "telegram": CHAT_ID in str(taken()[0].body),
        "opsgenie": taken()[0].key == f"GenieKey {API_KEY}",
        "sns": "/eu-central-1/sns/" in taken()[0].key,
    }.get(service, True)


@pytest.mark.parametrize("team", FAULTS)
def test_who_fails_is_asked_again_until_it_takes_the_message(team: str, delivery: Delivery) -> None:
    """Slack and PagerDuty take it once, after as many tries as they failed.

    Alertmanager asks again within a second, but a Slack that is too busy (429) with the group's next turn.
    """
    slack, pager = f"/slack/{team}", f"/pagerduty/{KEYS[team]}"
    for path in (slack, pager):
        delivery.outside.answers[path].extend(FAULTS[team])

    delivery.alertmanager.raise_alerts(*alerts("Harmed", "critical", team=team, service=team))

    for path in (slack, pager):
        until(lambda path=path: len(delivery.outside.tried(path)) > len(FAULTS[team]))
        tried = delivery.outside.tried(path)
        assert len(tried) == len(FAULTS[team]) + 1
        assert tried[-1].status < 300


def test_the_heartbeat_goes_on(delivery: Delivery) -> None:
    """The watchdog is sent again and again, and its end never."""
    delivery.alertmanager.raise_alerts(*alerts("Watchdog", "none"))

    pings = until(lambda: len(delivery.outside.taken("/heartbeat")) > 2 and delivery.outside.taken("/heartbeat"))

    assert {ping["status"] for ping in pings} == {"firing"}


def test_what_slack_cannot_take_is_reported_by_all_other_ways(delivery: Delivery) -> None:
    """PagerDuty and mail hear that Slack fails; Slack is not asked."""
    outside, name = delivery.outside, "AlertmanagerNotificationsFailing"

    delivery.alertmanager.raise_alerts(*alerts(name, "high", integration="slack"))

    (event,) = until(lambda: about(outside.taken(f"/pagerduty/{ROUTING_KEY}"), name))
    until(lambda: [mail for mail in outside.mails if name in mail["Subject"]])
    assert event["payload"]["severity"] == "error"
    assert not about(outside.taken("/slack"), name)


def test_what_can_wait_waits_for_the_end_of_quiet_hours(delivery: Delivery) -> None:
    """They are kept back, not lost; high ones and tests are not."""
    test = alerts("WatchkeeperTestAlert", "medium")
    delivery.alertmanager.raise_alerts(*alerts("Quiet", "medium"), *alerts("Loud", "high"), *test)

    muted = {"reason": "mute_time_interval"}
    until(lambda: delivery.alertmanager.metric("alertmanager_notifications_suppressed_total", **muted))
    until(lambda: about(delivery.outside.taken("/slack"), "Loud"))
    until(lambda: about(delivery.outside.taken("/slack"), "WatchkeeperTestAlert"))
    assert not about(delivery.outside.taken("/slack"), "Quiet")


def test_drills_reach_no_one_but_the_exporter(delivery: Delivery) -> None:
    """The exporter records that the alert came all the way."""
    delivery.alertmanager.raise_alerts(*alerts("Drilled", "critical", drill="true"))

    until(lambda: about(delivery.outside.taken("/v1/alerts"), "Drilled"))
    assert {one.path for one in delivery.outside.requests if "Drilled" in str(one.body)} == {"/v1/alerts"}
