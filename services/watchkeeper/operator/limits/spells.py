"""When an alert fires, given when its expression holds: `for` and keep_firing_for as Prometheus applies them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """From the evaluation at which an alert began to fire to the last one at which it did, in seconds."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How often a rule is evaluated, how long it must hold, and how long it goes on afterwards, in seconds."""

    step: float
    waits: float = 0.0
    stays: float = 0.0


def begins_and_goes_on(expression: str, alert: str) -> tuple[str, str | None]:
    """Part an expression that reads whether its alert fires: as of one that does not, and as of one that does.

    Without such a condition the second is None. Whether it fires is read from ALERTS, which holds what fired in fact.
    """
    itself = re.compile(rf'\s*and on \([^)]*\)\s*ALERTS\{{alertname="{re.escape(alert)}"[^}}]*\}}')
    if not itself.search(expression):
        return expression, None
    return itself.sub(" and vector(0) < 0", expression), itself.sub("", expression)


def spells(holds_at: Iterable[float], timing: Timing, goes_on_at: Iterable[float] = ()) -> Iterator[Spell]:
    """Yield when an alert fires whose expression holds at these times, or at the others once it is firing.

    Source: rules/alerting.go of Prometheus. An alert that is firing outlives evaluations at which it does not hold
    while the first of these is younger than keep_firing_for; one that is pending outlives none.
    """
    holds = set(holds_at)
    since = last = firing = None
    for now in sorted(holds.union(goes_on_at)):
        if since is None or last is None or now - last > _outlived(firing, timing):
            if now not in holds:
                continue
            if firing is not None and last is not None:
                yield Spell(begins=firing, ends=last + timing.stays)
            since, firing = now, None
        elif firing is None and now not in holds:
            continue
        last = now
        if firing is None and now - since >= timing.waits:
            firing = now
    if firing is not None and last is not None:
        yield Spell(begins=firing, ends=last + timing.stays)


def _outlived(firing: float | None, timing: Timing) -> float:
    """The longest time between two evaluations that hold which is one spell."""
    return timing.step if firing is None else timing.step + timing.stays
