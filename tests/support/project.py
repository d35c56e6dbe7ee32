"""The files that alerts are made of, in a project's folder: the project's own, or a copy that a test broke."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Rule = Mapping[str, Any]
Receivers = Callable[[Mapping[str, str]], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project's folder. ``receivers`` asks the routes who is notified of an alert with these labels."""

    root: Path
    receivers: Receivers

    @cached_property
    def metric_alerts(self) -> list[Rule]:
        """Alerts of Prometheus."""
        return [rule for rule, _ in self._metric_rules if "alert" in rule]

    @cached_property
    def log_alerts(self) -> list[Rule]:
        """Alerts of Loki."""
        return [rule for rule, _ in self._log_rules]

    @cached_property
    def recordings(self) -> dict[str, str]:
        """The expression of each recorded number."""
        return {rule["record"]: rule["expr"] for rule, _ in self._metric_rules if "record" in rule}

    @cached_property
    def dashboards(self) -> dict[str, Mapping[str, Any]]:
        """Dashboards by uid."""
        files = (self.root / "grafana/dashboards").rglob("*.json")
        return {board["uid"]: board for board in map(json.loads, (file.read_text("utf-8") for file in files))}

    def tests_of(self, name: str) -> list[Mapping[str, Any]]:
        """The promtool tests in the file that is named after an alert; none where there is no file."""
        file = self.root / f"prometheus/tests/{name}.yml"
        return list(_yaml(file)["tests"]) if file.is_file() else []

    def file_of(self, alert: Rule) -> str:
        """The file of rules that an alert is in, seen from the project's folder."""
        return next(file for rule, file in (*self._metric_rules, *self._log_rules) if rule == alert)

    @cached_property
    def _metric_rules(self) -> list[tuple[Rule, str]]:
        return self._rules("prometheus/rules")

    @cached_property
    def _log_rules(self) -> list[tuple[Rule, str]]:
        return self._rules("loki/rules")

    def _rules(self, folder: str) -> list[tuple[Rule, str]]:
        files = sorted((self.root / folder).rglob("*.yml"))
        groups = [(group, file) for file in files for group in _yaml(file)["groups"]]
        return [(rule, str(file.relative_to(self.root))) for group, file in groups for rule in group["rules"]]


def _yaml(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))
