"""Who is notified how, as it is in watchkeeper.yml; `watchkeeper setup` writes it into Alertmanager's file."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from watchkeeper.config.endpoints import HttpUrl
from watchkeeper.config.section import Section, Timezone

_ADDRESS = r"[^@\s,<>{}]+@[^@\s,<>{}]+"
_MINUTES_OF_A_DAY = 24 * 60


def _addresses(text: str) -> str:
    """One mail address or several; what is none would only show when the first alert is lost."""
    if not re.fullmatch(rf"{_ADDRESS}(\s*,\s*{_ADDRESS})*", text):
        raise PydanticCustomError("addresses", "not an address")
    return text


def _smarthost(text: str) -> str:
    """A server and its port, as Alertmanager wants them."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+:[0-9]{1,5}", text):
        raise PydanticCustomError("smarthost", "not a server")
    return text


def _topic(text: str) -> str:
    """The ARN of a topic of SNS, which has its region in it."""
    if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", text):
        raise PydanticCustomError("topic", "not a topic")
    return text


def _secret_file(text: str) -> str:
    """The name of a file; whoever writes the secret itself here must not read it again in a message."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", text):
        raise PydanticCustomError("secret_file", "not a name of a file")
    return text


def _clock(value: object) -> object:
    """YAML reads an unquoted 22:30 as a number to the base of sixty."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MINUTES_OF_A_DAY:
        return f"{value // 60:02}:{value % 60:02}"
    if not isinstance(value, str):
        raise PydanticCustomError("clock", "not a time")
    return value


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise PydanticCustomError("clock", "not a time")
    return text


Addresses = Annotated[str, Field(max_length=1024), AfterValidator(_addresses)]
Smarthost = Annotated[str, AfterValidator(_smarthost)]
TimeOfDay = Annotated[str, BeforeValidator(_clock), AfterValidator(_time_of_day)]
Topic = Annotated[str, AfterValidator(_topic)]
SecretFile = Annotated[str, AfterValidator(_secret_file)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
MailedSeverity = Literal["critical", "high", "medium", "low"]
QuietSeverity = Literal["low", "medium"]


class TeamChannels(Section):
    """Where a team is notified of its own services' alerts, in the place of the channels for all.

    ``email`` is an address; all others are names of files in the folder ``secrets``, of ``telegram`` that of the chat.
    """

    slack: SecretFile | None = None
    pagerduty: SecretFile | None = None
    email: Addresses | None = None
    msteamsv2: SecretFile | None = None
    discord: SecretFile | None = None
    telegram: SecretFile | None = None
    opsgenie: SecretFile | None = None
    webhook: SecretFile | None = None

    @property
    def files(self) -> dict[str, str | None]:
        """The names of its files, by the name of the integration."""
        return {
            "slack": self.slack,
            "pagerduty": self.pagerduty,
            "msteamsv2": self.msteamsv2,
            "discord": self.discord,
            "telegram": self.telegram,
            "opsgenie": self.opsgenie,
            "webhook": self.webhook,
        }

    @model_validator(mode="after")
    def _some(self) -> "TeamChannels":
        """A team with none of them is notified of its alerts where everyone does, without this key."""
        if not self.model_fields_set:
            raise PydanticCustomError("channels", "none", {"known": ", ".join(type(self).model_fields)})
        return self


class Email(Section):
    """The mail server; its password is in ``secrets/smtp_password``, and without ``username`` none is needed.

    ``severities`` are mailed: ``low`` once a day as a digest, the others at once, beside the other channels.
    """

    smarthost: Smarthost
    sender: Annotated[Addresses, Field(alias="from")]
    to: Addresses
    username: Annotated[str, Field(max_length=254)] = ""
    require_tls: bool = True
    severities: tuple[MailedSeverity, ...] = ("low",)


class QuietHours(Section):
    """When alerts of some severities are kept back: each day between two times, and on whole ``days_off``."""

    start: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]
    timezone: Timezone = "UTC"
    days_off: tuple[Weekday, ...] = ()
    severities: tuple[QuietSeverity, ...] = ("low", "medium")

    @field_validator("end", mode="after")
    @classmethod
    def _another_time(cls, end: str, info: ValidationInfo) -> str:
        """From eight to eight could be no time or all of it."""
        if end == info.data.get("start"):
            raise PydanticCustomError("same_time", "same", {"start": end})
        return end


class Sns(Section):
    """A topic of Amazon SNS, for alerts of severity critical and high.

    ``topic_arn`` has the region in it; an AWS credentials file is in ``secrets/aws_credentials``.
    """

    topic_arn: Topic


class Notify(Section):
    """How people are notified: the mail server, a topic of SNS, and the hours in which what can wait does wait.

    ``pagerduty_url`` and ``opsgenie_url`` are the addresses of accounts in the EU, or of Jira Service Management.
    """

    pagerduty_url: HttpUrl | None = None
    opsgenie_url: HttpUrl | None = None
    email: Email | None = None
    sns: Sns | None = None
    quiet_hours: QuietHours | None = None
