"""Takes a change apart: volume first, then mix from level to level, then the factors of the value of a call.

Between two windows a sum of calls changes by ``(n1 - n0) * mean(y0, y1) + mean(n0, n1) * (y1 - y0)``, with n calls and
the mean value y of one: volume, and the mean. The mean of a group changes by its members' shares s and means,
``sum((s1 - s0) * (mean(y0, y1) - y0 of the group) + mean(s0, s1) * (y1 - y0))``: mix, and the means of the members, and
so on down to a group that differs in the version of the prompt alone. Both are Shapley decompositions of two factors;
what is taken off each mean in the mix adds up to nothing, because shares do, and makes the part of a label what it
costs more than the calls it took the place of.

Source: for volume, mix and means the shift-share of E. S. Dunn, A statistical and analytical technique for regional
analysis (1960), with the weights of the Marshall-Edgeworth index, which leave no residual; for factors see shapley.py.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from watchkeeper.explain.cells import Account, Cell, Factor, Part, Side
from watchkeeper.explain.shapley import Factors, shapley

# A share of calls that goes back and forth between versions by chance.
_LOST = 0.01


def totals(account: Account) -> tuple[float | None, float | None]:
    """Return the number before and after; None where there was nothing to take it from."""
    before, after = _sides(account.cells)
    means = _mean(account.cells, before), _mean(account.cells, after)
    if account.calls is None:
        return means
    weights = (sum(side.weight for side in sides if side) for sides in (before, after))
    first, second = (None if mean is None else mean * weight for mean, weight in zip(means, weights, strict=True))
    return first, second


def decompose(account: Account) -> Iterator[Part]:
    """Yield the parts of the change; they add up to it, and a number that only one window has is all volume."""
    before, after = _sides(account.cells)
    first, second = _mean(account.cells, before), _mean(account.cells, after)
    if first is None and second is None:
        return
    if account.calls is not None:
        either = [mean for mean in (first, second) if mean is not None]
        yield from _volume(account, sum(either) / len(either))
    if first is not None and second is not None:
        yield from _means(account, account.cells, 0, _scale(account))


def _scale(account: Account) -> float:
    """What a change of the mean is multiplied by: the mean number of calls, or 1 where the number is a mean."""
    if account.calls is None:
        return 1.0
    return sum(side.weight for sides in _sides(account.cells) for side in sides if side) / 2


def _volume(account: Account, mean: float) -> Iterator[Part]:
    """The parts of more or fewer calls."""
    if account.calls is None:
        return
    (before, after) = ((one.runs, one.calls_per_run, one.attempts) for one in account.calls)
    amounts = shapley(lambda factors: factors[0] * factors[1] * factors[2] * mean, before, after)
    factors = (Factor.VOLUME, Factor.CALLS_PER_RUN, Factor.RETRIES)
    for factor, amount, old, new in zip(factors, amounts, before, after, strict=True):
        yield Part(service=account.service, factor=factor, amount=amount, before=old, after=new)


def _means(account: Account, cells: Sequence[Cell], depth: int, scale: float) -> Iterator[Part]:
    """The parts of a group's mean, times ``scale``; the group has calls in both windows."""
    if depth == len(account.levels) - 1:
        yield from _versions(account, cells, scale)
        return
    reference = _mean(cells, [cell.before for cell in cells])
    all_before, all_after = _weight(cells)
    for label, members in _by_label(cells, depth).items():
        before, after = _sides(members)
        first, second = _mean(members, before), _mean(members, after)
        known = [mean for mean in (first, second) if mean is not None]
        if not known:
            continue
        weight_before, weight_after = _weight(members)
        share_before, share_after = weight_before / all_before, weight_after / all_after
        yield Part(
            service=account.service,
            factor=Factor.MIX,
            amount=scale * (share_after - share_before) * (sum(known) / len(known) - (reference or 0.0)),
            level=account.levels[depth],
            label=label,
            row=dict(zip(account.levels[: depth + 1], members[0].labels, strict=False)),
            weights=(weight_before, weight_after),
        )
        if first is not None and second is not None:
            yield from _means(account, members, depth + 1, scale * (share_before + share_after) / 2)


def _versions(account: Account, cells: Sequence[Cell], scale: float) -> Iterator[Part]:
    """The parts of each version: how far its calls are from those of the versions whose place was taken.

    A version that is new, or has a larger share than before, is compared with those that lost it, factor by factor.
    """
    replaced = account.merge(cells[0].value, _lost(cells))
    before, after = _weight(cells)
    for cell in cells:
        parts = [0.0] * len(account.factors)
        for side, weight in ((cell.after, scale / after), (cell.before, -scale / before)):
            if side:
                moved = shapley(cell.value, replaced.factors, side.factors)
                parts = [part + weight * side.weight * one for part, one in zip(parts, moved, strict=True)]
        yield from _cell_parts(account, cell, _before(cell, replaced, (before, after)), parts)


def _lost(cells: Sequence[Cell]) -> list[Side]:
    """What versions with a smaller share had, by what each lost; where none lost any, what all had."""
    before, after = _weight(cells)
    had = [(cell.before, cell.after.weight / after if cell.after else 0.0) for cell in cells if cell.before]
    lost = [replace(side, weight=side.weight / before - share) for side, share in had]
    lost = [side for side in lost if side.weight > 0]
    return lost if sum(side.weight for side in lost) > _LOST else [side for side, _ in had]


def _before(cell: Cell, replaced: Side, calls: tuple[float, float]) -> Factors:
    """The factors of a version's calls before: its own of those that it had, of others those of what it replaced."""
    if cell.before is None or cell.after is None:
        return (cell.before or replaced).factors
    had = min(cell.before.weight / calls[0] / (cell.after.weight / calls[1]), 1.0)
    pairs = zip(cell.before.factors, replaced.factors, strict=True)
    return tuple(had * own + (1.0 - had) * other for own, other in pairs)


def _cell_parts(account: Account, cell: Cell, old: Factors, amounts: Iterable[float]) -> Iterator[Part]:
    side = cell.after or cell.before
    new = side.factors if side else old
    weights = (cell.before.weight if cell.before else 0.0, cell.after.weight if cell.after else 0.0)
    row: Mapping[str, str] = dict(zip(account.levels, cell.labels, strict=True))
    size = sum(side.weight * cell.value(side.factors) for side in (cell.before, cell.after) if side) / 2
    for place, (factor, amount) in enumerate(zip(account.factors, amounts, strict=True)):
        yield Part(
            service=account.service,
            factor=factor,
            amount=amount,
            row=row,
            before=old[place],
            after=new[place],
            weights=weights,
            size=size,
        )


def _by_label(cells: Iterable[Cell], depth: int) -> Mapping[str, Sequence[Cell]]:
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[cell.labels[depth]].append(cell)
    return groups


def _sides(cells: Sequence[Cell]) -> tuple[list[Side | None], list[Side | None]]:
    return [cell.before for cell in cells], [cell.after for cell in cells]


def _weight(cells: Sequence[Cell]) -> tuple[float, float]:
    before, after = (sum(side.weight for side in sides if side) for sides in _sides(cells))
    return before, after


def _mean(cells: Sequence[Cell], sides: Sequence[Side | None]) -> float | None:
    """The mean value of a call; None without calls."""
    known = [(cell.value(side.factors), side.weight) for cell, side in zip(cells, sides, strict=True) if side]
    weight = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / weight if weight > 0 else None


def parts_of(accounts: Iterable[Account]) -> list[Part]:
    """The parts of the change of all accounts together."""
    return list(chain.from_iterable(map(decompose, accounts)))
