# ruff: noqa: E501  # whole error texts are longer than a line
"""Every error in an SLO or a budget, each pinned to the whole text of its error."""

from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.errors import ConfigError

SLO = "slos: [{{name: a, objective: 0.9, kind: {}}}]"
BUDGET = "budgets: [{{name: a, limit_usd: 5, {}}}]"
CASES = [
    pytest.param(
        SLO.format("uptime"),
        [
            "slos[0].kind must be one of 'availability', 'latency', 'time_to_first_token', 'quality' or 'cost_per_request', got 'uptime'"
        ],
        id="a kind that no one judges",
    ),
    pytest.param(
        "slos: [{name: a b, kind: availability, objective: 1}]",
        [
            "slos[0].name must be text that matches ^[a-z0-9][a-z0-9._-]{0,63}$, got 'a b'",
            "slos[0].objective must be a share like 0.995, above 0 and below 1, got 1",
        ],
        id="an objective that allows no failure",
    ),
    pytest.param(
        "slos: [{name: a, kind: availability, objective: 99.5%}]",
        ["slos[0].objective must be a share like 0.995, above 0 and below 1, got '99.5%'"],
        id="an objective in per cent",
    ),
    pytest.param(
        "slos: [{name: a, kind: availability, objective: 0}]",
        ["slos[0].objective must be a share like 0.995, above 0 and below 1, got 0"],
        id="an objective of nothing",
    ),
    pytest.param(
        SLO.format("latency"), ["slos[0].under must be given, because kind is latency, got None"], id="a time left open"
    ),
    pytest.param(
        SLO.format("latency, under: 5 hours"),
        ["slos[0].under must be a duration with its unit, like 800ms, 5s or 2m, got '5 hours'"],
        id="a duration no one can read",
    ),
    pytest.param(
        SLO.format("latency, under: 10"),
        ["slos[0].under must be a duration with its unit, like 800ms, 5s or 2m, got 10"],
        id="a time without a unit",
    ),
    pytest.param(SLO.format("latency, under: 0s"), ["slos[0].under must be > 0, got 0.0"], id="no time at all"),
    pytest.param(
        SLO.format("cost_per_request, under: 5s"), ["slos[0].under must be a number, got '5s'"], id="a cost in seconds"
    ),
    pytest.param(
        SLO.format("availability, under: 5s, score: b, at_least: 1"),
        [
            "slos[0].under must be a number, got '5s'",
            "slos[0].score must be left out, because kind is availability, got 'b'",
            "slos[0].at_least must be left out, because kind is availability, got 1",
        ],
        id="limits that would change nothing",
    ),
    pytest.param(
        SLO.format("availability, under: 5"),
        ["slos[0].under must be left out, because kind is availability, got 5"],
        id="a time that would change nothing",
    ),
    pytest.param(
        SLO.format("quality"),
        [
            "slos[0].score must be given, because kind is quality, got ''",
            "slos[0].at_least must be given, because kind is quality, got None",
        ],
        id="a quality of no score",
    ),
    pytest.param(
        SLO.format("availability, services: []"),
        ["slos[0].services must be at least 1 long, got []"],
        id="a objective to no one",
    ),
    pytest.param(
        SLO.format("availability, services: shop"), ["slos[0].services must be a list, got 'shop'"], id="one service"
    ),
    pytest.param(
        "slos: [{name: a, kind: availability, objective: true}]",
        ["slos[0].objective must be a share like 0.995, above 0 and below 1, got True"],
        id="an objective that is a truth",
    ),
    pytest.param(
        "slos: [{name: a, kind: availability, objective: 0.9}, {name: a, kind: availability, objective: 0.99}]",
        ["slos[1].name must be a unique name, got 'a'"],
        id="two SLOs of one name",
    ),
    pytest.param(
        BUDGET.format("period: year"),
        ["budgets[0].period must be one of 'day', 'week', '30d' or 'month', got 'year'"],
        id="a period no one keeps",
    ),
    pytest.param(
        "budgets: [{name: a, limit_usd: 0}]", ["budgets[0].limit_usd must be > 0, got 0"], id="a budget of nothing"
    ),
    pytest.param(
        "budgets: [{name: a, limit_usd: 1e400}]",
        ["budgets[0].limit_usd must be <= 1000000000000, got '1e400'"],
        id="more money than there is",
    ),
    pytest.param(
        "budgets: [{name: a, limit_usd: true}]",
        ["budgets[0].limit_usd must be a number, got True"],
        id="a limit that is a truth",
    ),
    pytest.param(
        BUDGET.format("timezone: Berlin"),
        ["budgets[0].timezone must be a time zone like Europe/Berlin, got 'Berlin'"],
        id="a zone that is none",
    ),
    pytest.param(
        BUDGET.format("period: day, timezone: Europe/Berlin"),
        ["budgets[0].timezone must be left out, because period is day, got 'Europe/Berlin'"],
        id="a midnight that no day begins at",
    ),
    pytest.param(
        BUDGET.format("timezone: ../../etc/passwd"),
        ["budgets[0].timezone must be a time zone like Europe/Berlin, got '../../etc/passwd'"],
        id="a zone that is a path",
    ),
    pytest.param(
        BUDGET.format("match: {user: [b]}"),
        [
            (
                "budgets[0].match.user is an unknown key; allowed: service, environment, tenant, agent, "
                "operation, provider, model, prompt, team"
            )
        ],
        id="a label that budgets cannot match",
    ),
    pytest.param(
        BUDGET.format("team: serach, match: {team: [search, serach, s*]}") + "\nteams: [{name: search, services: [a]}]",
        [
            "budgets[0].team must be a team of teams (search) or unassigned, got 'serach'",
            "budgets[0].match.team[1] must be a pattern of a team of teams (search) or of unassigned, got 'serach'",
        ],
        id="a team that is misspelt",
    ),
    pytest.param(
        BUDGET.format("team: search"),
        ["budgets[0].team must be a team of teams (none) or unassigned, got 'search'"],
        id="a team of no one",
    ),
    pytest.param(
        BUDGET.format("team: search") + "\nteams: [{services: [search]}]",
        ["teams[0].name is required"],
        id="teams that are wrong themselves are reported first",
    ),
    pytest.param(
        BUDGET.format("match: {team: []}"),
        ["budgets[0].match.team must be at least 1 long, got []"],
        id="a match of nothing",
    ),
    pytest.param(
        "budgets: [{name: a, limit_usd: 5}, {name: b, limit_usd: 5}, {name: a, limit_usd: 6}]",
        ["budgets[2].name must be a unique name, got 'a'"],
        id="two budgets of one name",
    ),
]


@pytest.mark.parametrize(("content", "problems"), CASES)
def test_an_error_is_reported_with_place_rule_and_value(content: str, problems: list[str], tmp_path: Path) -> None:
    """The whole text of the error is what a user needs to fix it."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(content)

    with pytest.raises(ConfigError) as refused:
        load_config(file, {})

    assert [problem.removeprefix("watchkeeper.yml: ") for problem in refused.value.problems] == problems


@pytest.mark.parametrize(
    ("under", "seconds"),
    [("800ms", 0.8), ("5s", 5.0), ("2m", 120.0), ("1.5 s", 1.5)],
)
def test_times_have_units(under: str, seconds: float, tmp_path: Path) -> None:
    """Milliseconds, seconds and minutes."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"slos: [{{name: a, kind: latency, objective: 0.9, under: {under}}}]")

    assert load_config(file, {}).file.slos[0].under == pytest.approx(seconds)
