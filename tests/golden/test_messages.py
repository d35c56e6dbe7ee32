"""Alerts in, messages out: what the real Alertmanager sends to chats, to pagers and by mail.

``pytest tests/golden/test_messages.py --update-golden`` writes the expected files again.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from tests.golden.notifications import FIRING, OVER, Alert
from tests.support.alertmanager import Setup, running_alertmanager, until
from tests.support.more_outside import BOT_TOKEN, SERVICES, TOPIC, addresses_of, secrets_of, title_of
from tests.support.outside import ROUTING_KEY, Outside
from tests.support.programs import obtain_programs

from watchkeeper.config import ConfigFile

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "messages"

# An hour is three seconds: the digest waits for one.
TIME_SCALE = 1200.0
SEVERITIES = ["critical", "high", "medium", "low"]
# Alertmanager's own JSON has everything, and no template.
SHORTENED = tuple(name for name in SERVICES if name != "webhook")
# Where Telegram and Opsgenie take messages; the others have one path.
PATHS = {"telegram": f"/telegram/bot{BOT_TOKEN}/sendMessage", "opsgenie": "/opsgenie/v2/alerts"}

CHANNELS = {
    "critical": ("slack", "pagerduty", "mail", *SERVICES),
    "outage": ("slack", "pagerduty", "mail"),
    # Opsgenie hears of an end by the alert's alias alone.
    "resolved": ("slack", "pagerduty", "mail", *(name for name in SERVICES if name != "opsgenie")),
    "two_versions": ("slack", "mail"),
    "sixty": ("slack", "pagerduty", "mail", *SHORTENED),
    "nasty": ("slack", "pagerduty", "mail", *SHORTENED),
    "escalated": ("slack", "pagerduty", "mail"),
    "past_slack": ("pagerduty", "mail"),
    "not_scraped": ("slack", "pagerduty", "mail"),
    "no_grafana": ("slack", "pagerduty", "mail", *SHORTENED),
    "bare": ("slack", "pagerduty", "mail", *SHORTENED),
    "digest": ("mail",),
}


class Messages:
    """What came to the services outside, found by the alert it reports."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def of(self, name: str, alerts: list[Alert]) -> dict[str, str] | None:
        """Return the text of each file that a message should have; nothing until all of them are there."""
        titles = ["Watchkeeper: 2 low"] if name == "digest" else [alerts[0]["labels"]["alertname"]]
        if len(alerts) > 1 and name != "digest":
            titles.append(f"({len(alerts)} firing)")
        if name in OVER:
            titles.append("RESOLVED")
        settings = {"slack": self._slack, "pagerduty": self._pagerduty, "mail": self._mail}
        found = [
            settings[channel](titles) if channel in settings else self._other(channel, titles)
            for channel in CHANNELS[name]
        ]
        return {file: text for files in found for file, text in files.items()} if all(found) else None

    def _slack(self, titles: list[str]) -> dict[str, str]:
        settings = {body["attachments"][0]["title"]: body for body in self._outside.taken("/slack")}
        found = the_one(settings, titles)
        return {"slack.json": shown(found)} if found else {}

    def _pagerduty(self, titles: list[str]) -> dict[str, str]:
        settings = {body["payload"]["summary"]: body for body in self._outside.taken(f"/pagerduty/{ROUTING_KEY}")}
        found = the_one(settings, titles)
        return {"pagerduty.json": shown(found)} if found else {}

    def _other(self, service: str, titles: list[str]) -> dict[str, str]:
        bodies = self._outside.taken(PATHS.get(service, f"/{service}"))
        found = the_one({title_of(service, body): body for body in bodies}, titles)
        return {f"{service}.json": shown(found)} if found else {}

    def _mail(self, titles: list[str]) -> dict[str, str]:
        found = the_one({mail["Subject"]: mail for mail in self._outside.mails}, titles)
        return written(found) if found else {}


def the_one(settings: Mapping[str, Any], titles: list[str]) -> Any:
    """Return what was sent under a title with all of these in it; what is over is distinguished from what is not."""
    is_over = "RESOLVED" in titles
    found = [title for title in settings if all(part in title for part in titles) and ("RESOLVED" in title) is is_over]
    return settings[found[0]] if found else None


def shown(body: Any) -> str:
    """Return a body as a file that people can compare; how long something has been firing changes every day."""
    return without_lengths(json.dumps(body, indent=2, ensure_ascii=False)) + "\n"


def written(mail: EmailMessage) -> dict[str, str]:
    """Return both parts of a mail, the plain one below its headers."""
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    headers = "".join(f"{name}: {mail[name]}\n" for name in ("From", "To", "Subject"))
    return {
        "mail.txt": f"{headers}\n{without_lengths(plain.get_content())}",
        "mail.html": without_lengths(html.get_content()),
    }


def without_lengths(text: str) -> str:
    """Leave out how long ago something began, and the line ends of mail."""
    return re.sub(r", for (\d+[dhms] ?)+", ", for …", text.replace("\r\n", "\n"))


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, str]]]:
    """Every message, by its name and its file."""
    with ExitStack() as exits:
        outside = exits.enter_context(Outside())
        mail = {"smarthost": outside.smarthost, "from": "watchkeeper@x.y", "to": "oncall@x.y"}
        email = {**mail, "require_tls": False, "severities": SEVERITIES}
        settings = {"notify": {"email": email, "sns": {"topic_arn": TOPIC}}}
        setup = Setup(
            secrets={
                "slack_api_url": f"{outside.url}/slack",
                "pagerduty_routing_key": ROUTING_KEY,
                **secrets_of(outside.url),
            },
            addresses={
                "https://events.pagerduty.com/v2/enqueue": f"{outside.url}/pagerduty",
                **addresses_of(outside.url),
            },
            environ={"AWS_ENDPOINT_URL_SNS": outside.url},
            settings=ConfigFile.model_validate(settings),
            time_scale=TIME_SCALE,
        )
        program = obtain_programs(ROOT)["alertmanager"]
        running = exits.enter_context(running_alertmanager(program, tmp_path_factory.mktemp("messages"), setup))
        sent = Messages(outside)
        found = {}
        for alerts in (FIRING, OVER):
            running.raise_alerts(*(one for group in alerts.values() for one in group))
            found |= {
                name: until(lambda name=name, group=group: sent.of(name, group)) for name, group in alerts.items()
            }
        yield found


@pytest.mark.parametrize("name", [*FIRING, *OVER])
def test_what_people_read(name: str, messages: dict[str, dict[str, str]], *, is_update: bool) -> None:
    """Every message is exactly the expected one; services outside took it."""
    folder = EXPECTED / name
    if is_update:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in messages[name].items():
            (folder / file).write_text(text, encoding="utf-8")

    assert messages[name] == {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
