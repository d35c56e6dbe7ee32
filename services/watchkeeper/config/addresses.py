"""Where accounts of PagerDuty and Opsgenie are, as watchkeeper.yml says, put into Alertmanager's tree. Pure."""

from collections.abc import Mapping
from typing import Any

from watchkeeper.config.notify import Notify

Tree = dict[str, Any]


def addresses_of(notify: Notify) -> dict[str, str]:
    """The addresses that are not the usual ones, by the name of the integration."""
    named = {"pagerduty": notify.pagerduty_url, "opsgenie": notify.opsgenie_url}
    return {integration: url for integration, url in named.items() if url}


def with_addresses(config: Mapping[str, Any], notify: Notify) -> Tree:
    """Put them in the place of those that alertmanager.yml has."""
    keys = {"pagerduty": "pagerduty_url", "opsgenie": "opsgenie_api_url"}
    own = {keys[integration]: url for integration, url in addresses_of(notify).items()}
    return {**config, "global": {**(config.get("global") or {}), **own}} if own else dict(config)
