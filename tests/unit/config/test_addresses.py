"""Addresses of accounts in the EU, on plain trees."""

import pytest

from watchkeeper.config.addresses import with_addresses
from watchkeeper.config.notify import Notify

EU = "https://events.eu.pagerduty.com/v2/enqueue"
JSM = "https://api.atlassian.com/jsm/ops/integration"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, {"pagerduty_url": "us", "opsgenie_api_url": "us", "resolve_timeout": "5m"}),
        ({"pagerduty_url": EU}, {"pagerduty_url": EU, "opsgenie_api_url": "us", "resolve_timeout": "5m"}),
        ({"opsgenie_url": JSM}, {"pagerduty_url": "us", "opsgenie_api_url": JSM, "resolve_timeout": "5m"}),
    ],
    ids=["as shipped", "PagerDuty in the EU", "Jira Service Management"],
)
def test_what_is_named_takes_the_place_of_what_is_shipped(named: dict[str, str], expected: dict[str, str]) -> None:
    """Nothing else of the tree changes."""
    config = {"global": {"pagerduty_url": "us", "opsgenie_api_url": "us", "resolve_timeout": "5m"}, "receivers": []}

    assert with_addresses(config, Notify.model_validate(named)) == {"global": expected, "receivers": []}


def test_a_file_without_a_global_part_gets_one() -> None:
    """What it leaves out is Alertmanager's default."""
    assert with_addresses({}, Notify(pagerduty_url=EU)) == {"global": {"pagerduty_url": EU}}
