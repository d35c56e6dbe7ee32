"""Pruning of Alertmanager integrations, on plain trees."""

from typing import Any

import pytest

from watchkeeper.config.receivers import prune, secret_files

SLACK = "/run/secrets/watchkeeper/slack_api_url"
PAGER = "/run/secrets/watchkeeper/pagerduty_routing_key"
TOKEN = "/run/secrets/watchkeeper/webhook_token"


def alertmanager(*receivers: dict[str, Any], **shared: Any) -> dict[str, Any]:
    """Return a whole configuration; `shared` is its global part."""
    return {"global": shared, "route": {"receiver": "people"}, "receivers": list(receivers)}


def people() -> dict[str, Any]:
    """Return a receiver with two integrations, each with a secret."""
    return {
        "name": "people",
        "slack_configs": [{"api_url_file": SLACK, "title": "x"}],
        "pagerduty_configs": [{"routing_key_file": PAGER}],
    }


def test_integrations_whose_secrets_are_fine_stay_as_they_are() -> None:
    """Nothing changes when every secret can be used."""
    config = alertmanager(people(), {"name": "null"})

    pruned = prune(config, {})

    assert pruned.config == config
    assert [status.configured for status in pruned.statuses] == [True, True]


def test_an_integration_without_its_secret_goes_and_says_why() -> None:
    """Only the integration whose file has a problem is left out, with the file and the problem as reason."""
    pruned = prune(alertmanager(people()), {SLACK: "no such file"})

    assert pruned.config["receivers"] == [{"name": "people", "pagerduty_configs": [{"routing_key_file": PAGER}]}]
    slack, pager = pruned.statuses
    assert (slack.receiver, slack.integration, slack.configured) == ("people", "slack", False)
    assert slack.reason == "secrets/slack_api_url: no such file"
    assert (pager.integration, pager.configured, pager.reason) == ("pagerduty", True, "")


TELEGRAM = {"bot_token_file": "/s/telegram_bot_token", "chat_id_file": "/s/telegram_chat_id"}


@pytest.mark.parametrize(
    ("entry", "problems", "configured"),
    [
        pytest.param(TELEGRAM, dict.fromkeys(TELEGRAM.values(), "no such file"), [], id="no file is there"),
        pytest.param(TELEGRAM, {TELEGRAM["chat_id_file"]: "no such file"}, [False], id="one of two is there"),
        pytest.param(TELEGRAM, dict.fromkeys(TELEGRAM.values(), "the file is empty"), [False], id="both are empty"),
        pytest.param(TELEGRAM, {}, [True], id="both are there"),
        pytest.param(
            {**TELEGRAM, "chat_id_file": "/s/telegram_chat_id.search"},
            {"/s/telegram_chat_id.search": "no such file", "/s/telegram_bot_token": "no such file"},
            [False],
            id="a team asked for its own",
        ),
    ],
)
def test_an_optional_integration_is_mentioned_when_someone_meant_to_use_it(
    entry: dict[str, Any], problems: dict[str, str], configured: list[bool]
) -> None:
    """Without any of its files it is left out without a word."""
    pruned = prune(alertmanager({"name": "low", "telegram_configs": [entry]}), problems)

    assert [status.configured for status in pruned.statuses] == configured
    assert ("telegram_configs" in pruned.config["receivers"][0]) is (configured == [True])


def test_receivers_and_routes_stay_when_every_integration_goes() -> None:
    """Routing never depends on which secrets exist."""
    pruned = prune(alertmanager(people()), {SLACK: "the file is empty", PAGER: "no such file"})

    assert pruned.config["receivers"] == [{"name": "people"}]
    assert pruned.config["route"] == {"receiver": "people"}


def test_two_integrations_of_one_kind_are_evaluated_one_by_one() -> None:
    """A missing secret takes its own integration, not its neighbour."""
    receiver = {"name": "two", "webhook_configs": [{"url_file": TOKEN}, {"url": "http://exporter:4318/v1/alerts"}]}

    pruned = prune(alertmanager(receiver), {TOKEN: "no such file"})

    assert pruned.config["receivers"][0]["webhook_configs"] == [{"url": "http://exporter:4318/v1/alerts"}]
    assert [status.configured for status in pruned.statuses] == [False, True]


@pytest.mark.parametrize(
    ("integration", "config", "kept"),
    [
        pytest.param(
            "slack_configs", {"channel": "#llm"}, False, id="a slack hook without its own URL uses the shared"
        ),
        pytest.param("slack_configs", {"api_url": "https://x"}, True, id="an inline URL replaces the shared file"),
        pytest.param("slack_configs", {"app_token_file": TOKEN}, True, id="an app token replaces the shared file"),
        pytest.param("webhook_configs", {"url": "http://x"}, True, id="a webhook inherits nothing from slack"),
    ],
)
def test_shared_secrets_count_for_those_who_inherit_them(
    integration: str, config: dict[str, Any], *, kept: bool
) -> None:
    """`global.slack_api_url_file` decides for the integrations that use it, and for no other."""
    receiver = {"name": "team", integration: [config]}

    pruned = prune(alertmanager(receiver, slack_api_url_file=SLACK), {SLACK: "no such file"})

    assert pruned.statuses[0].configured is kept


def test_secrets_deep_inside_an_integration_are_found() -> None:
    """A bearer token of http_config is a secret file too."""
    receiver = {
        "name": "hook",
        "webhook_configs": [{"url": "http://x", "http_config": {"authorization": {"credentials_file": TOKEN}}}],
    }
    config = alertmanager(receiver)

    assert secret_files(config) == {TOKEN: "credentials_file"}
    assert not prune(config, {TOKEN: "the file is empty"}).statuses[0].configured


@pytest.mark.parametrize("config", [{}, {"receivers": None}, {"receivers": [{"name": "a", "slack_configs": None}]}])
def test_a_file_with_nothing_in_it_is_no_trouble(config: dict[str, Any]) -> None:
    """Empty sections prune to nothing instead of failing."""
    assert prune(config, {}).statuses == ()
    assert secret_files(config) == {}
