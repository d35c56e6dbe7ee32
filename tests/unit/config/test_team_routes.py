"""Teams with channels of their own, on plain trees."""

from typing import Any

import pytest

from watchkeeper.config.notify import TeamChannels
from watchkeeper.config.receivers import prune
from watchkeeper.config.schema import Team
from watchkeeper.config.team_routes import with_shared_channels, with_teams

SECRETS = "/run/secrets/watchkeeper"
CONFIG: dict[str, Any] = {
    "route": {
        "receiver": "medium",
        "routes": [
            {"receiver": "exporter", "continue": True},
            {"matchers": ['severity="critical"'], "receiver": "critical"},
            {"matchers": ['severity="low"'], "receiver": "low", "mute_time_intervals": ["quiet-hours-low"]},
            {"receiver": "medium"},
        ],
    },
    "receivers": [
        {"name": "exporter", "webhook_configs": [{"url": "http://exporter:4318/v1/alerts"}]},
        {
            "name": "critical",
            "slack_configs": [{"api_url_file": f"{SECRETS}/slack_api_url", "title": "t"}],
            "pagerduty_configs": [{"routing_key_file": f"{SECRETS}/pagerduty_routing_key"}],
        },
        {"name": "low", "slack_configs": [{"api_url_file": f"{SECRETS}/slack_api_url"}]},
        {"name": "digest", "email_configs": [{"to": "all@x.y"}]},
        {"name": "medium"},
    ],
}


def team(name: str = "search", **channels: str) -> Team:
    """Return a team with channels of its own."""
    return Team(name=name, services=("a",), notify=TeamChannels(**channels))


def receivers(config: dict[str, Any]) -> dict[str, Any]:
    """Return the integrations of each receiver by its name."""
    return {
        entry["name"]: {key: value for key, value in entry.items() if key != "name"} for entry in config["receivers"]
    }


def test_without_channels_of_their_own_teams_change_nothing() -> None:
    """Who only owns services is notified of them where everyone does."""
    assert with_teams(CONFIG, [Team(name="search", services=("a",))]) == CONFIG


def test_a_teams_slack_takes_the_place_of_the_one_for_all() -> None:
    """Its receivers hold its own file from the same folder, and nothing else of the integration changes."""
    found = receivers(with_teams(CONFIG, [team(slack="slack_api_url.search")]))

    own = {"api_url_file": f"{SECRETS}/slack_api_url.search"}
    assert found["critical-search"] == {"slack_configs": [{**own, "title": "t"}]}
    assert found["low-search"] == {"slack_configs": [own]}
    assert "digest-search" not in found
    assert "medium-search" not in found


def test_a_team_may_have_a_chat_of_its_own_by_the_bot_for_all() -> None:
    """Of Telegram only the chat is the team's."""
    bot = {"bot_token_file": f"{SECRETS}/telegram_bot_token"}
    low = {"name": "low", "telegram_configs": [{**bot, "chat_id_file": f"{SECRETS}/telegram_chat_id"}]}

    found = receivers(with_teams({**CONFIG, "receivers": [low]}, [team(telegram="chat.search")]))

    assert found["low-search"] == {"telegram_configs": [{**bot, "chat_id_file": f"{SECRETS}/chat.search"}]}


def test_each_route_to_people_leads_on_to_the_team() -> None:
    """The team's route is a child, so waiting and grouping are inherited; quiet hours are not, so they are repeated."""
    exporter, critical, low, rest = with_teams(CONFIG, [team(slack="s")])["route"]["routes"]

    assert exporter == CONFIG["route"]["routes"][0]
    assert critical["routes"] == [{"matchers": ['team="search"'], "receiver": "critical-search"}]
    assert low["routes"] == [
        {"matchers": ['team="search"'], "receiver": "low-search", "mute_time_intervals": ["quiet-hours-low"]}
    ]
    assert rest == CONFIG["route"]["routes"][3]


def test_a_route_for_fewer_alerts_comes_before_the_teams_and_has_them_too() -> None:
    """A child without a receiver has its parent's, so the team's alerts of that kind go to the team as well."""
    fewer = {"matchers": ['alertname="Test"'], "group_wait": "5s"}
    route = {"receiver": "medium", "routes": [{"receiver": "critical", "routes": [fewer]}]}

    (critical,) = with_teams({**CONFIG, "route": route}, [team(slack="s")])["route"]["routes"]

    own = {"matchers": ['team="search"'], "receiver": "critical-search"}
    assert critical["routes"] == [{**fewer, "routes": [own]}, own]


def test_two_teams_have_a_route_each() -> None:
    """The second team is not lost behind the first."""
    config = with_teams(CONFIG, [team("search", slack="s"), team("chat", pagerduty="p")])

    routes = config["route"]["routes"]
    assert [child["receiver"] for child in routes[1]["routes"]] == ["critical-search", "critical-chat"]
    assert [child["receiver"] for child in routes[2]["routes"]] == ["low-search"]


def test_a_teams_mail_goes_to_its_own_address() -> None:
    """The mail server is the same for all, the address is not."""
    found = receivers(with_teams(CONFIG, [team(email="search@x.y")]))

    assert found["digest-search"] == {"email_configs": [{"to": "search@x.y"}]}


@pytest.mark.parametrize(
    ("problems", "slack"),
    [
        pytest.param({}, "slack_api_url.search", id="its own where it works"),
        pytest.param({f"{SECRETS}/slack_api_url.search": "no such file"}, "slack_api_url", id="else the one for all"),
    ],
)
def test_a_team_is_notified_even_where_its_own_channel_is_missing(problems: dict[str, str], slack: str) -> None:
    """What the team has no working channel for stays with the channel for all."""
    teams = [team(slack="slack_api_url.search")]

    pruned = prune(with_teams(CONFIG, teams), problems)
    found = receivers(with_shared_channels(pruned.config, teams))["critical-search"]

    assert found["slack_configs"][0]["api_url_file"] == f"{SECRETS}/{slack}"
    assert found["pagerduty_configs"] == receivers(CONFIG)["critical"]["pagerduty_configs"]
    assert [status.configured for status in pruned.statuses if status.receiver == "critical-search"] == [not problems]


def test_a_teams_name_cannot_break_out_of_its_matcher() -> None:
    """Any text may name a team."""
    config = with_teams(CONFIG, [team('a"b\\c é', slack="s")])

    assert config["route"]["routes"][1]["routes"][0]["matchers"] == ['team="a\\"b\\\\c é"']
