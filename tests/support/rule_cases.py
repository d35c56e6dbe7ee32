"""The cases of promtool on the rules that they are on and no others: each rule costs at every simulated minute."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

# promtool's unit tests do not know the modifier; test_exact_money.py sees to it on a real Prometheus.
_EXPERIMENTAL = "] anchored"
# `values: 0x30` is 31 zeros to promtool, and the number 48 to PyYAML.
_ZEROS = re.compile(r"(?<=values: )(0x\d+)(?=\s*(?:\}|$))", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_:][\w:]*")
_ANY_ALERT = re.compile(r'\bALERTS\b(?!\{[^}]*\balertname=")')

Groups = Sequence[Mapping[str, Any]]


@cache
def read_groups(file: Path) -> Groups:
    """Read a file of rules as promtool's unit tests can run it."""
    groups: Groups = yaml.safe_load(file.read_text(encoding="utf-8").replace(_EXPERIMENTAL, "]"))["groups"]
    return groups


@cache
def read_case(file: Path) -> Mapping[str, Any]:
    """Read a file of cases."""
    content: Mapping[str, Any] = yaml.load(_ZEROS.sub(r'"\1"', file.read_text(encoding="utf-8")), yaml.CSafeLoader)
    return content


def rules_read_by(case: Path) -> dict[Path, Groups]:
    """Return the groups of every file of rules that a file of cases names."""
    folder = case.parent
    files = (file for pattern in read_case(case)["rule_files"] for file in folder.parent.glob(pattern[len("../") :]))
    return {file: read_groups(file) for file in files}


def only_needed(tests: Groups, rules: Mapping[Path, Groups]) -> dict[Path, Groups]:
    """Leave out every rule that nothing the tests of a file of cases expect is made of."""
    every = [rule for groups in rules.values() for group in groups for rule in group["rules"]]
    wanted = _names([[test.get(kind) for kind in ("alert_rule_test", "promql_expr_test")] for test in tests], every)
    kept: dict[int, Mapping[str, Any]] = {}
    while found := [rule for rule in every if id(rule) not in kept and name_of(rule) in wanted]:
        kept |= {id(rule): rule for rule in found}
        wanted |= _names([[rule["expr"], rule.get("annotations")] for rule in found], every)
    return {file: _only(groups, kept) for file, groups in rules.items()}


def write_alone(case: Path, rules: Mapping[Path, Groups], target: Path) -> Path:
    """Write the cases and these rules below ``target``; return the file for promtool."""
    content = dict(read_case(case))
    names = {group["name"] for groups in rules.values() for group in groups}
    content["rule_files"] = [f"{number}.yml" for number, groups in enumerate(rules.values()) if groups]
    if "group_eval_order" in content:
        content["group_eval_order"] = [name for name in content["group_eval_order"] if name in names]
    for number, groups in enumerate(rules.values()):
        _write(target / f"{number}.yml", {"groups": [dict(group) for group in groups]})
    _write(target / "case.yml", content)
    return target / "case.yml"


def name_of(rule: Mapping[str, Any]) -> str:
    """Return the alert, or what is recorded."""
    return str(rule.get("alert") or rule["record"])


def _names(content: object, every: Sequence[Mapping[str, Any]]) -> set[str]:
    """Every word that may name a rule; who asks for alerts without a name asks for all."""
    # A line's end in it must not become the first letter of a name.
    text = str(content).replace("\\n", " ")
    alerts = (name_of(rule) for rule in every if "alert" in rule) if _ANY_ALERT.search(text) else ()
    return {*_NAME.findall(text), *alerts}


def _only(groups: Groups, kept: Mapping[int, object]) -> Groups:
    left = [{**group, "rules": [rule for rule in group["rules"] if id(rule) in kept]} for group in groups]
    return [group for group in left if group["rules"]]


def _write(file: Path, content: object) -> None:
    file.write_text(yaml.safe_dump(content, sort_keys=False, width=10_000), encoding="utf-8")
