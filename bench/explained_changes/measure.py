"""What is said to have caused each of the changes."""

from collections.abc import Iterator

import msgspec

from explained_changes.cases import Case, cases
from explained_changes.traffic import counted, world
from watchkeeper.explain.explanation import Explanation, Verdict, Windows, explain
from watchkeeper.explain.measures import MEASURES
from watchkeeper.explain.samples import Samples
from watchkeeper.explain.sentence import sentence

_HOUR = Windows(before_hours=1.0, after_hours=1.0)
_SEEDS = 1_000


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A change, its cause, the line that explains it, and whether that names the cause first."""

    change: str
    measure: str
    cause: str
    said: str
    is_first: bool


def measured(seed: int = 0) -> Iterator[Named]:
    """All changes; another seed is other traffic and other chance."""
    for number, case in enumerate(cases()):
        found = explained(case, seed * _SEEDS + number)
        cause = f"{case.factor}{f', {case.label}' if case.label else ''}"
        yield Named(
            change=case.title, measure=case.measure, cause=cause, said=sentence(found), is_first=_is_first(case, found)
        )


def explained(case: Case, seed: int) -> Explanation:
    """One change, explained."""
    before = world(seed)
    if case.before:
        before = case.before(before)
    samples = Samples(before=counted(before, 2 * seed), after=counted(case.change(before), 2 * seed + 1))
    return explain(MEASURES[case.measure], samples, _HOUR)


def _is_first(case: Case, found: Explanation) -> bool:
    if found.verdict is not Verdict.EXPLAINED:
        return False
    first = found.movers[0]
    return first.factor is case.factor and (first.who.label if first.who else "") == case.label
