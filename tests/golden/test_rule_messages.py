"""Every alert of our rules as people read it, firing and resolved, and that no value makes nonsense of one.

``pytest tests/golden/test_rule_messages.py --update-golden`` writes the expected files again;
docs/reference/messages.md is made of them.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.programs import obtain_programs
from tests.support.rule_cases import read_case
from tests.support.rule_messages import Shape, alerts_of_rules, expand, notification, render

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).parent / "messages" / "rules"
RULES = {rule["alert"]: rule for rule in alerts_of_rules()}
# Their messages go to no person.
WATCHDOGS = {"Watchdog", "LokiWatchdog", "AllTargetsDown"}
NOTIFYING = sorted(RULES.keys() - WATCHDOGS)
CHANNELS = ("common", "slack", "pagerduty", "markdown", "telegram")
# By the heading of its part in the expected file.
PARTS = {
    "Slack title": "slack.title",
    "Slack": "slack.text",
    "PagerDuty summary": "pagerduty.summary",
    "PagerDuty details": "pagerduty.description",
    "PagerDuty first step": "pagerduty.first_step",
    "Mail subject": "email.subject",
    "Mail": "email.text",
}
ALL_PARTS = "\n\n".join(f'## {part}\n\n{{{{ template "watchkeeper.{name}" . }}}}' for part, name in PARTS.items())
EVERY_TEXT = """{{ range .Alerts }}{{ .Labels.alertname }}:
{{- template "watchkeeper.says" . }} | {{ template "watchkeeper.sentence" (or .Annotations.value "") }} |
{{- template "watchkeeper.slack.alert" . }}
{{ end }}"""
NONSENSE = re.compile(
    r"NaN|\bInf\b|\de[+-]\d|<no value>|error expanding|&lt;|\(\s*\)|(?<![\w-])-\d+(\.\d+)?(s|m|h|d)\b"
    r"|\b1 (call|line|request|run|answer|error|scrape|evaluation|failure|difference)s\b"
    r"|\$(?!\d|more|less|not|-)|\|\s*\|"
)
SHAPES = {
    "0": Shape(value="0"),
    "1": Shape(value="1"),
    "a huge number": Shape(value="123456789123"),
    "next to nothing": Shape(value="0.00000012"),
    "below nothing": Shape(value="-5"),
    "NaN": Shape(value="NaN"),
    "+Inf": Shape(value="Inf"),
    "no series to ask": Shape(value="1", has_series=False),
    "no labels": Shape(value="1", has_labels=False),
}


@pytest.fixture(scope="module")
def tools() -> Mapping[str, Path]:
    """The pinned programs."""
    return obtain_programs(ROOT)


@pytest.fixture(scope="module")
def fired(tools: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """An alert of each name: of the case of promtool that says most, or with 25 lines in Loki."""
    found = {name: max(cases(name), key=lambda one: len(str(one))) for name in NOTIFYING if any(cases(name))}
    of_loki = [RULES[name] for name in NOTIFYING if name not in found]
    alerts = expand(of_loki, Shape(value="25"), tools["promtool"], tmp_path_factory.mktemp("loki"))
    return found | {alert["labels"]["alertname"]: alert for alert in alerts}


def cases(name: str) -> Iterator[dict[str, Any]]:
    """Yield what the cases of promtool expect of an alert, with links as people have them."""
    file = ROOT / "prometheus" / "tests" / f"{name}.yml"
    if not file.is_file():
        return
    for test in read_case(file)["tests"]:
        if "http" not in str(test.get("external_labels")):
            continue
        for case in test.get("alert_rule_test", []):
            for alert in case["exp_alerts"] if case["alertname"] == name else []:
                labels = {key: str(value) for key, value in alert["exp_labels"].items()}
                yield {"labels": {"alertname": name, **labels}, "annotations": alert["exp_annotations"]}


@pytest.mark.parametrize("name", NOTIFYING)
def test_what_people_read(
    name: str, fired: Mapping[str, Any], tools: Mapping[str, Path], tmp_path: Path, *, is_update: bool
) -> None:
    """Every message is exactly the expected one, beginning and end."""
    began, ended = (
        render(ALL_PARTS, notification([fired[name]], status=status), tools["amtool"], tmp_path)
        for status in ("firing", "resolved")
    )
    said = re.sub(r", for (\d+[dhms] ?)+", ", for …", f"# Firing\n\n{began.strip()}\n\n# Resolved\n\n{ended.strip()}\n")
    file = EXPECTED / f"{name}.txt"
    if is_update:
        file.parent.mkdir(exist_ok=True)
        file.write_text(said, encoding="utf-8")

    assert said == file.read_text(encoding="utf-8")


def test_every_message_is_of_an_alert() -> None:
    """What was renamed leaves nothing behind."""
    assert sorted(file.stem for file in EXPECTED.iterdir()) == NOTIFYING


@pytest.mark.parametrize("name", NOTIFYING)
def test_a_message_is_one_to_act_on(name: str) -> None:
    """The title has a number or a state, the text a limit of length; there is one first step; nothing is cut off."""
    began, ended = (EXPECTED / f"{name}.txt").read_text(encoding="utf-8").split("# Resolved\n")
    title = began.split("## Slack title\n\n")[1].splitlines()[0]

    assert re.fullmatch(rf"\[[A-Z]+\] {name}(: [^,]+)?, .+", title), title
    assert "_First:_ " in began
    assert "since 2026-" in began
    assert "…" not in began.replace(", for …", "")
    assert not NONSENSE.search(re.sub(r"https?://\S+", "", began + ended)), NONSENSE.search(began + ended)
    assert re.search(r"Resolved after \d+[mh]", ended)
    assert RULES[name]["annotations"]["first_step"] not in ended
    assert ", for" not in ended


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_no_value_makes_nonsense_of_a_message(shape: Shape, tools: Mapping[str, Path], tmp_path: Path) -> None:
    """Whatever the rules and their queries find, a person can read it."""
    distinct = {str(rule["annotations"]): rule for rule in alerts_of_rules() if rule["alert"] not in WATCHDOGS}
    alerts = expand(list(distinct.values()), shape, tools["promtool"], tmp_path)

    said = render(EVERY_TEXT, notification(alerts), tools["amtool"], tmp_path).splitlines()

    assert len(said) >= len(distinct)
    assert not [line for line in said if NONSENSE.search(line)]


def test_every_rule_has_a_value_and_a_first_step() -> None:
    """The watchdogs and what only mutes others have none: no one reads them."""
    for rule in alerts_of_rules():
        if rule["alert"] not in WATCHDOGS:
            assert rule["annotations"].keys() >= {"summary", "description", "value", "first_step"}, rule["alert"]


def test_all_channels_make_numbers_readable_in_the_same_way() -> None:
    """A template cannot pass on what another one wrote, so the steps are there several times."""
    files = [ROOT / "alertmanager" / "templates" / f"{name}.tmpl" for name in CHANNELS]
    steps = [
        set(re.findall(r'(reReplaceAll " \?.*?"\$\{1\}0s\$4")', file.read_text(encoding="utf-8"))) for file in files
    ]

    assert all(found == steps[0] for found in steps)
    assert len(steps[0]) == 1
