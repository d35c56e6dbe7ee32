"""Teams, Discord, Telegram, Opsgenie and SNS as they answer: what is beyond their limits is refused."""

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

# Where each is, below the address of the machine that stands for all of them.
SERVICES = ("msteamsv2", "discord", "telegram", "opsgenie", "sns", "webhook")
BOT_TOKEN = "123456789:AAEabcdefghijklmnopqrstuvwxyz012345"
CHAT_ID = "-1001234567890"
API_KEY = "01234567-89ab-cdef-0123-456789abcdef"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alerts"
AWS_CREDENTIALS = "[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = a/secret\n"

# Source: https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
TEAMS_BYTES = 28_000
# Source: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
DISCORD_TITLE_CHARACTERS, DISCORD_TEXT_CHARACTERS = 256, 4096
# Source: https://core.telegram.org/bots/api#sendmessage
TELEGRAM_CHARACTERS = 4096
TELEGRAM_TAGS = {"a", "b", "i"}
# Source: https://docs.opsgenie.com/docs/alert-api
OPSGENIE_MESSAGE_CHARACTERS, OPSGENIE_TEXT_CHARACTERS = 130, 15_000
# Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
SNS_SUBJECT_CHARACTERS = 100

_PUBLISHED = (
    '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId>'
    "</PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>"
)


def secrets_of(url: str) -> dict[str, str]:
    """The files of all of these services, by name; ``url`` is the machine that stands for them."""
    return {
        "msteamsv2_webhook_url": f"{url}/msteamsv2\n",
        "discord_webhook_url": f"{url}/discord\n",
        "telegram_bot_token": f"{BOT_TOKEN}\n",
        "telegram_chat_id": f"{CHAT_ID}\n",
        "opsgenie_api_key": f"{API_KEY}\n",
        "aws_credentials": AWS_CREDENTIALS,
        "webhook_url": f"{url}/webhook\n",
    }


def addresses_of(url: str) -> dict[str, str]:
    """What alertmanager.yml names of them, in the place of their real addresses."""
    return {"https://api.opsgenie.com/": f"{url}/opsgenie/", "https://api.telegram.org": f"{url}/telegram"}


def body_of(path: str, raw: bytes) -> tuple[str, Any]:
    """Return the path as tests ask for it, and the body: JSON, but a form to SNS, which is called at the root."""
    if path == "/":
        return "/sns", dict(parse_qsl(raw.decode()))
    return path, json.loads(raw)


def title_of(service: str, body: Any) -> str:
    """The line of a message that says what is wrong."""
    if service == "msteamsv2":
        return str(body["attachments"][0]["content"]["body"][0]["text"])
    if service == "discord":
        return str(body["embeds"][0]["title"])
    if service == "webhook":
        return f"[{body['status'].upper()}] {body['commonLabels'].get('alertname')}"
    text = {"telegram": "text", "opsgenie": "description", "sns": "Message"}[service]
    return str(body.get(text, "")).partition("\n")[0]


def answer_of(path: str, body: Any, size: int) -> tuple[int, str]:
    """The status and the text of what the service at a path answers."""
    if path.startswith("/msteamsv2"):
        return (413, "too large") if size > TEAMS_BYTES else (202, "")
    if path.startswith("/discord"):
        return _refused(_wrong_in_embed(body["embeds"][0])) or (204, "")
    if path.startswith("/telegram"):
        return _refused(_wrong_in_html(body["text"])) or (200, _sent(body))
    if path.startswith("/opsgenie"):
        is_end = "/close?" in path
        return _refused("" if is_end else _wrong_in_alert(body)) or (202, "{}")
    if path.startswith("/sns"):
        return _refused(_wrong_in_publish(body)) or (200, _PUBLISHED)
    return 200, "OK"


def _refused(why: str) -> tuple[int, str] | None:
    return (400, why) if why else None


def _sent(body: Any) -> str:
    return json.dumps({"ok": True, "result": {"message_id": 1, "chat": {"id": int(body["chat_id"])}, "date": 0}})


def _wrong_in_embed(embed: Any) -> str:
    if not embed["title"] or len(embed["title"]) > DISCORD_TITLE_CHARACTERS:
        return "title"
    return "description" if not 0 < len(embed["description"]) <= DISCORD_TEXT_CHARACTERS else ""


def _wrong_in_html(text: str) -> str:
    parser = _Tags()
    parser.feed(text)
    if not 0 < len(text) <= TELEGRAM_CHARACTERS or "could not be sent" in text:
        return "length"
    return f"unsupported tags {parser.tags - TELEGRAM_TAGS}" if parser.tags - TELEGRAM_TAGS or parser.depth else ""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.depth = 0

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self.tags.add(tag)
        self.depth += 1

    def handle_endtag(self, _tag: str) -> None:
        self.depth -= 1


def _wrong_in_alert(body: Any) -> str:
    if not 0 < len(body["message"]) <= OPSGENIE_MESSAGE_CHARACTERS:
        return "message"
    if len(body["description"]) > OPSGENIE_TEXT_CHARACTERS:
        return "description"
    return "" if body["priority"] in ("P1", "P2", "P3", "P4", "P5") else "priority"


def _wrong_in_publish(form: Any) -> str:
    subject = form["Subject"]
    if not (0 < len(subject) <= SNS_SUBJECT_CHARACTERS and subject.isascii() and subject.isprintable()):
        return "Invalid parameter: Subject"
    values = [value for name, value in form.items() if name.endswith("StringValue")]
    return "" if form["TopicArn"] == TOPIC and all(values) else "Invalid parameter"
