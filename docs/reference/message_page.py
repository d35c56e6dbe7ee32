"""docs/reference/messages.md: what each alert says, from the messages that its test expects."""

import re
from pathlib import Path

from docs.reference.markdown import code, page, table
from docs.reference.rule_files import ROOT, Topic, topics

MESSAGES = ROOT / "tests" / "golden" / "messages" / "rules"
_INTRODUCTION = """\
One message of each alert, as its tests expect it: its title is that of Slack, the subject of a mail, \
and the beginning of the summary in PagerDuty.
Services, models and numbers are those of the tests.
A message also has, where they are known, why the number moved ("Why:") and deployments ("Changed lately:"), \
and links: Traces leads to the alert's own page, with its graph, its log lines and example traces.
"Since" is when the condition began, which is before the alert fires; \
a message that it is over says how long it lasted and the last value.
Alerts that go to no person (`severity: none`) are left out."""
_TEXT = re.compile(r"^• (.*?) \(since .*\)$", re.MULTILINE)


def render() -> str:
    """Return the page."""
    parts = [f"## {topic.title}\n\n{_table(topic)}" for topic in topics() if _files(topic)]
    return page("Messages", "prometheus/rules, loki/rules and alertmanager/templates", _INTRODUCTION, *parts)


def _files(topic: Topic) -> list[Path]:
    names = dict.fromkeys(rule["alert"] for rule in topic.alerts)
    return [file for name in names if (file := MESSAGES / f"{name}.txt").is_file()]


def _table(topic: Topic) -> str:
    return table(["title", "text", "first step"], map(_row, _files(topic)))


def _row(file: Path) -> list[str]:
    said = file.read_text(encoding="utf-8").split("# Resolved\n")[0]
    title = said.split("## Slack title\n\n")[1].splitlines()[0]
    text = _TEXT.search(said)
    step = re.search(r"^_First:_ (.*)$", said, re.MULTILINE)
    return [f"{code(title)} [runbook](../runbooks/{file.stem}.md)", text[1] if text else "", step[1] if step else ""]
