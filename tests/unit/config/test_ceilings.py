"""Ceilings of watchkeeper.yml: what is refused, and with which words."""

from decimal import Decimal
from pathlib import Path

import pytest

from watchkeeper.config import Ceiling, load_config
from watchkeeper.errors import ConfigError

INVALID = [
    pytest.param(
        "{name: a, per: run}",
        "ceilings[0] must be a ceiling with max_cost_usd, max_tokens, max_steps or max_seconds, got ",
        id="no maximum",
    ),
    pytest.param(
        "{name: a, per: team, max_steps: 1}",
        "ceilings[0].per must be one of 'run', 'session', 'agent' or 'user', got 'team'",
        id="per something else",
    ),
    pytest.param(
        "{name: a, per: session, max_steps: 1, window_seconds: 60}",
        "ceilings[0].window_seconds must be left out, because per is session, got 60",
        id="a window of a session",
    ),
    pytest.param(
        "{name: a, per: user, max_steps: 1, window_seconds: 0}",
        "ceilings[0].window_seconds must be > 0, got 0",
        id="a window of nothing",
    ),
    pytest.param("{name: a, per: run, max_steps: 0}", "ceilings[0].max_steps must be > 0, got 0", id="no step"),
    pytest.param("{name: a, per: run, max_tokens: 1.5}", "must be a whole number, got 1.5", id="half a token"),
    pytest.param("{name: a, per: run, max_cost_usd: -1}", "max_cost_usd must be > 0, got -1", id="negative dollars"),
    pytest.param("{name: a, per: run, max_cost_usd: true}", "max_cost_usd must be a number, got True", id="a truth"),
    pytest.param("{name: a, per: run, max_seconds: .inf}", "max_seconds must be a finite number", id="for ever"),
    pytest.param(
        "{name: a, per: run, max_steps: 1}, {name: a, per: user, max_steps: 1}",
        "ceilings[1].name must be a unique name, got 'a'",
        id="one name twice",
    ),
    pytest.param(
        "{name: a, per: run, max_steps: 1, match: {team: [serach]}}",
        "ceilings[0].match.team[0] must be a pattern of a team of teams (search) or of unassigned, got 'serach'",
        id="a misspelt team",
    ),
]


@pytest.mark.parametrize(("ceilings", "message"), INVALID)
def test_what_would_limit_nothing_is_refused(ceilings: str, message: str, tmp_path: Path) -> None:
    """The message names the place, the rule and the value."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"teams: [{{name: search, services: [shop]}}]\nceilings: [{ceilings}]")

    with pytest.raises(ConfigError) as raised:
        load_config(file, {})

    assert message in str(raised.value)


def test_the_limits_are_what_is_given() -> None:
    """In the words that labels have, exact."""
    ceiling = Ceiling.model_validate({"name": "a", "per": "run", "max_cost_usd": 0.1, "max_seconds": 90})

    assert ceiling.limits() == {"cost_usd": Decimal("0.1"), "seconds": Decimal("90.0")}


@pytest.mark.parametrize(("per", "given", "window"), [("run", {}, None), ("user", {}, 86400.0), ("agent", 60, 60.0)])
def test_agents_and_users_begin_anew(per: str, given: object, window: float | None) -> None:
    """Each day, or as often as is said; a run never."""
    more = {"window_seconds": given} if given else {}

    assert Ceiling.model_validate({"name": "a", "per": per, "max_steps": 1, **more}).window == window
