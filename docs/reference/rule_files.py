"""The rules of Prometheus and Loki as in their files, by topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
# The words of file names that are not the words of people; Loki's only file is named after its tenant's rules.
_TOPICS = {"llm": "Model calls", "stack": "The stack", "slo": "SLOs", "budget": "Budgets", "watchkeeper": "Log lines"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The alerts of one file, which is named after what they are about."""

    title: str
    file: Path
    alerts: list[dict[str, Any]]


def topics() -> list[Topic]:
    """Return all alerts by topic."""
    files = [*sorted((ROOT / "prometheus/rules/alerts").glob("*.yml")), *sorted((ROOT / "loki/rules").rglob("*.yml"))]
    return [Topic(title=_title(file.stem), file=file.relative_to(ROOT), alerts=list(rules_in(file))) for file in files]


def recorded() -> list[dict[str, Any]]:
    """Return all rules that record a number."""
    return [rule for file in sorted((ROOT / "prometheus/rules/recording").glob("*.yml")) for rule in rules_in(file)]


def rules_in(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the rules of a file."""
    for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
        yield from group["rules"]


def _title(stem: str) -> str:
    first, *rest = stem.split("_")
    known = _TOPICS.get(first, first.capitalize())
    return f"{known}: {' '.join(rest)}" if rest else known
