"""What is in a secret's file: is it of the kind that Alertmanager needs?

Pure. Nothing that is in a file is ever repeated in a message, not even a wrong one.
"""

import re
from collections.abc import Callable, Mapping
from configparser import ConfigParser
from configparser import Error as ConfigParserError
from urllib.parse import urlsplit

from watchkeeper.config.integrations import AWS_CREDENTIALS_KEY

_QUOTES = "'\"`"

# Source: https://developer.pagerduty.com/docs/events-api-v2-overview
_ROUTING_KEY_CHARACTERS = 32

# Slack's pages lie below the same name as its webhooks, those for governments below another.
_SLACK_PAGES = re.compile(r"(.+\.)?slack(-gov)?\.com")
_SLACK_WEBHOOKS = re.compile(r"hooks\.slack(-gov)?\.com")


def problem_of_content(key: str, content: bytes) -> str:
    """Say what is wrong with a file that ``key`` of alertmanager.yml names, and what belongs there; empty when nothing.

    Alertmanager itself drops blank space around the value.
    """
    value = content.decode("utf-8", errors="replace").strip()
    if not value:
        return "the file is empty"
    if key == AWS_CREDENTIALS_KEY:
        return _aws_credentials(value)
    if len(value.splitlines()) > 1:
        return "it must hold one line, the value alone"
    check = _CHECKS.get(key)
    if check is None:
        return ""
    if value[0] in _QUOTES:
        return "remove the quotes"
    return check(value)


def _url(value: str) -> str:
    # Only what Go's parser takes as well: a placeholder with an ellipsis or a byte order mark is no URL.
    is_plain = re.fullmatch(r"https?://[!-~]+", value) is not None
    if not is_plain or not urlsplit(value).hostname:
        return "it must hold a URL that begins with https://"
    return ""


def _slack(value: str) -> str:
    if problem := _url(value):
        return f"{problem}hooks.slack.com/services/"
    host = urlsplit(value).hostname or ""
    if _SLACK_PAGES.fullmatch(host) and not _SLACK_WEBHOOKS.fullmatch(host):
        return f"{host} has pages for people, and this must be the URL of a webhook, https://hooks.slack.com/services/…"
    return ""


def _routing_key(value: str) -> str:
    if re.fullmatch(rf"[0-9A-Za-z]{{{_ROUTING_KEY_CHARACTERS}}}", value):
        return ""
    rule = f"{_ROUTING_KEY_CHARACTERS} letters and digits"
    return f"it must hold the integration key of an Events API v2 integration, {rule}, got {len(value)} characters"


def _bot_token(value: str) -> str:
    # Source: https://core.telegram.org/bots/features#botfather
    is_token = re.fullmatch(r"[0-9]{5,20}:[0-9A-Za-z_-]{20,80}", value)
    return "" if is_token else "it must hold the token of a bot, as in 123456789:AAE…"


def _chat_id(value: str) -> str:
    is_number = re.fullmatch(r"-?[0-9]{1,18}", value)
    return "" if is_number else "it must hold the number of a chat, which begins with - for a group"


def _api_key(value: str) -> str:
    # Source: keys of Opsgenie and of Jira Service Management are UUIDs.
    return "" if re.fullmatch(r"[0-9A-Za-z-]{20,}", value) else "it must hold the key of an API integration, a UUID"


def _aws_credentials(value: str) -> str:
    # Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
    parser = ConfigParser(interpolation=None, default_section="")
    rule = "it must hold an AWS credentials file with the profile [default]"
    try:
        parser.read_string(value)
    except ConfigParserError:
        return rule
    if not parser.has_section("default"):
        return rule
    keys = set(parser["default"])
    if {"aws_access_key_id", "aws_secret_access_key"} <= keys or "role_arn" in keys:
        return ""
    return f"{rule}, and in it aws_access_key_id and aws_secret_access_key, or role_arn"


# By the key that names the file; other secrets may be any text.
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "api_url_file": _slack,
    "url_file": _url,
    "webhook_url_file": _url,
    "bot_token_file": _bot_token,
    "chat_id_file": _chat_id,
    "api_key_file": _api_key,
    "routing_key_file": _routing_key,
}
