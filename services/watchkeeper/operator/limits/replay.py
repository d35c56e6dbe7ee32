"""Which alerts would have fired, when and for how long: their rules over the past, also with another limit."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from watchkeeper.operator.limits.past import AlertRule, Labels, Past
from watchkeeper.operator.limits.spells import Spell, begins_and_goes_on, spells


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One alert with its labels, and when it would have fired."""

    alert: str
    severity: str
    labels: Labels
    spells: tuple[Spell, ...]

    @property
    def seconds(self) -> float:
        """How long it fired in all."""
        return sum(spell.ends - spell.begins for spell in self.spells)


def replay(past: Past, rules: Iterable[AlertRule], limits: Mapping[str, float]) -> Iterator[Replayed]:
    """Every alert that would have fired, with other limits for those that are given."""
    for rule in rules:
        expression = rule.expression
        if rule.name in limits:
            expression = with_limit(expression, rule.name, limits[rule.name])
        begins, goes_on = begins_and_goes_on(expression, rule.name)
        going = past.values(goes_on) if goes_on else {}
        for labels, samples in past.values(begins).items():
            fired = tuple(spells(samples, rule.timing, going.get(labels, ())))
            if fired:
                yield Replayed(alert=rule.name, severity=rule.severity, labels=labels, spells=fired)


def with_limit(expression: str, alert: str, limit: float) -> str:
    """The expression of an alert with one limit for all services in the place of the metric."""
    selector = re.compile(rf'llm_alert_threshold\{{alert="{re.escape(alert)}"\}}(?:\[(\w+)\])?')

    def replaced(found: re.Match[str]) -> str:
        constant = f'(0 * llm_alert_threshold{{alert="{alert}"}} + {limit:g})'
        # A subquery in the place of a range.
        return f"{constant}[{found[1]}:5m]" if found[1] else constant

    return selector.sub(replaced, expression)
