"""The how-tos about receivers, followed word by word, with servers of ours in the place of the examples."""

import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
import yaml
from tests.stack.box import Box, boxed
from tests.support.alertmanager import until
from tests.support.documents import ROOT, code_blocks
from tests.support.more_outside import API_KEY, BOT_TOKEN, CHAT_ID, addresses_of
from tests.support.outside import MAIL_PASSWORD, MAIL_USER, ROUTING_KEY, Outside

HOW_TOS = ROOT / "docs/how-to"
TEAM_KEY = ROUTING_KEY[::-1]
# The alert that the pages send; what a busy machine lets fire by itself may reach the same receivers.
SENT = "WatchkeeperTestAlert"


@dataclass
class Reader:
    """Someone who follows a page in a box whose stack reports servers of ours."""

    box: Box
    outside: Outside

    def run(self, page: str, *, instead: dict[str, str]) -> str:
        """Do what the console blocks of a page say, in their order; what the commands said comes back.

        ``instead`` has what a reader puts in the place of an example.
        """
        blocks = [block.text for block in code_blocks(HOW_TOS / page) if block.language == "console"]
        lines = [line for text in blocks for line in text.splitlines()]
        return "".join(self._do(shlex.split(line), instead) for line in lines)

    def write(self, page: str, **instead: dict[str, object]) -> None:
        """Put what the page shows of watchkeeper.yml into the file, with other values where ``instead`` has them."""
        (shown,) = [block.text for block in code_blocks(HOW_TOS / page) if block.language == "yaml"]
        file = self.box.project / "watchkeeper.yml"
        reported = yaml.safe_load(file.read_text(encoding="utf-8"))
        for key, value in yaml.safe_load(shown).items():
            reported[key] = {**(reported.get(key) or {}), **value} if isinstance(value, dict) else value
        for section, values in instead.items():
            reported["notify"][section] |= values
        file.write_text(yaml.safe_dump(reported, sort_keys=False), encoding="utf-8")

    def notified(self, path: str) -> list[dict[str, Any]]:
        """The beginning and the end of the test alert as a receiver took them."""
        taken: list[dict[str, Any]] = until(lambda: _two(self.about_the_test(path)))
        return taken

    def about_the_test(self, path: str) -> list[dict[str, Any]]:
        """What a receiver took about the test alert so far."""
        return [body for body in self.outside.taken(path) if SENT in str(body)]

    def mails(self) -> list[EmailMessage]:
        """The mails about the test alert, once there are two."""
        return until(lambda: _two([mail for mail in self.outside.mails if SENT in mail["Subject"]]))

    def _do(self, words: list[str], instead: dict[str, str]) -> str:
        if words[0] == "printf":
            _, _, value, _, file = words
            (self.box.project / file).write_text(instead[value], encoding="utf-8")
            return ""
        assert words[0] == "make"
        options = [option for word in words[2:] for option in (f"--{word.split('=')[0].lower()}", word.split("=")[1])]
        done = self.box.run(words[1], *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def _two(found: list[Any]) -> list[Any] | None:
    return found if len(found) > 1 else None


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A stack with nothing connected, whose PagerDuty is a server of ours."""
    with ExitStack() as exits:
        outside = exits.enter_context(Outside())
        for box in boxed(tmp_path_factory.mktemp("how-tos")):
            file = box.project / "alertmanager/alertmanager.yml"
            pagerduty = "https://events.pagerduty.com/v2/enqueue"
            text = file.read_text(encoding="utf-8").replace(f": {pagerduty}", f": {outside.url}/pagerduty")
            for address, here in addresses_of(outside.url).items():
                text = text.replace(f": {address}\n", f": {here}\n")
            file.write_text(text, encoding="utf-8")
            (box.project / "secrets").mkdir(exist_ok=True)
            yield Reader(box=box, outside=outside)


def documented(page: str) -> set[str]:
    """Return the lines that the page shows as the answers of commands."""
    shown = [block.text for block in code_blocks(HOW_TOS / page) if block.language == "text"]
    return {line for text in shown for line in text.splitlines()}


def examples(outside: Outside, slack: str = "/slack", key: str = ROUTING_KEY) -> dict[str, str]:
    """Return what is in the place of the examples of URLs, keys and passwords."""
    return {
        "https://hooks.slack.com/services/…": f"{outside.url}{slack}",
        "https://hc-ping.com/…": f"{outside.url}/heartbeat",
        "the integration key": key,
        "the password": MAIL_PASSWORD,
        "https://….logic.azure.com/workflows/…": f"{outside.url}/msteamsv2",
        "https://discord.com/api/webhooks/…": f"{outside.url}/discord",
        "the token of the bot": BOT_TOKEN,
        "the number of the chat": CHAT_ID,
        "the key of the API integration": API_KEY,
        "https://hooks.example.com/…": f"{outside.url}/webhook",
    }


def test_connect_slack(reader: Reader) -> None:
    """The commands answer as the page says; a message comes, and a green one when it is over."""
    said = reader.run("connect-slack.md", instead=examples(reader.outside))

    assert documented("connect-slack.md") <= set(said.splitlines())
    assert "by slack" not in said
    assert [body["attachments"][0]["color"] for body in reader.notified("/slack")] == ["#e8710a", "good"]


def test_connect_pagerduty(reader: Reader) -> None:
    """An incident opens and closes by itself."""
    said = reader.run("connect-pagerduty.md", instead=examples(reader.outside))

    assert documented("connect-pagerduty.md") <= set(said.splitlines())
    assert "by pagerduty" not in said
    events = reader.notified(f"/pagerduty/{ROUTING_KEY}")
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]


def test_connect_email(reader: Reader) -> None:
    """The digest and a mail come at once, for a user with a password."""
    server = {"smarthost": reader.outside.smarthost, "username": MAIL_USER, "require_tls": False}
    reader.write("connect-email.md", email=server)

    said = reader.run("connect-email.md", instead=examples(reader.outside))

    assert documented("connect-email.md") <= set(said.splitlines())
    assert "by email" not in said
    sent = until(lambda: _two(reader.outside.mails))
    subjects = [mail["Subject"] for mail in sent]
    assert subjects[0] == "Watchkeeper: 1 low alert of the day"
    assert "[CRITICAL] WatchkeeperTestAlert: watchkeeper" in subjects


def test_route_a_teams_alerts(reader: Reader) -> None:
    """The team's own channels are notified, and the ones for all are not."""
    reader.write("route-a-teams-alerts.md")
    before = len(reader.about_the_test("/slack"))

    said = reader.run("route-a-teams-alerts.md", instead=examples(reader.outside, slack="/slack/search", key=TEAM_KEY))

    assert documented("route-a-teams-alerts.md") <= set(said.splitlines())
    assert len(reader.notified("/slack/search")) == 2
    assert len(reader.notified(f"/pagerduty/{TEAM_KEY}")) == 2
    assert len(reader.about_the_test("/slack")) == before
    assert {mail["To"] for mail in reader.mails()[-2:]} == {"search@example.com"}


def test_connect_more_receivers(reader: Reader) -> None:
    """Each takes the alert and its end, and the webhook is distinguished from the exporter's own."""
    said = reader.run("connect-more-receivers.md", instead=examples(reader.outside))

    assert documented("connect-more-receivers.md") <= set(said.splitlines())
    for path in ("/msteamsv2", "/discord", f"/telegram/bot{BOT_TOKEN}/sendMessage", "/webhook"):
        assert len(reader.notified(path)) == 2
    keys = until(lambda: _two([one.key for one in reader.outside.requests if "/opsgenie/" in one.path]))
    assert set(keys) == {f"GenieKey {API_KEY}"}


def test_keep_quiet_hours(reader: Reader) -> None:
    """Alertmanager runs with the hours of the page."""
    reader.write("keep-quiet-hours.md")

    reader.run("keep-quiet-hours.md", instead={})

    status = reader.box.get("ALERTMANAGER_PORT", "/api/v2/status").json()
    intervals = {each["name"]: each for each in yaml.safe_load(status["config"]["original"])["time_intervals"]}
    assert intervals["quiet-hours-low"]["time_intervals"] == intervals["quiet-hours-medium"]["time_intervals"]
    assert intervals["quiet-hours-low"]["time_intervals"][1]["weekdays"] == ["saturday", "sunday"]


def test_connect_a_heartbeat(reader: Reader) -> None:
    """Pings come, and come again after a stop."""
    reader.run("connect-a-heartbeat.md", instead=examples(reader.outside))

    before = len(reader.outside.taken("/heartbeat"))
    until(lambda: len(reader.outside.taken("/heartbeat")) > before, seconds=120)
