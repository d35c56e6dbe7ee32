"""The largest movers of a change: its parts put together by what people would call the cause."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from watchkeeper.explain.cells import Account, Factor, Part
from watchkeeper.explain.mover import Move, Mover
from watchkeeper.explain.services import across_services
from watchkeeper.explain.who import Grown, Who, single_out, who_grew

_OF_CALLS = frozenset({Factor.VOLUME, Factor.CALLS_PER_RUN, Factor.RETRIES})
# What is one cause where it is one label's.
_TOGETHER = (
    frozenset({Factor.TOKENS_IN, Factor.CACHED_SHARE, Factor.CACHE_WRITES, Factor.TOKENS_OUT}),
    frozenset({Factor.VOLUME, Factor.MIX}),
)


def movers(accounts: Sequence[Account], parts: Iterable[Part], change: float) -> list[Mover]:
    """Return the causes of a change, those that made most of it first, those against it last; all parts are in one."""
    grown = {account.service: who_grew(account.cells, account.levels[:-1]) for account in accounts if account.calls}
    by_service = {account.service: account for account in accounts}
    groups: dict[tuple[str, Factor, str], list[Part]] = defaultdict(list)
    for part in parts:
        groups[part.service, part.factor, part.level].append(part)
    found: list[Mover] = []
    for (service, factor, _), members in groups.items():
        if factor in _OF_CALLS:
            found += _of_calls(members[0], grown.get(service))
        elif factor is Factor.MIX:
            found += _of_mix(by_service[service], members, grown.get(service))
        else:
            found += _of_factor(members)
    direction = -1.0 if change < 0 else 1.0
    causes = across_services(list(_joined(found)))
    return sorted((one for one in causes if one.amount), key=lambda one: (-one.amount * direction, _name(one)))


def _of_calls(part: Part, grown: Grown | None) -> Iterator[Mover]:
    """More calls: of one label where most of them are, and of all others."""
    rest = 1.0
    if grown and part.factor is Factor.VOLUME:
        rest -= grown.share
        move = Move(factor=part.factor, amount=part.amount * grown.share, before=grown.before, after=grown.after)
        yield Mover(service=part.service, who=grown.who, moves=(move,))
    move = Move(factor=part.factor, amount=part.amount * rest, before=part.before, after=part.after)
    yield Mover(service=part.service, who=None, moves=(move,))


def _of_mix(account: Account, parts: Sequence[Part], grown: Grown | None) -> Iterator[Mover]:
    """Another mix of one label's values, named by the value that makes most of it; one that grew is its own cause."""
    by_label: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_label[part.label].append(part)
    if grown and grown.who.level == parts[0].level:
        label = grown.who.label
        yield _mix(account, label, by_label.get(label, []), by_label.pop(label, []))
    if by_label:
        amount = sum(part.amount for group in by_label.values() for part in group)
        label = max(by_label, key=lambda name: (sum(part.amount for part in by_label[name]) * (amount or 1.0), name))
        yield _mix(account, label, by_label[label], [part for group in by_label.values() for part in group])


def _mix(account: Account, label: str, own: Sequence[Part], parts: Sequence[Part]) -> Mover:
    """The mover of some parts, by the share of calls that one label has."""
    shares = [
        sum(part.weights[place] for part in own)
        / (sum(side.weight for cell in account.cells if (side := (cell.before, cell.after)[place])) or 1.0)
        for place in (0, 1)
    ]
    move = Move(factor=Factor.MIX, amount=sum(part.amount for part in parts), before=shares[0], after=shares[1])
    level = parts[0].level if parts else ""
    return Mover(service=account.service, who=Who(level=level, label=label), moves=(move,))


def _of_factor(parts: Sequence[Part]) -> Iterator[Mover]:
    """One factor, by the labels that stand out, and all others together."""
    for who, members in single_out(parts):
        amount = sum(part.amount for part in members)
        before, after = _values(members)
        move = Move(factor=members[0].factor, amount=amount, before=before, after=after)
        yield Mover(service=members[0].service, who=who, moves=(move,))


def _values(parts: Sequence[Part]) -> tuple[float | None, float | None]:
    """The factor's mean value before and after; of a version that is new, what the calls took that it replaced."""
    return (
        _mean([(part.before, part.weights[0] or part.weights[1]) for part in parts]),
        _mean([(part.after, part.weights[1]) for part in parts]) or _mean([(p.after, p.weights[0]) for p in parts]),
    )


def _mean(values: Sequence[tuple[float | None, float]]) -> float | None:
    known = [(value, weight) for value, weight in values if value is not None]
    weight = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / weight if weight > 0 else None


def _joined(found: Iterable[Mover]) -> Iterator[Mover]:
    """One mover for one cause: the tokens of the same label, and the calls of a label with what they cost."""
    groups: dict[object, list[Mover]] = defaultdict(list)
    for number, one in enumerate(found):
        family = next((place for place, family in enumerate(_TOGETHER) if one.factor in family), None)
        groups[number if one.who is None or family is None else (one.service, one.who, family)].append(one)
    for members in groups.values():
        moves = sorted((move for one in members for move in one.moves), key=lambda move: -abs(move.amount))
        yield Mover(service=members[0].service, who=members[0].who, moves=tuple(moves))


def _name(mover: Mover) -> tuple[str, ...]:
    """What keeps the order the same where amounts are."""
    return mover.service, mover.factor, *((mover.who.level, mover.who.label) if mover.who else ())
