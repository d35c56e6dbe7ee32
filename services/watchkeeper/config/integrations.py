"""The kinds of receivers that alertmanager.yml ships, one line each; what depends on the kind reads this table.

A new one is its line here, its integration in alertmanager.yml and its row in secrets/README.md; the tests of
tests/config/test_integrations.py say what is missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """One kind: ``name`` is Alertmanager's, of its metrics and, with ``_configs`` behind it, of its file.

    ``secrets`` are its files in the folder ``secrets``, by the key that names them; a team's own file takes the place
    of the one of ``own_key``. ``host`` is called where neither a secret nor watchkeeper.yml says whom. One that
    ``is_optional`` is not mentioned while none of its files is there.
    """

    name: str
    secrets: Mapping[str, str]
    own_key: str = ""
    host: str = ""
    is_optional: bool = True

    @property
    def key(self) -> str:
        """Its key in a receiver."""
        return f"{self.name}_configs"


# What is said of a file that is not there.
MISSING = "no such file"

# What AWS's library reads; the key is of `watchkeeper setup` alone, since Alertmanager has none for it.
AWS_CREDENTIALS_KEY = "aws_credentials_file"
AWS_CREDENTIALS = "aws_credentials"

INTEGRATIONS: tuple[Integration, ...] = (
    Integration(name="slack", secrets={"api_url_file": "slack_api_url"}, own_key="api_url_file", is_optional=False),
    Integration(
        name="pagerduty",
        secrets={"routing_key_file": "pagerduty_routing_key"},
        own_key="routing_key_file",
        host="events.pagerduty.com",
        is_optional=False,
    ),
    Integration(name="email", secrets={"smtp_auth_password_file": "smtp_password"}, is_optional=False),
    Integration(name="msteamsv2", secrets={"webhook_url_file": "msteamsv2_webhook_url"}, own_key="webhook_url_file"),
    Integration(name="discord", secrets={"webhook_url_file": "discord_webhook_url"}, own_key="webhook_url_file"),
    Integration(
        name="telegram",
        secrets={"bot_token_file": "telegram_bot_token", "chat_id_file": "telegram_chat_id"},
        own_key="chat_id_file",
        host="api.telegram.org",
    ),
    Integration(
        name="opsgenie",
        secrets={"api_key_file": "opsgenie_api_key"},
        own_key="api_key_file",
        host="api.opsgenie.com",
    ),
    # Whether it is meant to be used says watchkeeper.yml, by its topic.
    Integration(name="sns", secrets={AWS_CREDENTIALS_KEY: AWS_CREDENTIALS}, is_optional=False),
    Integration(name="webhook", secrets={"url_file": "webhook_url"}, own_key="url_file"),
)
_BY_KEY = {integration.key: integration for integration in INTEGRATIONS}


def is_unused(key: str, files: Iterable[str], problems: Mapping[str, str]) -> bool:
    """Whether none of the ``files`` of an optional kind is there: no one meant to use it.

    ``problems`` has what is wrong with a file, where something is. A file of another name than the shipped one was
    asked for.
    """
    integration = _BY_KEY.get(key)
    if integration is None or not integration.is_optional:
        return False
    shipped = set(integration.secrets.values())
    return all(PurePosixPath(path).name in shipped and problems.get(path) == MISSING for path in files)
