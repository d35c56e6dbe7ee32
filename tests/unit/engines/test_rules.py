"""What Prometheus and Loki say they run, here from a table of answers, held against a folder of rules."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from watchkeeper.engines.rules import LOKI, PROMETHEUS, RunningRules

RULES = """
groups:
  - name: group
    rules:
      - alert: Down
        expr: up == 0
        for: 5m
        labels: {severity: high}
        annotations: {summary: It is down.}
      - {record: "job:up:sum", expr: sum by (job) (up)}
"""


class Component:
    """A component that runs the rules above, spelt its own way, and counts how often it is asked to spell."""

    def __init__(self, path: str = "/etc/prometheus/rules/alerts/down.yml") -> None:
        down = {"name": "Down", "query": "up==0", "duration": 300, "labels": {"severity": "high"}}
        self.rules: list[dict[str, Any]] = [
            {**down, "annotations": {"summary": "It is down."}},
            {"name": "job:up:sum", "query": "sum(up)by(job)"},
        ]
        self.group = {"file": path, "name": "group", "rules": self.rules}
        self.spelt = 0

    def ask(self, _component: str, path: str) -> httpx.Response:
        """Answer as the component does."""
        if "/format_query" not in path:
            return httpx.Response(200, json={"data": {"groups": [self.group]}})
        self.spelt += 1
        query = httpx.URL(path).params["query"].replace(" ", "")
        return httpx.Response(200, json={"data": {"sumby(job)(up)": "sum(up)by(job)"}.get(query, query)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of rules as prometheus/rules is."""
    (tmp_path / "alerts").mkdir()
    (tmp_path / "alerts/down.yml").write_text(RULES)
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    """Change the file."""
    file = folder / "alerts/down.yml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def test_rules_that_run_as_they_are_written_do_not_differ(folder: Path) -> None:
    """The spelling of a query, and what stands for nothing, make no difference."""
    assert RunningRules(PROMETHEUS, folder, Component().ask).differences() == []


def test_the_rules_of_loki_are_found_by_the_name_of_their_file(folder: Path) -> None:
    """Its ruler reports the name without any folder."""
    assert RunningRules(LOKI, folder / "alerts", Component("down.yml").ask).differences() == []


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        pytest.param("for: 5m", "for: 6m", "alerts/down.yml: group[0].for must be '6m'", id="a time"),
        pytest.param("severity: high", "severity: low", "group[0].labels.severity must be 'low'", id="a label"),
        pytest.param("It is down", "Gone", "group[0].annotations.summary must be 'Gone.'", id="a text"),
        pytest.param("up == 0", "up == 1", "group[0].expr must be 'up == 1', runs with 'up==0'", id="a query"),
        pytest.param("sum by", "max by", "group[1].expr must be 'max by (job) (up)'", id="what is recorded"),
        pytest.param("name: group", "name: new", "alerts/down.yml: group new is only on disk", id="a group"),
        pytest.param("groups:", "groups: [", "alerts/down.yml must be groups of rules, got ", id="no YAML"),
        pytest.param("groups:", "group:", "alerts/down.yml must be groups of rules, got 'groups'", id="no rules"),
    ],
)
def test_an_edit_is_reported(folder: Path, old: str, new: str, reported: str) -> None:
    """The sentence names the file, the group and the key, also when it was asked before."""
    rules = RunningRules(PROMETHEUS, folder, Component().ask)
    assert rules.differences() == []

    edit(folder, old, new)

    assert reported in "\n".join(rules.differences())


def test_a_file_that_went_is_reported(folder: Path) -> None:
    """Its alerts go on firing until someone reloads."""
    (folder / "alerts/down.yml").unlink()

    (reported,) = RunningRules(PROMETHEUS, folder, Component().ask).differences()

    assert reported == "/etc/prometheus/rules/alerts/down.yml: group group is no longer on disk"


def test_what_did_not_change_is_not_spelt_again(folder: Path) -> None:
    """It is asked every minute; only an edited query costs a request."""
    component = Component()
    rules = RunningRules(PROMETHEUS, folder, component.ask)
    rules.differences()
    before = component.spelt

    rules.differences()
    edit(folder, "up == 0", "up == 1")
    rules.differences()

    assert (before, component.spelt) == (4, 5)
