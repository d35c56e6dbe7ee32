"""The same cause in several services as one: what happens everywhere is no service's own."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from watchkeeper.explain.cells import Factor
from watchkeeper.explain.mover import Move, Mover
from watchkeeper.explain.who import Who

# One service that has half of a cause is named itself.
_MOST_OF_IT = 0.5


def across_services(found: Sequence[Mover]) -> Iterator[Mover]:
    """Yield movers, those of the same cause in one where no service has half of it."""
    groups: dict[tuple[Who | None, frozenset[Factor]], list[Mover]] = defaultdict(list)
    for one in found:
        groups[one.who, frozenset(move.factor for move in one.moves)].append(one)
    for members in groups.values():
        whole = sum(abs(one.amount) for one in members)
        if max(abs(one.amount) for one in members) >= _MOST_OF_IT * whole:
            yield from members
        else:
            yield _together(members)


def _together(members: Sequence[Mover]) -> Mover:
    """One mover; calls of services add up, other values are each service's own."""
    moves: dict[Factor, list[Move]] = defaultdict(list)
    for one in members:
        for move in one.moves:
            moves[move.factor].append(move)
    summed = sorted((_summed(factor, parts) for factor, parts in moves.items()), key=lambda move: -abs(move.amount))
    return Mover(service=f"{len(members)} services", who=members[0].who, moves=tuple(summed))


def _summed(factor: Factor, moves: Sequence[Move]) -> Move:
    amount = sum(move.amount for move in moves)
    if factor is not Factor.VOLUME:
        return Move(factor=factor, amount=amount, before=None, after=None)
    before, after = sum(move.before or 0.0 for move in moves), sum(move.after or 0.0 for move in moves)
    return Move(factor=factor, amount=amount, before=before, after=after)
