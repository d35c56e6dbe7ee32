"""Secrets that changed since the receivers were configured."""

from pathlib import Path

import pytest

from watchkeeper.config.receiver_changes import found_now, since
from watchkeeper.config.receiver_status import ReceiverStatus
from watchkeeper.errors import ConfigError

PROJECT = Path(__file__).resolve().parents[3]
WEBHOOK = "https://hooks.slack.com/services/T0/B0/x"


def status(receiver: str, reason: str = "", integration: str = "slack") -> ReceiverStatus:
    """A receiver that is on, or off for a reason."""
    return ReceiverStatus(receiver=receiver, integration=integration, configured=not reason, reason=reason)


def slack_of(secrets: Path, config: str = "") -> dict[str, str]:
    """Each receiver by Slack, and why it is off."""
    file = secrets / "watchkeeper.yml"
    file.write_text(config)
    return {one.receiver: one.reason for one in found_now(PROJECT, file, secrets) if one.integration == "slack"}


def test_what_came_what_broke_and_what_is_off_as_before() -> None:
    """Those of which nothing new is known are as they were applied."""
    applied = [status("high", "none"), status("critical"), status("low", "none"), status("inbox"), status("digest")]
    now = (status("high"), status("critical", "empty"), status("low", "quotes"), status("medium", integration="sns"))

    found = since(applied, now)

    assert [one.receiver for one in found.came] == ["high", "medium"]
    assert [(one.receiver, one.reason) for one in found.broke] == [("critical", "empty")]
    assert [(one.receiver, one.reason) for one in found.off] == [("low", "quotes")]


def test_a_secret_is_seen_as_soon_as_its_file_is_there(tmp_path: Path) -> None:
    """And so is what is wrong with it; nothing is written."""
    missing = slack_of(tmp_path)
    (tmp_path / "slack_api_url").write_text(WEBHOOK)
    there = slack_of(tmp_path)
    (tmp_path / "slack_api_url").write_text(f'"{WEBHOOK}"')
    quoted = slack_of(tmp_path)

    assert set(missing.values()) == {f"{tmp_path}/slack_api_url: no such file"}
    assert set(there.values()) == {""}
    assert set(quoted.values()) == {f"{tmp_path}/slack_api_url: remove the quotes"}
    assert {path.name for path in tmp_path.iterdir()} == {"slack_api_url", "watchkeeper.yml"}


def test_the_secret_of_a_team_counts_for_its_receivers_alone(tmp_path: Path) -> None:
    """They are those of watchkeeper.yml as it is now."""
    (tmp_path / "slack_api_url.search").write_text(WEBHOOK)

    found = slack_of(tmp_path, "teams: [{name: search, services: [a], notify: {slack: slack_api_url.search}}]")

    on = {name for name, reason in found.items() if not reason}
    assert on
    assert all("search" in name for name in on)


def test_files_with_errors_are_reported(tmp_path: Path) -> None:
    """Of both; whoever asks decides whether that matters."""
    (tmp_path / "watchkeeper.yml").write_text("nonsense: 1")
    (tmp_path / "alertmanager").mkdir()

    with pytest.raises(ConfigError, match="nonsense"):
        found_now(PROJECT, tmp_path / "watchkeeper.yml", tmp_path)
    (tmp_path / "alertmanager" / "alertmanager.yml").write_text("a: [")
    with pytest.raises(ConfigError, match="line 1"):
        found_now(tmp_path, tmp_path / "watchkeeper.yml", tmp_path)
