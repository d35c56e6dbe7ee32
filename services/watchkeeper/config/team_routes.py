"""Teams with channels of their own, as receivers and routes of Alertmanager's tree.

Pure: trees in, trees out; `watchkeeper.config.setup` reads and writes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from watchkeeper.config.integrations import INTEGRATIONS, Integration
from watchkeeper.config.mail_and_hours import MAIL
from watchkeeper.config.notify import TeamChannels
from watchkeeper.config.receivers import SEVERITY_OF
from watchkeeper.config.schema import Team

Tree = dict[str, Any]


def with_teams(config: Mapping[str, Any], teams: Iterable[Team]) -> Tree:
    """Add a receiver and routes for each team that has channels of its own; it holds those channels and no other."""
    own = [
        (name, team, channels)
        for team in teams
        for name in SEVERITY_OF
        if (channels := _own_channels(_receiver(config, name), team.notify))
    ]
    if not own:
        return dict(config)
    named = {name: [team.name for base, team, _ in own if base == name] for name in SEVERITY_OF}
    receivers = [{"name": team_receiver(name, team.name), **channels} for name, team, channels in own]
    route = config["route"]
    routes = [_with_team_routes(child, named, str(route["receiver"])) for child in route.get("routes") or ()]
    return {
        **config,
        "route": {**route, "routes": routes},
        "receivers": [*(config.get("receivers") or ()), *receivers],
    }


def with_shared_channels(config: Mapping[str, Any], teams: Iterable[Team]) -> Tree:
    """Give a team's receiver the channel for all wherever the team has none that works.

    Nothing is lost because a team's secret is missing.
    """
    base_of = {team_receiver(name, team.name): name for name in SEVERITY_OF for team in teams}
    receivers = [
        {**_receiver(config, base_of.get(entry["name"], "")), **entry} for entry in config.get("receivers") or ()
    ]
    return {**config, "receivers": receivers}


def team_receiver(receiver: str, team: str) -> str:
    """Name the receiver of a team beside the one for all."""
    return f"{receiver}-{team}"


def _receiver(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next((entry for entry in config.get("receivers") or () if entry.get("name") == name), {})


def _own_channels(receiver: Mapping[str, Any], channels: TeamChannels | None) -> Tree:
    """The integrations of a receiver for which the team has a channel of its own, with that channel in them."""
    if channels is None:
        return {}
    own = {
        integration.key: _secrets_named(receiver, integration, channels.files[integration.name])
        for integration in INTEGRATIONS
        if integration.own_key
    }
    own[MAIL] = [{**entry, "to": channels.email} for entry in _entries(receiver, MAIL)] if channels.email else []
    return {key: entries for key, entries in own.items() if entries}


def _entries(receiver: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return receiver.get(key) or ()


def _secrets_named(receiver: Mapping[str, Any], integration: Integration, file_name: str | None) -> list[Tree]:
    """The integrations with another file of the same folder as their secret."""
    if file_name is None:
        return []
    secret = integration.own_key
    return [
        {**entry, secret: str(PurePosixPath(entry[secret]).with_name(file_name))}
        for entry in _entries(receiver, integration.key)
        if secret in entry
    ]


def _with_team_routes(route: Mapping[str, Any], named: Mapping[str, Sequence[str]], inherited: str) -> Tree:
    """Add the teams' routes behind the children, which are for fewer alerts; each repeats the quiet hours.

    Quiet hours are not inherited.
    """
    receiver = str(route.get("receiver") or inherited)
    inner = [_with_team_routes(child, named, receiver) for child in route.get("routes") or ()]
    kept = {key: value for key, value in route.items() if key.endswith("_time_intervals")}
    own = [
        {"matchers": [f"team={_quoted(team)}"], "receiver": team_receiver(receiver, team), **kept}
        for team in named.get(receiver, ())
    ]
    return {**route, "routes": [*inner, *own]} if own or inner else dict(route)


def _quoted(text: str) -> str:
    """JSON's quotes and escapes are those of Alertmanager's matchers."""
    return json.dumps(text, ensure_ascii=False)
