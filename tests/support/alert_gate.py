"""What every alert must have, asked of a project's folder: cases, a runbook, a way to people, and a dashboard.

Each check yields one sentence for each thing that is missing, beginning with the file to touch.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.project import Project, Rule
from tests.support.rule_cases import name_of

SECTIONS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation", "False alarms"]
# Always firing: there is no way to be quiet.
WATCHDOGS = {"Watchdog", "LokiWatchdog"}
# Who must be notified of a severity, besides the exporter, which records everything.
_HEARD_BY = {"critical": "critical", "high": "high", "medium": "medium", "low": "digest", "none": "heartbeat|null"}
# What cannot be sent by Slack must be sent by something else.
_BY_ANOTHER_WAY = {"AlertmanagerNotificationsFailing": r"only-(?!slack)\w+"}
# Labels that rules take over from their metrics, as routes may ask for them.
_FROM_METRICS = {"service": "bot", "team": "search", "integration": "slack"}
# Limits say nothing of what an alert is about.
_OF_NO_TOPIC = {"llm_alert_threshold"}


def problems(project: Project, alert: Rule) -> list[str]:
    """Return what an alert lacks."""
    checks = [_runbook(project, alert), _route(project, alert), _dashboard(project, alert)]
    if alert in project.metric_alerts:
        checks.append(_cases(project, alert))
    return [reported for check in checks for reported in check]


def _cases(project: Project, alert: Rule) -> Iterator[str]:
    """It is seen firing at its severity and with all it says; quiet; and, in a test that saw it fire, ending."""
    name, severity, tests = name_of(alert), alert["labels"]["severity"], project.tests_of(name_of(alert))
    file = f"prometheus/tests/{name}.yml"
    cases = [case for test in tests for case in test.get("alert_rule_test", []) if case["alertname"] == name]
    expected = [one for case in cases for one in case["exp_alerts"]]
    seen = [one for one in expected if one["exp_labels"].get("severity") == severity]
    if not tests:
        yield f"{file} is missing: every alert has cases"
        return
    if not seen:
        yield f"{file}: a case must see {name} fire with severity {severity}"
    if any(one["exp_annotations"].keys() != alert["annotations"].keys() for one in seen):
        yield f"{file}: each case that sees {name} fire must expect {', '.join(alert['annotations'])}"
    if name in WATCHDOGS:
        return
    if all(case["exp_alerts"] for case in cases):
        yield f"{file}: a case must see {name} quiet"
    stories = [list(_expectations(test, name)) for test in tests]
    if not any(then > fired for story in stories for fired, on in story if on for then, still in story if not still):
        yield f"{file}: a case must see {name} end"


def _expectations(test: Mapping[str, Any], name: str) -> Iterator[tuple[int, bool]]:
    """Yield when a test looks at an alert, and whether it expects it to fire then."""
    for case in test.get("alert_rule_test", []):
        if case["alertname"] == name:
            yield _seconds(str(case["eval_time"])), bool(case["exp_alerts"])
    for case in test.get("promql_expr_test", []):
        if re.search(rf'ALERTS\{{(?![^}}]*alertname="(?!{name}"))', case["expr"]):
            yield _seconds(str(case["eval_time"])), bool(case.get("exp_samples"))


def _runbook(project: Project, alert: Rule) -> Iterator[str]:
    """Six sections in one order, none of them empty, under the alert's name; and a link to it."""
    name = name_of(alert)
    link = f"{{{{ $externalLabels.watchkeeper_url }}}}/runbooks/{name}"
    if alert["annotations"].get("runbook_url") != link:
        yield f"{project.file_of(alert)}: runbook_url of {name} must be {link}"
    file = f"docs/runbooks/{name}.md"
    if not (project.root / file).is_file():
        yield f"{file} is missing: every alert has a runbook"
        return
    text = (project.root / file).read_text("utf-8")
    if not text.startswith(f"# {name}\n"):
        yield f"{file}: must begin with the heading {name}"
    if (found := re.findall(r"^## (.*)$", text, re.MULTILINE)) != SECTIONS:
        yield f"{file}: must have the sections {', '.join(SECTIONS)}, got {', '.join(found)}"
    if not all(section.strip() for section in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]):
        yield f"{file}: no section may be empty"


def _route(project: Project, alert: Rule) -> Iterator[str]:
    """The exporter records it, and whoever its severity is for is notified of it."""
    labels = {**_FROM_METRICS, **alert["labels"], "alertname": name_of(alert)}
    if labels["severity"] not in _HEARD_BY:
        severities = ", ".join(_HEARD_BY)
        yield f"{project.file_of(alert)}: severity of {name_of(alert)} must be {severities}, got {labels['severity']}"
        return
    first, *others = project.receivers(labels)
    expected = _BY_ANOTHER_WAY.get(name_of(alert)) or _HEARD_BY[labels["severity"]]
    where = f"alertmanager/alertmanager.yml: a route must lead {name_of(alert)} with severity {labels['severity']}"
    if first != "exporter":
        yield f"{where} to exporter, which records it, got {first}"
    if not any(re.fullmatch(expected, receiver) for receiver in others):
        yield f"{where} to {expected}, got {', '.join(others) or 'no one'}"


def _dashboard(project: Project, alert: Rule) -> Iterator[str]:
    """The link names a dashboard that is there and sets variables that it has; some panel is about the alert."""
    where = f"{project.file_of(alert)}: dashboard_url of {name_of(alert)}"
    links = list(_links(alert["annotations"].get("dashboard_url", "")))
    for link in links:
        uid = urlsplit(link).path.removeprefix("/d/").split("/")[0]
        board = project.dashboards.get(uid)
        if board is None:
            yield f"{where} must name one of {', '.join(sorted(project.dashboards))}, got {uid or 'none'}"
            continue
        known = {variable["name"] for variable in board["templating"]["list"]}
        named = {key.removeprefix("var-") for key in parse_qs(urlsplit(link).query, keep_blank_values=True)}
        if named - known:
            yield f"{where} must set variables of {uid}, got {', '.join(sorted(named - known))}"
        if not _shows(project, board, alert):
            yield f"grafana/src: a panel of {uid} must show what {name_of(alert)} is about (or change {where})"


def _links(template: str) -> Iterator[str]:
    """Each way in which the template of a link can end."""
    choice = re.search(r"\{\{ if [^}]*\}\}(.*?)\{\{ else \}\}(.*?)\{\{ end \}\}", template)
    ends = (template.replace(choice[0], part) for part in choice.groups()) if choice else (template,)
    yield from (re.sub(r"\{\{.*?\}\}", "", end) for end in ends)


def _shows(project: Project, board: Mapping[str, Any], alert: Rule) -> bool:
    """Whether some panel asks for a metric that the alert asks for, by whatever recorded number."""
    targets = [target for panel in board["panels"] for target in panel.get("targets", [])]
    if alert in project.log_alerts:
        return any(target["datasource"]["type"] == "loki" for target in targets)
    about = _metrics(project, alert["expr"])
    return not about or bool(about & set().union(*(_metrics(project, target["expr"]) for target in targets)))


def _metrics(project: Project, query: str) -> set[str]:
    """The metrics at the bottom of a query."""
    found: set[str] = set()
    left = _words(query)
    while left:
        word = left.pop()
        if word in project.recordings:
            left |= _words(project.recordings[word]) - found
        found.add(word)
    metrics = {word for word in found if "_" in word or word in {"up", "ALERTS"}}
    return metrics - _OF_NO_TOPIC - project.recordings.keys()


def _words(query: str) -> set[str]:
    bare = re.sub(r'"[^"]*"|\b(?:by|on|without|ignoring|group_left)\s*\([^)]*\)|\{[^}]*\}', "", query)
    return set(re.findall(r"\b[a-z][\w:]*(?!\s*\()\b", bare, re.IGNORECASE))


def _seconds(duration: str) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhdw])", duration))
