"""What is in a secret's file: is it of the kind that Alertmanager needs?

Pure. Nothing that is in a file is ever repeated in a message, not even a wrong one.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

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


# By the key that names the file; other secrets may be any text.
_CHECKS: Mapping[str, Callable[[str], str]] = {
    "api_url_file": _slack,
    "url_file": _url,
    "routing_key_file": _routing_key,
}
