"""Quotas of watchkeeper.yml: what is refused, and with which words."""

from pathlib import Path

import pytest

from watchkeeper.config import load_config
from watchkeeper.errors import ConfigError


@pytest.mark.parametrize(
    ("quota", "message"),
    [
        pytest.param(
            "{name: a, per: user, window: 5h}",
            "quotas[0] must be a quota with either limit_usd or limit_tokens, got ",
            id="no limit",
        ),
        pytest.param(
            "{name: a, per: user, window: 5h, limit_usd: 1, limit_tokens: 1}",
            "quotas[0] must be a quota with either limit_usd or limit_tokens, got ",
            id="two limits",
        ),
        pytest.param(
            "{name: a, per: user, window: 30d, limit_usd: 1}",
            "quotas[0].window must be one of '5h', '24h' or '7d', got '30d'",
            id="another window",
        ),
        pytest.param(
            "{name: a, per: run, window: 5h, limit_usd: 1}",
            "quotas[0].per must be one of 'user', 'team' or 'tenant', got 'run'",
            id="per run",
        ),
        pytest.param("{name: a, per: user, window: 5h, limit_usd: 0}", "limit_usd must be > 0, got 0", id="nothing"),
    ],
)
def test_what_would_limit_nothing_is_refused(quota: str, message: str, tmp_path: Path) -> None:
    """The message names the place, the rule and the value."""
    file = tmp_path / "watchkeeper.yml"
    file.write_text(f"quotas: [{quota}]")

    with pytest.raises(ConfigError) as raised:
        load_config(file, {})

    assert message in str(raised.value)
