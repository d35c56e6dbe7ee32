"""What rules, routes and pages need in a second place, asked of a project's folder.

Each check yields one sentence for each thing that is missing, beginning with the file to touch.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.support.documents import links
from tests.support.project import Project
from tests.support.rule_cases import name_of, only_needed, read_case, read_groups, rules_read_by

LIMITS = "services/watchkeeper/config/thresholds.py"
ROUTES = "alertmanager/alertmanager.yml"
# Which page lists the pages of a folder.
INDEXES = {
    "docs/how-to": "docs/README.md",
    "docs/reference": "docs/README.md",
    "docs/decisions": "docs/decisions/README.md",
}


def recordings(root: Path) -> Iterator[str]:
    """Each recording rule is expected by some case, or something that is expected is made of it."""
    seen: set[str] = set()
    for case in sorted((root / "prometheus/tests").glob("*.yml")):
        needed = only_needed(read_case(case)["tests"], rules_read_by(case)).values()
        seen |= {name_of(rule) for groups in needed for group in groups for rule in group["rules"]}
    for file in sorted((root / "prometheus/rules/recording").glob("*.yml")):
        for name in (name_of(rule) for group in read_groups(file) for rule in group["rules"]):
            if name not in seen:
                yield f"prometheus/tests/recording_{file.stem}.yml: must have a case of {name}, got none"


def limits(root: Path) -> Iterator[str]:
    """Each limit of watchkeeper.yml is joined by a rule, and each that a rule joins can be set."""
    # Of two files that join one, that of the alerts is named.
    files = sorted((root / "prometheus/rules").rglob("*.yml"), reverse=True)
    rules = {file: file.read_text("utf-8") for file in files}
    joined = {
        name: file for file, text in rules.items() for name in re.findall(r'llm_alert_threshold\{alert="(\w+)"', text)
    }
    reported = re.findall(r'^    AlertLimit\(\s*"(\w+)"', (root / LIMITS).read_text("utf-8"), re.MULTILINE)
    for name in sorted(set(reported) - joined.keys()):
        yield f'prometheus/rules: a rule must join llm_alert_threshold{{alert="{name}"}}, which {LIMITS} sets'
    for name in sorted(joined.keys() - set(reported)):
        yield f"{LIMITS}: ALERT_LIMITS must have {name}, whose limit {joined[name].relative_to(root)} joins"


def left_over(root: Path) -> Iterator[str]:
    """Neither a runbook nor a file of cases is about an alert that went."""
    project = Project(root=root, receivers=lambda _labels: ())
    names = {name_of(rule) for rule in (*project.metric_alerts, *project.log_alerts)}
    pages = [file for file in (root / "docs/runbooks").glob("*.md") if file.stem != "README"]
    for file in sorted([*pages, *(root / "prometheus/tests").glob("[A-Z]*.yml")]):
        if file.stem not in names:
            yield f"{file.relative_to(root)}: must be named after an alert, got {file.stem}, which no rule raises"


def receivers(root: Path) -> Iterator[str]:
    """Each receiver is in a route."""
    reported = yaml.safe_load((root / ROUTES).read_text("utf-8"))
    used = set(_routed(reported["route"]))
    for receiver in reported["receivers"]:
        if receiver["name"] not in used:
            yield f"{ROUTES}: some route must lead to the receiver {receiver['name']}"


def indexes(root: Path) -> Iterator[str]:
    """Each page is in the list of its folder."""
    for folder, index in INDEXES.items():
        listed = {((root / index).parent / link).resolve() for link in links(root / index)}
        for page in sorted((root / folder).glob("*.md")):
            if page.name != "README.md" and page.resolve() not in listed:
                yield f"{index}: must link to {page.relative_to(root)}"


def _routed(route: dict[str, object]) -> Iterator[str]:
    if "receiver" in route:
        yield str(route["receiver"])
    for child in route.get("routes", []):  # type: ignore[attr-defined]
        yield from _routed(child)
