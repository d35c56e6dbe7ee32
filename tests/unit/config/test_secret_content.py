"""Secrets as people really save them: what Alertmanager can use, and what is said of the rest."""

import pytest

from watchkeeper.config.secret_content import problem_of_content

HOOK = "https://hooks.slack.com/services/T0/B0/x"
KEY = "0123456789abcdef0123456789ABCDEF"


@pytest.mark.parametrize(
    ("key", "content"),
    [
        pytest.param("api_url_file", HOOK, id="a webhook of Slack"),
        pytest.param("api_url_file", f"  {HOOK}\r\n", id="with blank space and a line break of Windows"),
        pytest.param("api_url_file", "https://hooks.slack-gov.com/services/T0/B0/x", id="of Slack for governments"),
        pytest.param("api_url_file", "http://mattermost:8065/hooks/x", id="of a service that speaks Slack's language"),
        pytest.param("url_file", "https://hc-ping.com/0f1e", id="a heartbeat"),
        pytest.param("routing_key_file", f"{KEY}\n", id="a key of PagerDuty"),
        pytest.param("smtp_auth_password_file", "'pass word'", id="a password is any text, quotes too"),
        pytest.param("webhook_url_file", "https://discord.com/api/webhooks/1/x", id="a webhook of Discord"),
        pytest.param("bot_token_file", "123456789:AAEabcdefghijklmnopqrstuvwxyz012345", id="a bot of Telegram"),
        pytest.param("chat_id_file", "-1001234567890\n", id="a group of Telegram"),
        pytest.param("api_key_file", "01234567-89ab-cdef-0123-456789abcdef", id="a key of Opsgenie"),
        pytest.param(
            "aws_credentials_file", "[default]\naws_access_key_id = A\naws_secret_access_key = %b\n", id="keys of AWS"
        ),
        pytest.param(
            "aws_credentials_file",
            "[default]\nrole_arn=arn:aws:iam::1:role/x\ncredential_source=Ec2InstanceMetadata",
            id="a role of AWS",
        ),
        pytest.param("credentials_file", "abc", id="so is what no one knows here"),
    ],
)
def test_what_can_be_used_is_used(key: str, content: str) -> None:
    """Blank space around a value is Alertmanager's own to drop."""
    assert problem_of_content(key, content.encode()) == ""


@pytest.mark.parametrize(
    ("key", "content", "problem"),
    [
        pytest.param("api_url_file", b" \n", "the file is empty", id="blank"),
        pytest.param("api_url_file", f"'{HOOK}'".encode(), "remove the quotes", id="in quotes"),
        pytest.param("api_url_file", HOOK[8:].encode(), "https://hooks.slack.com/services/", id="no scheme"),
        pytest.param("api_url_file", f"{HOOK}…".encode(), "begins with https://", id="the example of the how-to"),
        pytest.param("api_url_file", b"\xef\xbb\xbf" + HOOK.encode(), "begins with https://", id="a byte order mark"),
        pytest.param("api_url_file", b"\xff\xfe\x00", "begins with https://", id="bytes that are no text"),
        pytest.param("api_url_file", b"SLACK_URL=https://x", "begins with https://", id="a line of an environment"),
        pytest.param("api_url_file", b"https://team.slack.com/archives/C1", "team.slack.com has pages", id="a page"),
        pytest.param("api_url_file", f"{HOOK}\n{HOOK}".encode(), "one line", id="two values"),
        pytest.param("url_file", b"hc-ping.com/0f1e", "begins with https://", id="a heartbeat without a scheme"),
        pytest.param("routing_key_file", b"the integration key", "got 19 characters", id="no key"),
        pytest.param("routing_key_file", f'"{KEY}"'.encode(), "remove the quotes", id="a key in quotes"),
        pytest.param("webhook_url_file", b"discord.com/T0/B0", "begins with https://", id="a webhook without a scheme"),
        pytest.param("bot_token_file", b"T0/B0", "the token of a bot", id="no token"),
        pytest.param("chat_id_file", b"@T0/B0", "the number of a chat", id="the name of a chat"),
        pytest.param("api_key_file", b"T0/B0", "a UUID", id="no key of Opsgenie"),
        pytest.param("aws_credentials_file", b"T0/B0", "an AWS credentials file", id="a key of AWS alone"),
        pytest.param("aws_credentials_file", b"[other]\na=T0/B0", "[default]", id="another profile"),
        pytest.param("aws_credentials_file", b"[default]\naws_access_key_id=T0/B0", "role_arn", id="half of the keys"),
        pytest.param("aws_credentials_file", b"", "the file is empty", id="no keys"),
        pytest.param("smtp_auth_password_file", b"a\nb", "one line", id="a password and something else"),
    ],
)
def test_what_cannot_be_used_is_reported_without_repeating_it(key: str, content: bytes, problem: str) -> None:
    """The sentence says what belongs there."""
    reported = problem_of_content(key, content)

    assert problem in reported
    assert "T0/B0" not in reported
    assert "0f1e" not in reported


def test_reasons_can_be_joined() -> None:
    """Several files are reported in one sentence, with semicolons between them."""
    contents = [b"", b"a\nb", b"'a'", b"a", b"https://app.slack.com/x"]

    reported = [
        problem_of_content(key, content) for key in ("api_url_file", "routing_key_file") for content in contents
    ]

    assert ";" not in "".join(reported)
