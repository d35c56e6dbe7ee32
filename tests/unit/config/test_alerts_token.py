"""The secret that Alertmanager shows: made once, and named wherever something goes to the exporter."""

from pathlib import Path

import pytest
import yaml

from watchkeeper.config.alerts_token import with_alerts_token
from watchkeeper.config.schema import ConfigFile
from watchkeeper.config.setup import write_alertmanager

SHIPPED = Path(__file__).parents[3] / "alertmanager" / "alertmanager.yml"
TOKEN = Path("/run/watchkeeper/alerts_token")
SHOWN = {"authorization": {"credentials_file": str(TOKEN)}}


@pytest.mark.parametrize(
    ("kind", "entry", "shows_it"),
    [
        pytest.param("webhook_configs", {"url": "http://exporter:4318/v1/alerts"}, True, id="alerts"),
        pytest.param("slack_configs", {"api_url": "http://exporter:4318/v1/inbox/slack"}, True, id="the inbox"),
        pytest.param("pagerduty_configs", {"url": "http://x:1/v1/inbox/pagerduty"}, True, id="the inbox's events"),
        pytest.param("webhook_configs", {"url": "https://example.com/hook"}, False, id="another's webhook"),
        pytest.param("webhook_configs", {"url_file": "/secret"}, False, id="a webhook in a file"),
        pytest.param("slack_configs", {"api_url_file": "/secret"}, False, id="Slack itself"),
        pytest.param(
            "webhook_configs", {"url": "http://x/v1/alerts", "http_config": {}}, False, id="a login of its own"
        ),
    ],
)
def test_only_what_goes_to_the_exporter_shows_it(kind: str, entry: dict[str, object], *, shows_it: bool) -> None:
    """No one else gets the secret."""
    config = {"route": {}, "receivers": [{"name": "one", kind: [entry]}]}

    changed = with_alerts_token(config, TOKEN)

    assert changed["receivers"][0][kind] == [{**entry, "http_config": SHOWN} if shows_it else entry]


def written(folder: Path) -> tuple[str, str]:
    """What setup makes of the shipped file: Alertmanager's text, and the secret."""
    target = folder / "alertmanager.yml"
    write_alertmanager(SHIPPED, target, folder / "receivers.json", settings=ConfigFile())
    return target.read_text(), (folder / "alerts_token").read_text()


def test_setup_makes_the_secret_once(tmp_path: Path) -> None:
    """The second setup, and the one after an upgrade, find it; only owner and group may read it."""
    first, second = written(tmp_path), written(tmp_path)

    assert first == second
    assert len(first[1]) >= 32
    assert (tmp_path / "alerts_token").stat().st_mode & 0o777 == 0o440


def test_everything_that_goes_to_the_exporter_shows_it(tmp_path: Path) -> None:
    """The shipped file, with the inbox that it gets without any channel."""
    text, secret = written(tmp_path)

    entries = [
        entry
        for receiver in yaml.safe_load(text)["receivers"]
        for key, configs in receiver.items()
        if key.endswith("_configs")
        for entry in configs
        if "exporter:4318" in str(entry.get("url", "")) + str(entry.get("api_url", ""))
    ]
    assert len(entries) > 5
    for entry in entries:
        assert entry["http_config"] == {"authorization": {"credentials_file": str(tmp_path / "alerts_token")}}
    assert secret not in text
