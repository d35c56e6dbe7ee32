"""The rules as they stand, and every way in which one of them is wrong in one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql
from tests.mutation.expressions import reprinted, wrong_expressions
from tests.support.rule_cases import Groups, name_of, read_groups

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "prometheus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its file below prometheus/, its place in there, and what it says."""

    file: Path
    group: int
    place: int
    body: dict[str, Any]

    @property
    def name(self) -> str:
        """The alert, or what is recorded."""
        return name_of(self.body)

    @property
    def is_alert(self) -> bool:
        """Whether it alerts; it records otherwise."""
        return "alert" in self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A rule with one error, and the error: ``before`` became ``after``."""

    rule: Rule
    body: dict[str, Any]
    before: str
    after: str


def all_rules(prometheus: Path = PROMETHEUS) -> list[Rule]:
    """Return every rule below a folder laid out as prometheus/ is."""
    return [
        Rule(file=file.relative_to(prometheus), group=group, place=place, body=body)
        for file in sorted((prometheus / "rules").rglob("*.yml"))
        for group, content in enumerate(read_groups(file))
        for place, body in enumerate(content["rules"])
    ]


def printed(groups: Groups) -> Groups:
    """The groups as the parser prints them: the tests must pass on these, or no failure of theirs means anything."""
    return [
        {**group, "rules": [{**rule, "expr": reprinted(rule["expr"])} for rule in group["rules"]]} for group in groups
    ]


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Yield the rule with each of its parts made wrong, one at a time."""
    for wrong in wrong_expressions(rule.body["expr"]):
        yield Mutant(rule=rule, body={**rule.body, "expr": wrong.text}, before=wrong.before, after=wrong.after)
    for field in ("for", "keep_firing_for"):
        if field in rule.body:
            yield from _wrong_durations(rule, field)


def _wrong_durations(rule: Rule, field: str) -> Iterator[Mutant]:
    given = str(rule.body[field])
    without = {key: value for key, value in rule.body.items() if key != field}
    yield Mutant(rule=rule, body=without, before=f"{field}: {given}", after=f"no {field}")
    if field == "for":
        doubled = promql.display_duration(2 * promql.parse_duration(given))
        yield Mutant(
            rule=rule, body={**rule.body, field: doubled}, before=f"{field}: {given}", after=f"{field}: {doubled}"
        )
