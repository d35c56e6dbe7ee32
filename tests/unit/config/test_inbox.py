"""Receivers of people deliver to the exporter's inbox where no one else is reached, or where it is asked for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watchkeeper.config.inbox import is_wanted, with_inbox
from watchkeeper.config.receiver_status import ReceiverStatus, has_active_receiver, has_inbox
from watchkeeper.config.receivers import prune

SHIPPED = yaml.safe_load(Path(__file__).parents[3].joinpath("alertmanager/alertmanager.yml").read_text())
SECRETS = {
    "/run/secrets/watchkeeper/slack_api_url": "no such file",
    "/run/secrets/watchkeeper/pagerduty_routing_key": "no such file",
}


def status(receiver: str, *, configured: bool) -> ReceiverStatus:
    """The state of one integration."""
    return ReceiverStatus(receiver=receiver, integration="slack", configured=configured)


def receiver(config: dict[str, Any], name: str) -> dict[str, Any]:
    """Return one receiver of a configuration."""
    return next(found for found in config["receivers"] if found["name"] == name)


@pytest.mark.parametrize(
    ("asked", "is_reached", "expected"),
    [("", False, True), ("", True, False), ("1", True, True), ("0", False, False), ("no", True, False)],
    ids=["no channel", "a channel", "asked for", "refused", "another word"],
)
def test_there_is_an_inbox_where_no_one_is_reached_or_it_is_asked_for(
    asked: str, is_reached: bool, expected: bool
) -> None:
    """Nobody starts with alerts that go nowhere."""
    statuses = [status("exporter", configured=True), status("high", configured=is_reached)]

    assert is_wanted(asked, statuses) is expected


def test_it_gets_what_slack_and_pagerduty_would_get() -> None:
    """The same templates, to the exporter that takes the alerts, without a secret."""
    config, [added] = with_inbox(prune(SHIPPED, SECRETS).config, SHIPPED)

    [slack] = receiver(config, "critical")["slack_configs"]
    [pagerduty] = receiver(config, "critical")["pagerduty_configs"]
    shipped = receiver(SHIPPED, "critical")
    assert slack["api_url"] == "http://exporter:4318/v1/inbox/slack"
    assert (slack["title"], slack["text"]) == tuple(shipped["slack_configs"][0][name] for name in ("title", "text"))
    assert pagerduty["url"] == "http://exporter:4318/v1/inbox/pagerduty"
    assert pagerduty["details"] == shipped["pagerduty_configs"][0]["details"]
    assert not [name for name in (*slack, *pagerduty) if name.endswith("_file")]
    assert has_inbox([added])
    assert not has_active_receiver([added])


def test_it_stands_beside_a_channel_that_works() -> None:
    """Who has Slack and asks for the inbox gets both."""
    config, _ = with_inbox(prune(SHIPPED, {}).config, SHIPPED)

    assert [
        len(receiver(config, "high")["slack_configs"]),
        "api_url_file" in receiver(config, "high")["slack_configs"][0],
    ] == [2, True]


def test_drills_the_heartbeat_and_mail_do_not_go_there() -> None:
    """Only what people get by Slack and PagerDuty."""
    config, _ = with_inbox(prune(SHIPPED, SECRETS).config, SHIPPED)
    pruned = prune(SHIPPED, SECRETS).config

    for name in ("exporter", "heartbeat", "null", "digest"):
        assert receiver(config, name) == receiver(pruned, name)


def test_a_file_that_does_not_deliver_to_the_exporter_has_none() -> None:
    """There is no address to send to."""
    own = {"receivers": [{"name": "high", "slack_configs": [{"api_url_file": "x"}]}]}

    assert with_inbox(own, own) == (own, ())
