"""One notification, read from what Alertmanager sends to Slack or PagerDuty."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from watchkeeper.errors import DecodeError

# More than a message of a usual group has.
_LONGEST_TITLE = 400
_LONGEST_TEXT = 8000
_MOST_LINKS = 10
_ADDRESS = re.compile(r"https?://[^\s<>\"']+\Z")
# What the title of someone else's message has beside the alert and its service; ours name their group.
_STATE = re.compile(r"\A\[[^\]]*\] ")
_MARK = re.compile(r"( \([0-9]+ firing\))?\Z")
_SLACK_COLORS = {"good": "resolved", "danger": "critical", "#e8710a": "high", "warning": "lower"}
_PAGERDUTY_LEVELS = {"critical": "critical", "error": "high", "warning": "lower", "info": "lower"}


class Link(msgspec.Struct, frozen=True):
    """A text and where it leads; only to http and https."""

    text: str
    href: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A notification. ``key`` is equal for all of one group of alerts, ``level`` is resolved, critical, high or lower.

    ``text`` is Slack's mrkdwn, or lines; ``time`` is when it came, in Unix seconds.
    """

    time: float
    channel: str
    key: str
    level: str
    title: str
    text: str
    links: tuple[Link, ...] = ()

    @property
    def is_resolved(self) -> bool:
        """Whether it says that the alert is over."""
        return self.level == "resolved"


class _Attachment(msgspec.Struct):
    title: str = ""
    title_link: str = ""
    text: str = ""
    color: str = ""
    callback_id: str = ""


class _Slack(msgspec.Struct):
    attachments: list[_Attachment]


class _Payload(msgspec.Struct):
    summary: str = ""
    severity: str = ""
    custom_details: dict[str, msgspec.Raw] = {}


class _PagerDutyLink(msgspec.Struct):
    href: str = ""
    text: str = ""


class _PagerDuty(msgspec.Struct):
    dedup_key: str
    event_action: str
    payload: _Payload = msgspec.field(default_factory=_Payload)
    links: list[_PagerDutyLink] = []


_read_slack = msgspec.json.Decoder(_Slack).decode
_read_pagerduty = msgspec.json.Decoder(_PagerDuty).decode
_read_texts = msgspec.json.Decoder(list[str]).decode


def from_slack(body: bytes, now: float) -> list[Message]:
    """Return a message for each attachment of a webhook's body.

    Raises: DecodeError when it is no such body.
    Source: https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments
    """
    try:
        sent = _read_slack(body)
    except msgspec.DecodeError as error:
        raise DecodeError(f"not a message of Slack: {error}") from error
    return [
        Message(
            time=now,
            channel="Slack",
            key=(attachment.callback_id or _MARK.sub("", _STATE.sub("", attachment.title)))[:_LONGEST_TITLE],
            level=_SLACK_COLORS.get(attachment.color, "lower"),
            title=attachment.title[:_LONGEST_TITLE],
            text=attachment.text[:_LONGEST_TEXT],
        )
        for attachment in sent.attachments
    ]


def from_pagerduty(body: bytes, now: float) -> Message:
    """Return the message of an event.

    Raises: DecodeError when it is no event.
    Source: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
    """
    try:
        sent = _read_pagerduty(body)
    except msgspec.DecodeError as error:
        raise DecodeError(f"not an event of PagerDuty: {error}") from error
    return Message(
        time=now,
        channel="PagerDuty",
        key=sent.dedup_key[:_LONGEST_TITLE],
        level="resolved" if sent.event_action == "resolve" else _PAGERDUTY_LEVELS.get(sent.payload.severity, "lower"),
        title=sent.payload.summary[:_LONGEST_TITLE],
        text="\n".join(_sentences(sent.payload.custom_details.get("description")))[:_LONGEST_TEXT],
        links=tuple(_safe((link.text, link.href) for link in sent.links)),
    )


def _sentences(raw: msgspec.Raw | None) -> Sequence[str]:
    try:
        return _read_texts(raw) if raw is not None else ()
    except msgspec.DecodeError:
        return ()


def _safe(links: Iterable[tuple[str, str]]) -> Iterable[Link]:
    for text, href in list(links)[:_MOST_LINKS]:
        if is_address(href):
            yield Link(text[:_LONGEST_TITLE], href)


def is_address(href: str) -> bool:
    """Whether a link may be followed: no script, no other program."""
    return _ADDRESS.match(href) is not None
