"""The table of integrations, alertmanager.yml, watchkeeper.yml and secrets/README.md name the same ones."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.config.conftest import Run
from tests.support.documents import code_blocks

from watchkeeper.config.integrations import INTEGRATIONS, Integration
from watchkeeper.config.notify import TeamChannels
from watchkeeper.config.receivers import IN_CONTAINERS
from watchkeeper.config.secret_content import problem_of_content

ROOT = Path(__file__).parents[2]
SHIPPED = yaml.safe_load((ROOT / "alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
RECEIVERS = {receiver["name"]: receiver for receiver in SHIPPED["receivers"]}
# Of these the file is named by the global part, or by no key of Alertmanager's.
ELSEWHERE = {"email", "sns"}

each = pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda integration: integration.name)


@each
def test_it_is_in_the_shipped_file_with_its_secrets(integration: Integration) -> None:
    """In a receiver of people, and alone in the one that reports that another fails."""
    people = [receiver for name, receiver in RECEIVERS.items() if integration.key in receiver and "only-" not in name]
    alone = RECEIVERS[f"only-{integration.name}"]

    assert len(people) > 1 or integration.name in ("pagerduty", "opsgenie")
    assert list(alone) == ["name", integration.key]
    if integration.name not in ELSEWHERE:
        named = {key: alone[integration.key][0].get(key) for key in integration.secrets}
        assert named == {key: f"{IN_CONTAINERS}{file}" for key, file in integration.secrets.items()}


@each
def test_its_end_is_sent_as_well(integration: Integration) -> None:
    """Some send none unless they are told to."""
    assert all(entry["send_resolved"] for entry in RECEIVERS[f"only-{integration.name}"][integration.key])


@each
def test_its_files_are_listed_and_checked(integration: Integration) -> None:
    """A newcomer finds what belongs there; what does not is refused, but a password may be any text."""
    readme = (ROOT / "secrets/README.md").read_text(encoding="utf-8")

    assert all(f"`{file}`" in readme for file in integration.secrets.values())
    refused = [bool(problem_of_content(key, b"what is no secret")) for key in integration.secrets]
    assert all(refused) or integration.name == "email"


@each
def test_a_team_may_have_its_own(integration: Integration) -> None:
    """By a file, of which the table knows the key; mail by an address."""
    assert (integration.name in TeamChannels.model_fields) is bool(integration.own_key or integration.name == "email")
    assert (integration.name in TeamChannels(email="a@x.y").files) is bool(integration.own_key)
    assert not integration.own_key or integration.own_key in integration.secrets


def test_the_table_has_all_that_is_shipped() -> None:
    """No receiver of people has an integration that the table lacks."""
    shipped = {key for receiver in SHIPPED["receivers"] for key in receiver if key.endswith("_configs")}

    assert shipped == {integration.key for integration in INTEGRATIONS}


def test_the_integration_of_the_how_to_can_be_added(run: Run, tmp_path: Path) -> None:
    """Alertmanager takes what the page shows for Pushover."""
    blocks = [block.text for block in code_blocks(ROOT / "docs/how-to/connect-more-receivers.md")]
    (shown,) = [yaml.safe_load(text) for text in blocks if "pushover_configs" in text]
    added: dict[str, Any] = {**RECEIVERS["critical"], **shown["receivers"][0]}
    config = {**SHIPPED, "receivers": [added, *(each for each in SHIPPED["receivers"] if each["name"] != "critical")]}
    file = tmp_path / "alertmanager.yml"
    file.write_text(yaml.safe_dump({**config, "templates": []}), encoding="utf-8")

    checked = run("amtool", "check-config", str(file))

    assert checked.returncode == 0, checked.stdout + checked.stderr
